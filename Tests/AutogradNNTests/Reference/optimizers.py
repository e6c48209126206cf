"""Writes optimizers.jsonl: parameters after steps of PyTorch's optimisers, single-tensor forms.

Element i of parameter k starts as fill(i, k), its gradient in step t is fill(i, 31 * k + t + 1), with
fill(i, k) = ((i * 7919 + k * 104729) mod 2001 - 1000) / 1000.
"""

import json
from pathlib import Path

import torch

STEPS = 40
SHAPES = [[3, 4], [17]]


def fill(shape, k, dtype):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    return (((i * 7919 + k * 104729) % 2001 - 1000).double() / 1000).reshape(shape).to(dtype)


CASES = {
    "SGD": [
        {},
        {"lr": 0.1, "weight_decay": 0.01},
        {"lr": 0.05, "momentum": 0.9},
        {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.02},
        {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02},
        {"lr": 0.05, "momentum": 0.8, "maximize": True, "weight_decay": 0.02},
    ],
    "Adam": [
        {},
        {"lr": 0.01, "weight_decay": 0.1},
        {"lr": 0.01, "betas": (0.4, 0.9), "eps": 1e-4},
        {"lr": 0.01, "betas": (0.6, 0.9), "amsgrad": True},
        {"lr": 0.01, "maximize": True, "amsgrad": True, "weight_decay": 0.1},
    ],
    "AdamW": [{}, {"lr": 0.01, "weight_decay": 0.2}, {"lr": 0.01, "amsgrad": True, "maximize": True}],
    "RMSprop": [
        {},
        {"alpha": 0.9, "weight_decay": 0.1},
        {"momentum": 0.9},
        {"centered": True, "eps": 1e-3},
        {"centered": True, "momentum": 0.5, "weight_decay": 0.1, "eps": 1e-3},
        {"maximize": True},
    ],
    "Adagrad": [
        {},
        {"lr_decay": 0.1, "weight_decay": 0.1},
        {"initial_accumulator_value": 0.5, "eps": 1e-4, "maximize": True},
    ],
    "Adamax": [{}, {"lr": 0.01, "weight_decay": 0.1, "betas": (0.5, 0.9)}, {"maximize": True}],
    "NAdam": [
        {},
        {"lr": 0.01, "weight_decay": 0.1, "momentum_decay": 0.01},
        {"weight_decay": 0.1, "decoupled_weight_decay": True},
        {"betas": (0.3, 0.9), "maximize": True},
    ],
}

lines = []
for name, cases in CASES.items():
    for options in cases:
        for dtype in (torch.float32, torch.float64):
            parameters = [fill(s, k, dtype).requires_grad_() for k, s in enumerate(SHAPES)]
            optimizer = getattr(torch.optim, name)(parameters, foreach=False, **options)
            trajectory = []
            for t in range(STEPS):
                for k, p in enumerate(parameters):
                    p.grad = fill(p.shape, 31 * k + t + 1, dtype)
                optimizer.step()
                if t in (0, 1, 7, STEPS - 1):
                    trajectory.append([t, [p.detach().double().flatten().tolist() for p in parameters]])
            lines.append(
                json.dumps(
                    {
                        "optimizer": name,
                        "options": options,
                        "dtype": str(dtype).removeprefix("torch."),
                        "shapes": SHAPES,
                        "trajectory": [{"step": t, "parameters": p} for t, p in trajectory],
                    }
                )
            )
Path(__file__).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
