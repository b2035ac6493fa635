#!/usr/bin/env python3
"""Times a step of `miafr train` against the same step in PyTorch and diffusers, in turn, as processes of their own.

One photo of the subject and one of the regularisation set, U-Net and text encoder trained with AdamW in float32, or a LoRA
of rank 16 on their attention. The work folder is that of compare_generate.py (10 GB, made where it is missing).
"""
import argparse
import json
import os
import pathlib
import random
import statistics
import struct
import sys
import zlib

from side_by_side import PROGRAM, run, set_up

TARGETS = {"step": 0.85, "peak": 1.0}


def write_photo(path, size):
    """A PNG of noise: what is in a photo does not change how long a step takes."""
    rows = b"".join(b"\0" + random.randbytes(3 * size) for _ in range(size))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    with open(path, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n")
        for name, data in chunks:
            out.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)))


def photos(work, size):
    for name in ("subject/photo.png", "others/person_1.png"):
        path = work / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_photo(path, size)
    return work / "photos/subject", work / "photos/others"


def ours(case, args, file):
    subject, others = photos(args.work, args.size)
    timings = args.work / "timings.json"
    config = args.work / "train.yaml"
    config.write_text(f"data: {{size: {args.size}, flip_probability: 0}}\n")
    command = [PROGRAM, "train", "--base", config, "--actual_resume", file, "--data_root", subject, "--reg_data_root", others]
    command += ["--device", "cpu", "--try", str(args.steps), "--timings", timings, "train.gradient_norms_every=0"]
    command += [f"train.method={case['method']}", f"train.gradient_checkpointing={str(case['checkpointing']).lower()}"]
    command += [f"train.cache_latents={'memory' if case['cache'] else 'none'}"]
    _, peak, others_cpu = run(command, args.threads, OMP_WAIT_POLICY="passive")
    return json.loads(timings.read_text())["step_s"], peak, others_cpu


def theirs(case, args, python, folder):
    command = [python, pathlib.Path(__file__).parent / "peer_train.py", folder, "--size", str(args.size)]
    command += ["--steps", str(args.steps), "--method", case["method"]]
    command += ["--checkpointing"] * case["checkpointing"] + ["--cache"] * case["cache"]
    out, peak, others_cpu = run(command, args.threads)
    return json.loads(out.splitlines()[-1])["step_s"], peak, others_cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for what is made; kept")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=4, help="the first is left out of the median")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--cases", nargs="+", default=["full", "full+cache", "lora+cache"],
                        help="full or lora, with +cache (photos encoded once) and +recompute (gradient checkpointing)")
    args = parser.parse_args()
    if not PROGRAM.exists():
        sys.exit("compare_train: build the program first: ./miafr build")
    args.work = args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    python, folder, file = set_up(args.work)
    results = {}
    for repeat in range(args.repeats):
        for name in args.cases:
            words = name.split("+")
            case = {"method": words[0], "cache": "cache" in words, "checkpointing": "recompute" in words}
            for who in ("miafr", "diffusers"):
                times, peak, others = ours(case, args, file) if who == "miafr" else theirs(case, args, python, folder)
                step = statistics.median(times[1:])
                results.setdefault((name, who), []).append((step, peak, others))
                print(f"{repeat + 1}/{args.repeats} {name} {who}: step {step:.2f} s, peak {peak:.2f} GiB, "
                      f"others {others:.2f}", flush=True)
    print(f"\n{args.size}x{args.size}, medians of {args.repeats} runs; targets: step {TARGETS['step']}, peak {TARGETS['peak']}")
    for name in args.cases:
        a, b = ([statistics.median(r[i] for r in results[name, who]) for i in range(3)] for who in ("miafr", "diffusers"))
        print(f"{name:22} step {a[0]:6.2f} / {b[0]:6.2f} s = {a[0] / b[0]:.2f}   peak {a[1]:5.2f} / {b[1]:5.2f} GiB = "
              f"{a[1] / b[1]:.2f}")


if __name__ == "__main__":
    main()
