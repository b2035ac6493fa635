"""DreamBooth steps with PyTorch and diffusers in float32: U-Net and text encoder, or a LoRA of rank 16 on the attention of
both. Prints the seconds of each step as JSON on the last line."""
import argparse
import json
import math
import time

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextModel

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0", "q_proj", "k_proj", "v_proj", "out_proj")


class LowRank(torch.nn.Module):
    """y = W x + B (A x), W kept as it is."""

    def __init__(self, base, rank=16):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = torch.nn.Parameter(torch.empty(rank, base.in_features))
        self.up = torch.nn.Parameter(torch.zeros(base.out_features, rank))
        torch.nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, x, *args):
        return self.base(x) + F.linear(F.linear(x, self.down), self.up)


def add_lora(network):
    network.requires_grad_(False)
    for name, module in list(network.named_modules()):
        if isinstance(module, torch.nn.Linear) and name.endswith(ATTENTION):
            parent = network.get_submodule(name.rpartition(".")[0])
            if name.endswith("to_out.0"):
                parent[0] = LowRank(module)
            else:
                setattr(parent, name.rpartition(".")[2], LowRank(module))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--method", choices=["full", "lora"], default="full")
    parser.add_argument("--checkpointing", action="store_true")
    parser.add_argument("--cache", action="store_true", help="encode the photos once")
    args = parser.parse_args()
    load = {"local_files_only": True, "torch_dtype": torch.float32}
    text = CLIPTextModel.from_pretrained(args.folder, subfolder="text_encoder", **load).train()
    unet = UNet2DConditionModel.from_pretrained(args.folder, subfolder="unet", **load).train()
    vae = AutoencoderKL.from_pretrained(args.folder, subfolder="vae", **load).requires_grad_(False)
    scheduler = DDIMScheduler.from_pretrained(args.folder, subfolder="scheduler")
    if args.method == "lora":
        add_lora(text)
        add_lora(unet)
    if args.checkpointing:
        unet.enable_gradient_checkpointing()
        text.gradient_checkpointing_enable()
    parameters = [p for p in [*unet.parameters(), *text.parameters()] if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-6, weight_decay=1e-2, fused=True)
    images = torch.rand(2, 3, args.size, args.size) * 2 - 1
    ids = torch.randint(0, 49407, (2, 77))
    posterior, times = None, []
    for _ in range(args.steps):
        begin = time.perf_counter()
        if posterior is None or not args.cache:
            with torch.no_grad():
                posterior = vae.encode(images).latent_dist
        latents = posterior.sample() * 0.18215
        noise, t = torch.randn_like(latents), torch.randint(0, 1000, (2,))
        noisy = scheduler.add_noise(latents, noise, t)
        predicted = unet(noisy, t, encoder_hidden_states=text(ids)[0]).sample
        loss = F.mse_loss(predicted[:1], noise[:1]) + F.mse_loss(predicted[1:], noise[1:])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        times.append(time.perf_counter() - begin)
    print(json.dumps({"step_s": times}))


main()
