"""Writes reference.safetensors: what the original implementations compute (versions in README.md).

    python make_reference.py reference.safetensors
"""

import sys

import bitsandbytes.functional
import diffusers
import torch
from diffusers.optimization import get_scheduler
from diffusers.training_utils import compute_snr
from safetensors.torch import save_file

STEPS = 20
SHAPES = {"matrix": (5, 7), "kernel": (3, 4, 3, 3), "vector": (11,)}
tensors = {}


def adamw():
    generator = torch.Generator().manual_seed(1)
    parameters = {name: torch.nn.Parameter(torch.randn(shape, generator=generator)) for name, shape in SHAPES.items()}
    for name, parameter in parameters.items():
        tensors[f"adamw.start.{name}"] = parameter.detach().clone()
    optimizer = torch.optim.AdamW(
        parameters.values(), lr=1, betas=(0.85, 0.99), eps=1e-6, weight_decay=0.05, foreach=False, fused=False
    )
    for step in range(STEPS):
        for name, parameter in parameters.items():
            scale = 10.0 ** (step % 5 - 4)
            gradient = torch.randn(SHAPES[name], generator=generator) * scale
            tensors[f"adamw.gradient.{step}.{name}"] = gradient
            # The vector has no gradient in every third step.
            parameter.grad = None if name == "vector" and step % 3 == 1 else gradient.clone()
        optimizer.param_groups[0]["lr"] = 0.01 / (1 + step)
        optimizer.step()
        if step in (0, 4, STEPS - 1):
            for name, parameter in parameters.items():
                tensors[f"adamw.after.{step}.{name}"] = parameter.detach().clone()
    for name, parameter in parameters.items():
        for key in ("exp_avg", "exp_avg_sq", "step"):
            tensors[f"adamw.{key}.{name}"] = optimizer.state[parameter][key].clone()


def dynamic_maps():
    tensors["map.signed"] = bitsandbytes.functional.create_dynamic_map(signed=True)
    tensors["map.unsigned"] = bitsandbytes.functional.create_dynamic_map(signed=False)


def learning_rates():
    for name in ("constant", "constant_with_warmup", "linear", "cosine"):
        for warmup, total in ((0, 40), (7, 40), (1, 3), (40, 40)):
            optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
            scheduler = get_scheduler(name, optimizer, num_warmup_steps=warmup, num_training_steps=total)
            factors = []
            for _ in range(total + 5):
                factors.append(scheduler.get_last_lr()[0])
                optimizer.step()
                scheduler.step()
            tensors[f"learning_rate.{name}.{warmup}.{total}"] = torch.tensor(factors, dtype=torch.float64)


def snr():
    schedule = diffusers.DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    timesteps = torch.tensor([0, 1, 10, 100, 250, 500, 750, 998, 999])
    tensors["snr.alphas_cumprod"] = schedule.alphas_cumprod
    tensors["snr.timesteps"] = timesteps
    snr = compute_snr(schedule, timesteps)
    for gamma in (1.0, 5.0):
        # diffusers' examples/text_to_image/train_text_to_image.py
        weights = torch.stack([snr, gamma * torch.ones_like(timesteps)], dim=1).min(dim=1)[0]
        tensors[f"snr.epsilon.{gamma:.0f}"] = weights / snr
        tensors[f"snr.v_prediction.{gamma:.0f}"] = weights / (snr + 1)


def ema():
    """CompVis' LitEma.forward, with the arithmetic of its file (github.com/CompVis/stable-diffusion, ldm/modules/ema.py)."""
    generator = torch.Generator().manual_seed(2)
    weights = [torch.randn(17, generator=generator) for _ in range(31)]
    for step, weight in enumerate(weights):
        tensors[f"ema.weight.{step}"] = weight
    for hundredths in (50, 99):
        average = weights[0].clone()
        for num_updates in range(1, 31):
            decay = min(hundredths / 100, (1 + num_updates) / (10 + num_updates))
            average.sub_((1.0 - decay) * (average - weights[num_updates]))
            if num_updates in (1, 30):
                tensors[f"ema.average.{hundredths}.{num_updates}"] = average.clone()


adamw()
dynamic_maps()
learning_rates()
snr()
ema()
save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, sys.argv[1])
