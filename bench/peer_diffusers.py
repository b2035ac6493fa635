"""One picture with diffusers in eager float32, timed part by part. Prints the times as JSON on the last line."""
import argparse
import json
import os
import time

started = time.clock_gettime(time.CLOCK_BOOTTIME) - int(
    open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]
) / os.sysconf("SC_CLK_TCK")  # seconds since this process began, imports included
clock = time.perf_counter
script_began = clock()

import torch  # noqa: E402
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel  # noqa: E402
from transformers import CLIPTextModel  # noqa: E402


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=3)
    args = parser.parse_args()
    times = {}

    begin = clock()
    load = {"local_files_only": True, "torch_dtype": torch.float32}
    text = CLIPTextModel.from_pretrained(args.folder, subfolder="text_encoder", **load).eval()
    unet = UNet2DConditionModel.from_pretrained(args.folder, subfolder="unet", **load).eval()
    vae = AutoencoderKL.from_pretrained(args.folder, subfolder="vae", **load).eval()
    scheduler = DDIMScheduler.from_pretrained(args.folder, subfolder="scheduler")
    times["load_s"] = clock() - begin

    begin = clock()
    ids = torch.full((2, 77), 49407)
    ids[:, 0] = 49406
    ids[1, 1:7] = torch.tensor([1125, 539, 320, 48136, 2533, 589])
    hidden = text(ids).last_hidden_state
    times["text_encoder_s"] = clock() - begin

    scheduler.set_timesteps(args.steps)
    x = torch.randn((1, 4, args.size // 8, args.size // 8), generator=torch.Generator().manual_seed(42))
    times["start_to_first_step_s"] = started + clock() - script_began
    times["step_s"] = []
    for t in scheduler.timesteps:
        begin = clock()
        without, with_text = unet(torch.cat([x, x]), t, encoder_hidden_states=hidden).sample.chunk(2)
        x = scheduler.step(without + 7.5 * (with_text - without), t, x).prev_sample
        times["step_s"].append(clock() - begin)
    begin = clock()
    vae.decode(x / vae.config.scaling_factor).sample
    times["decode_s"] = [clock() - begin]
    times["total_s"] = started + clock() - script_began
    print(json.dumps(times))


main()
