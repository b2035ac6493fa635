"""Writes a checkpoint of Stable Diffusion v1.5's size with random weights, as a diffusers folder (4.3 GB in float32).

The time of a step does not depend on the values; they are scaled so that nothing overflows.
"""
import argparse
import json
import math
import pathlib

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

MODELS = {
    "unet": lambda: UNet2DConditionModel(
        sample_size=64, cross_attention_dim=768, attention_head_dim=8, block_out_channels=(320, 640, 1280, 1280)
    ),
    "vae": lambda: AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        sample_size=512,
    ),
    "text_encoder": lambda: CLIPTextModel(
        CLIPTextConfig(
            vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12
        )
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    generator = torch.Generator().manual_seed(0)
    for name, make in MODELS.items():
        with torch.device("meta"):
            model = make()
        model.to_empty(device="cpu")
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                if parameter.dim() == 1:
                    parameter.fill_(1.0 if key.endswith("weight") else 0.0)  # norms, biases
                else:
                    parameter.normal_(0, 1 / math.sqrt(parameter[0].numel()), generator=generator)
        for key, buffer in model.named_buffers():
            if key.endswith("position_ids"):
                buffer.copy_(torch.arange(buffer.shape[-1])[None])
        model.save_pretrained(folder / name, safe_serialization=True)
    DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1
    ).save_pretrained(folder / "scheduler")
    index = {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.36.0"}
    (folder / "model_index.json").write_text(json.dumps(index))


if __name__ == "__main__":
    main()
