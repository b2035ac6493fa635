"""Makes the files beside it with diffusers from the tiny Stable Diffusion of tests/support/tiny_sd.h.

    miafr convert tiny-sd-fp16.safetensors tiny --layout diffusers --dtype float32
    python make_goldens.py tiny
"""
import json
import pathlib
import sys

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from diffusers.utils import convert_state_dict_to_kohya
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import CLIPTextModel

HERE = pathlib.Path(__file__).parent
FOLDER = pathlib.Path(sys.argv[1])
IDS = json.loads((HERE.parent / "prompts.json").read_text())
PROMPT = "photo of a sks person"


def ids_of(text):
    return IDS["ids"][IDS["prompts"].index(text)]


def rule(name, shape):
    """The weights of tests/support/rule_parameters.h, for two and more dimensions."""
    mask = (1 << 64) - 1
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & mask
    numel = torch.Size(shape).numel()
    scale = 2 * (3.0 / (numel / shape[0])) ** 0.5
    values = []
    for i in range(numel):
        z = (seed + (i + 1) * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        z ^= z >> 31
        values.append(((z >> 40) * 2.0**-24 - 0.5) * scale)
    return torch.tensor(values, dtype=torch.float32).view(shape)


def load():
    unet = UNet2DConditionModel.from_pretrained(FOLDER, subfolder="unet", attention_head_dim=4).eval()
    vae = AutoencoderKL.from_pretrained(FOLDER, subfolder="vae").eval()
    text = CLIPTextModel.from_pretrained(FOLDER, subfolder="text_encoder", num_attention_heads=4).eval()
    return unet, vae, text


@torch.no_grad()
def picture(unet, vae, text, height, width, prediction="epsilon", steps=5, guidance=7.5, seed=42):
    """[height,width,3] uint8, made as `miafr generate --noise batch` makes it."""
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
        steps_offset=1, prediction_type=prediction,
    )
    scheduler.set_timesteps(steps)
    hidden = text(torch.tensor([ids_of(""), ids_of(PROMPT)])).last_hidden_state
    x = torch.randn((1, 4, height // 8, width // 8), generator=torch.Generator().manual_seed(seed))
    for t in scheduler.timesteps:
        without, with_text = unet(torch.cat([x, x]), t, encoder_hidden_states=hidden).sample.chunk(2)
        x = scheduler.step(without + guidance * (with_text - without), t, x).prev_sample
    image = vae.decode(x / 0.18215).sample[0].permute(1, 2, 0)
    return (255 * ((image + 1) / 2).clamp(0, 1)).to(torch.uint8).contiguous()


def add_lora(unet, text):
    torch.manual_seed(7)
    unet.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=["to_q", "to_out.0", "conv1"]))
    text.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=["q_proj", "fc1"]))
    for model in (unet, text):
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.data = torch.randn(parameter.shape).mul(0.2).half().float()


def main():
    unet, vae, text = load()
    goldens = {"odd_size": picture(unet, vae, text, 72, 104), "v": picture(unet, vae, text, 64, 64, "v_prediction")}

    config = dict(unet.config, in_channels=9)
    inpainting = UNet2DConditionModel.from_config(config)
    state = unet.state_dict()
    state["conv_in.weight"] = rule("model.diffusion_model.input_blocks.0.0.weight", (32, 9, 3, 3)).half().float()
    inpainting.load_state_dict(state)
    generator = torch.Generator().manual_seed(3)
    x, context = torch.randn(2, 9, 9, 13, generator=generator), torch.randn(2, 77, 64, generator=generator)
    t = torch.tensor([981, 17])
    with torch.no_grad():
        eps = inpainting.eval()(x, t, encoder_hidden_states=context).sample
    goldens |= {"inpainting.x": x, "inpainting.t": t, "inpainting.context": context, "inpainting.eps": eps.contiguous()}

    add_lora(unet, text)
    parts = {"unet": get_peft_model_state_dict(unet), "text_encoder": get_peft_model_state_dict(text)}
    with_prefix = {f"{net}.{k}": v for net, state in parts.items() for k, v in state.items()}
    # As StableDiffusionPipeline.save_lora_weights writes it.
    save_file({k: v.contiguous() for k, v in with_prefix.items()}, HERE / "lora_diffusers.safetensors")
    save_file(
        {k: v.contiguous() for k, v in convert_state_dict_to_kohya(with_prefix).items()},
        HERE / "lora_kohya.safetensors",
    )
    goldens["lora_1"] = picture(unet, vae, text, 64, 64)
    for model in (unet, text):  # the scale of --lora FILE:0.5
        for module in model.modules():
            if hasattr(module, "lora_A") and hasattr(module, "set_scale"):
                module.set_scale("default", 0.5)
    goldens["lora_half"] = picture(unet, vae, text, 64, 64)
    save_file(goldens, HERE / "diffusers.safetensors")


main()
