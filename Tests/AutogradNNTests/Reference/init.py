"""Writes init.jsonl: what torch.nn.init fills tensors with after a seed; clipped gradients."""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import init

CASES = {
    "uniform": lambda t: init.uniform_(t, -0.3, 1.7),
    "normal": lambda t: init.normal_(t, 0.5, 0.3),
    "normal_small": lambda t: init.normal_(t, 0.0, 0.02),
    "constant": lambda t: init.constant_(t, 0.3),
    "xavier_uniform": lambda t: init.xavier_uniform_(t, gain=1.5),
    "xavier_normal": lambda t: init.xavier_normal_(t),
    "kaiming_uniform": lambda t: init.kaiming_uniform_(t, nonlinearity="relu"),
    "kaiming_normal": lambda t: init.kaiming_normal_(t, a=0.2, mode="fan_out"),
    "trunc_normal": lambda t: init.trunc_normal_(t, 0.1, 0.5, -0.6, 0.9),
    "trunc_normal_far": lambda t: init.trunc_normal_(t, 0.1, 0.5, 0.9, 1.6),
    "orthogonal": lambda t: init.orthogonal_(t, gain=1.3),
    "dirac": lambda t: init.dirac_(t) if t.dim() > 2 else t,
    "eye": lambda t: init.eye_(t) if t.dim() == 2 else t,
    "sparse": lambda t: init.sparse_(t, 0.3) if t.dim() == 2 else t,
}

lines = []
for name, fill in CASES.items():
    for shape in [3, 5], [6, 4], [4, 3, 2, 2]:
        for dtype in torch.float32, torch.float64:
            torch.manual_seed(5)
            tensor = fill(torch.zeros(shape, dtype=dtype))
            lines.append(
                json.dumps(
                    {
                        "name": name,
                        "shape": shape,
                        "dtype": str(dtype).removeprefix("torch."),
                        "values": tensor.double().flatten().tolist(),
                    }
                )
            )
for norm, limit in (2, 1.0), (2, 100.0), (1, 0.5), (float("inf"), 0.25), (3.0, 0.1):
    parameters = [torch.zeros(3, 4, requires_grad=True), torch.zeros(5, requires_grad=True)]
    for k, p in enumerate(parameters):
        i = torch.arange(p.numel())
        p.grad = (((i * 7919 + k * 104729) % 2001 - 1000).double() / 1000).reshape(p.shape).float()
    total = nn.utils.clip_grad_norm_(parameters, limit, norm)
    lines.append(
        json.dumps(
            {
                "name": "clip",
                "shape": [],
                "dtype": "float32",
                "norm": "inf" if norm == float("inf") else str(norm),
                "limit": limit,
                "values": [total.item()] + [v for p in parameters for v in p.grad.flatten().tolist()],
            }
        )
    )
Path(__file__).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
