#!/usr/bin/env python3
"""Times a face matcher's network, IR-50 with random weights, against onnxruntime, and `miafr embed` from file to vector.

python bench/compare_embed.py [--work FOLDER] [--rounds N] [--images N]; needs numpy, onnx and onnxruntime of its own
Python, and bazel build //bench:time_embed //:prefix. Both run the same weights on as many threads, in turn; the
embeddings are compared first. Take ratios: a busy machine disturbs both alike.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEPTHS, WIDTHS, LARGEST, EPS = [3, 4, 14, 3], [64, 128, 256, 512], 32, 1e-5
THREADS = len(os.sched_getaffinity(0))


class Network:
    """Weights by ArcFace's names, and the graph of the same network for onnxruntime."""

    def __init__(self):
        self.rng = np.random.default_rng(1)
        self.weights, self.nodes, self.last = {}, [], "faces"

    def put(self, name, values):
        self.weights[name] = np.ascontiguousarray(values, dtype=np.float32)
        return name

    def add(self, kind, source, *names, **attributes):
        self.nodes.append(helper.make_node(kind, [source, *names], [f"n{len(self.nodes)}"], **attributes))
        return self.nodes[-1].output[0]

    def convolution(self, name, x, width_in, width_out, kernel, stride):
        values = self.rng.normal(0, (2 / (width_in * kernel**2)) ** 0.5, (width_out, width_in, kernel, kernel))
        weight = self.put(name + ".weight", values)
        return self.add("Conv", x, weight, strides=[stride] * 2, pads=[kernel // 2] * 4)

    def norm(self, name, x, width, gain=1.0):
        names = [
            self.put(name + ".weight", self.rng.uniform(0.8, 1.2, width) * gain),
            self.put(name + ".bias", self.rng.normal(0, 0.1, width)),
            self.put(name + ".running_mean", self.rng.normal(0, 0.1, width)),
            self.put(name + ".running_var", self.rng.uniform(0.8, 1.2, width)),
        ]
        return self.add("BatchNormalization", x, *names, epsilon=EPS)

    def prelu(self, name, x, width):
        slopes = self.put(name + ".weight", self.rng.uniform(0.1, 0.4, width))
        self.weights["onnx:" + name] = self.weights[slopes].reshape(width, 1, 1)
        return self.add("PRelu", x, "onnx:" + name)

    def unit(self, name, x, width_in, width_out, stride):
        h = self.convolution(name + ".conv1", self.norm(name + ".bn1", x, width_in), width_in, width_out, 3, 1)
        h = self.prelu(name + ".prelu", self.norm(name + ".bn2", h, width_out), width_out)
        h = self.norm(name + ".bn3", self.convolution(name + ".conv2", h, width_out, width_out, 3, stride), width_out, 0.3)
        if stride != 1:
            x = self.convolution(name + ".downsample.0", x, width_in, width_out, 1, stride)
            x = self.norm(name + ".downsample.1", x, width_out)
        return self.add("Add", h, x)

    def build(self):
        x = self.convolution("conv1", "faces", 3, WIDTHS[0], 3, 1)
        x = self.prelu("prelu", self.norm("bn1", x, WIDTHS[0]), WIDTHS[0])
        width = WIDTHS[0]
        for stage, (depth, out) in enumerate(zip(DEPTHS, WIDTHS)):
            for i in range(depth):
                x = self.unit(f"layer{stage + 1}.{i}", x, width, out, 2 if i == 0 else 1)
                width = out
        x = self.add("Flatten", self.norm("bn2", x, width))
        fc = self.put("fc.weight", self.rng.normal(0, (1 / (width * 49)) ** 0.5, (512, width * 49)))
        x = self.add("Gemm", x, fc, self.put("fc.bias", self.rng.normal(0, 0.1, 512)), transB=1)
        self.last = self.norm("features", x, 512)

    def onnx_bytes(self):
        used = {name for node in self.nodes for name in node.input}
        graph = helper.make_graph(
            self.nodes, "ir50",
            [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", 3, 112, 112])],
            [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, ["n", 512])],
            [numpy_helper.from_array(values, name) for name, values in self.weights.items() if name in used],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return model.SerializeToString()

    def write_safetensors(self, file, **more):
        tensors = {name: values for name, values in self.weights.items() if not name.startswith("onnx:")} | more
        header, end = {}, 0
        for name, values in tensors.items():
            header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": [end, end + values.nbytes]}
            end += values.nbytes
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(file, "wb") as out:
            out.write(struct.pack("<Q", len(text)) + text)
            for values in tensors.values():
                out.write(values.tobytes())


class Ours:
    def __init__(self, file):
        environment = os.environ | {"OMP_NUM_THREADS": str(THREADS)}
        self.process = subprocess.Popen([ROOT / "bazel-bin/bench/time_embed", file], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout.readline() == "ready\n", "time_embed did not start"

    def seconds(self, batch, rounds):
        self.process.stdin.write(f"{batch} {rounds}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


class Theirs:
    def __init__(self, model, faces):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # it would disturb the other
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.faces = faces

    def seconds(self, batch, rounds):
        faces = self.faces[:batch]
        start = time.perf_counter()
        for _ in range(rounds):
            self.session.run(None, {"faces": faces})
        return (time.perf_counter() - start) / (rounds * batch)


def compare(ours, theirs, batch, rounds):
    each = max(1, 16 // batch)
    ours.seconds(batch, each), theirs.seconds(batch, each)
    pairs = [(ours.seconds(batch, each), theirs.seconds(batch, each)) for _ in range(rounds)]
    mine, other = (statistics.median(pair[i] for pair in pairs) * 1e3 for i in (0, 1))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"batch {batch}: miafr {mine:.1f} ms a face, onnxruntime {other:.1f} ms; ratio, median of the rounds: {ratio:.2f}")


def time_command(work, weights, images):
    """Seconds for each further image: start-up and reading of the weights cancel out."""
    def run(count):
        folder = work / f"faces-{count}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for i in range(count):
            shutil.copy(ROOT / "models/astronaut.png", folder / f"{i:04}.png")
        for name in ("out.npy", "out.npy.csv"):
            (work / name).unlink(missing_ok=True)
        command = [ROOT / "bazel-bin/prefix/bin/miafr", "embed", folder, "--out", work / "out.npy", "--no-cache"]
        command += ["--matcher", f"arcface:weights={weights}", "--device", "cpu"]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - start

    few = 2
    run(few)
    start, whole = run(few), run(few + images)
    each = (whole - start) / images
    print(f"miafr embed, 512x512 photos, MTCNN and IR-50: {1 / each:.1f} images/s, {each * 1e3:.0f} ms each; start {start - few * each:.2f} s")


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("/var/tmp/bench-embed"))
parser.add_argument("--rounds", type=int, default=15)
parser.add_argument("--images", type=int, default=48)
arguments = parser.parse_args()
arguments.work.mkdir(parents=True, exist_ok=True)
network = Network()
network.build()
faces = network.rng.uniform(-1, 1, (LARGEST, 3, 112, 112)).astype(np.float32)
file = arguments.work / "ir50.safetensors"
network.write_safetensors(file, faces=faces)
network.write_safetensors(arguments.work / "ir50-weights.safetensors")
mine, other = Ours(file), Theirs(network.onnx_bytes(), faces)
a = np.fromfile(str(file) + ".embeddings", dtype=np.float32).reshape(2, 512)
b = other.session.run(None, {"faces": faces[:2]})[0]
difference = float(np.abs(a - b).max() / np.abs(b).max())
assert difference < 1e-3, f"the embeddings differ by {difference}"
print(f"IR-50, {THREADS} threads, onnxruntime {onnxruntime.__version__}; largest difference of embeddings {difference:.1e} of the largest value")
for size in (1, LARGEST):
    compare(mine, other, size, arguments.rounds)
time_command(arguments.work, arguments.work / "ir50-weights.safetensors", arguments.images)
