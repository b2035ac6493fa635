"""Makes round_trip.png with diffusers: a part of the portrait through the autoencoder of tests/support/tiny_sd.h.

    miafr convert tiny-sd-fp16.safetensors tiny --layout diffusers --dtype float32
    python make_round_trip.py tiny ../../../../models/astronaut.png
"""
import pathlib
import sys

import numpy as np
import torch
from diffusers import AutoencoderKL
from PIL import Image

HEIGHT, WIDTH = 70, 82  # no multiples of 8
portrait = np.asarray(Image.open(sys.argv[2]).convert("RGB"))[60 : 60 + HEIGHT, 180 : 180 + WIDTH]
whole = np.pad(portrait, ((0, -HEIGHT % 8), (0, -WIDTH % 8), (0, 0)), mode="edge")
vae = AutoencoderKL.from_pretrained(sys.argv[1], subfolder="vae").eval()
with torch.no_grad():
    image = torch.from_numpy(whole).permute(2, 0, 1)[None].float() / 127.5 - 1
    back = vae.decode(vae.encode(image).latent_dist.mode()).sample[0].permute(1, 2, 0)
pixels = (255 * ((back + 1) / 2).clamp(0, 1)).to(torch.uint8).numpy()[:HEIGHT, :WIDTH]
Image.fromarray(pixels).save(pathlib.Path(__file__).parent / "round_trip.png")
