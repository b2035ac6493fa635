"""Makes torch_reference.pt: what PyTorch 2.11 writes for dtypes without a storage class, and for classes of tensors.

    python3 -m venv venv && venv/bin/pip install torch==2.11.0
    venv/bin/python make_torch_reference.py
"""
import pathlib

import torch

values = torch.tensor([0.0, 1.0, 2.0, 48.0, 96.0, 3.0])
tensors = {name: values.to(getattr(torch, name)) for name in ("uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2")}
tensors["part"] = values.to(torch.uint16).reshape(2, 3).t()[1:]
tensors["buffer"] = torch.nn.Buffer(values)
tensors["complex"] = values.to(torch.complex64)
torch.save(tensors, pathlib.Path(__file__).parent / "torch_reference.pt")
