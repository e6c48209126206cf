"""Writes creation.jsonl: ranges as PyTorch counts them, every number to the last bit."""

import json
import random
from pathlib import Path

import torch

rng = random.Random(1)
dtypes = {"int32": torch.int32, "int64": torch.int64, "float32": torch.float32, "float64": torch.float64}


def number():
    return rng.choice([rng.randint(-9, 9), round(rng.uniform(-4, 4), 2), rng.uniform(-1e3, 1e3), 0, 1])


lines = []
while len(lines) < 80:
    start, end = number(), number()
    dtype = rng.choice([None, "float32", "float64", "int32", "int64"])
    options = {} if dtype is None else {"dtype": dtypes[dtype]}
    if rng.random() < 0.5:
        call = "arange"
        third = rng.choice([1, 2, 0.1, 0.3, 1 / 3, -1, -0.7, 3])
        whole = dtype in ("int32", "int64")
        if whole:
            start, end, third = int(start), int(end), int(third) or 1
        if (end - start) / third < 0 or (end - start) / third > 60:
            continue
        result = torch.arange(start, end, third, **options)
    else:
        call, third = "linspace", rng.choice([0, 1, 2, 3, 5, 10, 17, 33])
        result = torch.linspace(start, end, third, **options)
    lines.append(
        json.dumps(
            {
                "call": call,
                "start": start,
                "end": end,
                "third": third,
                "asked": dtype,
                "dtype": str(result.dtype).removeprefix("torch."),
                "values": result.tolist(),
            }
        )
    )
Path(__file__).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
