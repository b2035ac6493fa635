"""Detections of facenet-pytorch 2.6.0 on variants of the portrait, for mtcnn_test.cc.

python make_mtcnn_reference.py astronaut.png mtcnn_reference.json
Made with torch 2.11.0, torchvision 0.26.0, facenet-pytorch 2.6.0.
"""
import json
import sys

import numpy as np
from facenet_pytorch import MTCNN
from PIL import Image

portrait = np.array(Image.open(sys.argv[1]).convert("RGB"))
half = portrait.reshape(256, 2, 256, 2, 3).sum((1, 3)) // 4
variants = {
    "portrait": portrait,
    "mirrored_beside": np.concatenate([portrait, portrait[:, ::-1]], 1),
    "half": half.astype(np.uint8),
    "cut_by_the_border": portrait[90:, 200:],
    "nothing": portrait[200:, 300:420],
}
mtcnn = MTCNN(keep_all=True)
found = {}
for name, pixels in variants.items():
    boxes, probabilities, points = mtcnn.detect(Image.fromarray(np.ascontiguousarray(pixels)), landmarks=True)
    found[name] = [] if boxes is None else [
        {"box": np.asarray(b, float).tolist(), "probability": float(p), "points": np.asarray(q, float).tolist()}
        for b, p, q in zip(boxes, probabilities, points)
    ]
with open(sys.argv[2], "w") as out:
    json.dump(found, out, indent=1)
    out.write("\n")
