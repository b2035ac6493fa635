#!/usr/bin/env python3
"""Times `miafr generate` against diffusers: the same random Stable Diffusion v1.5, in turn, as processes of their own.

Makes what it needs in the work folder (10 GB): a virtual environment, the checkpoint as a diffusers folder for
diffusers and as one .safetensors file for MIAFR. Nothing is downloaded but packages from PyPI, once.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import sys

from side_by_side import HERE, PROGRAM, run, set_up

TARGETS = {"step": 0.80, "image": 0.75, "decode": 0.80, "peak": 0.85}


def measure(who, size, steps, work, python, folder, file, threads):
    if who == "diffusers":
        command = [python, HERE / "peer_diffusers.py", folder, "--size", str(size), "--steps", str(steps)]
        out, peak, others = run(command, threads)
        times = json.loads(out.splitlines()[-1])
    else:
        shutil.rmtree(work / "out", ignore_errors=True)
        timings = work / "timings.json"
        # DDIM as published makes steps + 1 of a number that does not divide 1000; both sides take the same number.
        command = [PROGRAM, "generate", "--ckpt", file, "--prompt", "photo of a sks person", "--sampler", "dpmpp_2m"]
        command += ["--H", str(size), "--W", str(size), "--steps", str(steps)]
        command += ["--outdir", work / "out", "--timings", timings, "--device", "cpu"]
        _, peak, others = run(command, threads, OMP_WAIT_POLICY="passive")  # as ./miafr sets it
        times = json.loads(timings.read_text())
    assert len(times["step_s"]) == steps, times
    times["peak_pss_gib"], times["others_cpu"], times["who"], times["size"] = peak, others, who, size
    times["step"] = statistics.median(times["step_s"][1:] or times["step_s"])  # the first reads the weights
    times["decode"] = times["decode_s"][0]
    times["start"] = times["start_to_first_step_s"]
    times["image"] = times["start"] + sum(times["step_s"]) + times["decode"]
    return times


def report(results, sizes, steps):
    for size in sizes:
        of = {who: [r for r in results if r["who"] == who and r["size"] == size] for who in ("miafr", "diffusers")}
        print(f"\n{size}x{size}, {steps} steps, medians of {len(of['miafr'])} runs")
        print(f"{'':24}{'miafr':>10}{'diffusers':>12}{'ratio':>8}  target")
        rows = [("step", "step, s"), ("decode", "VAE decode, s"), ("image", "whole picture, s")]
        rows += [("start", "start to step 1, s"), ("peak_pss_gib", "peak memory (PSS), GiB"), ("others_cpu", "others")]
        for key, title in rows:
            ours, theirs = (statistics.median(r[key] for r in of[who]) for who in ("miafr", "diffusers"))
            target = TARGETS.get("peak" if key == "peak_pss_gib" else key)
            ratio = f"{ours / theirs:8.2f}" if theirs and key != "others_cpu" else " " * 8
            print(f"{title:24}{ours:10.2f}{theirs:12.2f}{ratio}  {target if target else ''}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for what is made; kept")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--steps", type=int, default=4, help="20 for a whole picture as people make them")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    if not PROGRAM.exists():
        sys.exit("compare_generate: build the program first: ./miafr build")
    args.work = args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    if not (args.work / "sd15-random.safetensors").exists() and shutil.disk_usage(args.work).free < 11e9:
        sys.exit(f"compare_generate: {args.work}: 11 GB of free space are needed")
    made = set_up(args.work)
    results = []
    for repeat in range(args.repeats):
        for size in args.sizes:
            for who in ("miafr", "diffusers"):
                result = measure(who, size, args.steps, args.work, *made, args.threads)
                results.append(result)
                with open(args.work / "results.jsonl", "a") as log:
                    log.write(json.dumps(result) + "\n")
                print(f"{repeat + 1}/{args.repeats} {size} {who}: step {result['step']:.2f} s, "
                      f"peak {result['peak_pss_gib']:.2f} GiB, others {result['others_cpu']:.2f}", flush=True)
    report(results, args.sizes, args.steps)


if __name__ == "__main__":
    main()
