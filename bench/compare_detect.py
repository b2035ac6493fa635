#!/usr/bin/env python3
"""Times face detection against facenet-pytorch 2.6.0: both detect in the same picture, in turn, several rounds.

python bench/compare_detect.py [IMAGE WIDTH HEIGHT BATCH]; needs torch, torchvision, facenet-pytorch, numpy and pillow of
its own Python, and bazel build //bench:time_detect.
"""
import pathlib
import statistics
import subprocess
import sys
import time

import facenet_pytorch
import numpy as np
import torch
from PIL import Image

ROUNDS, IMAGES_A_ROUND = 9, 4
root = pathlib.Path(__file__).resolve().parent.parent
image, width, height, batch = (sys.argv[1:] + [str(root / "models/astronaut.png"), "640", "480", "1"][len(sys.argv) - 1 :])[:4]
weights = pathlib.Path(facenet_pytorch.__file__).parent / "data"
ours = subprocess.Popen(
    [root / "bazel-bin/bench/time_detect", weights, image, width, height, batch],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
)
pixels = np.asarray(Image.open(image).convert("RGB").resize((int(width), int(height))))
pixels = np.stack([pixels] * int(batch)) if batch != "1" else pixels
theirs = facenet_pytorch.MTCNN(keep_all=True)


def ask_ours(rounds):
    ours.stdin.write(f"{rounds}\n")
    ours.stdin.flush()
    seconds, faces = ours.stdout.readline().split()
    return float(seconds), int(faces)


def ask_theirs(rounds):
    start = time.perf_counter()
    for _ in range(rounds):
        boxes, _ = theirs.detect(pixels)
    found = boxes if batch == "1" else boxes[0]
    return (time.perf_counter() - start) / (rounds * int(batch)), 0 if found is None else len(found)


ask_ours(2), ask_theirs(2)
pairs = [(ask_ours(IMAGES_A_ROUND), ask_theirs(IMAGES_A_ROUND)) for _ in range(ROUNDS)]
mine, other = ([p[i][0] for p in pairs] for i in (0, 1))
print(f"{width}x{height}, batch {batch}, {torch.get_num_threads()} threads, faces {pairs[0][0][1]} and {pairs[0][1][1]}")
print(f"miafr {statistics.median(mine) * 1e3:.0f} ms an image, facenet-pytorch {statistics.median(other) * 1e3:.0f} ms")
print(f"ratio, median of the rounds: {statistics.median(a / b for a, b in zip(mine, other)):.2f}")
