"""Writes changed_views.jsonl: in-place changes of views of bases that lie with gaps, in other orders or
at offsets, and PyTorch's gradients.

usage: changed_views.py [COUNT [SEED]]; more than the 120 programs that are kept are for looking beyond them.
"""

import json
import random
import sys
from pathlib import Path

import torch

count = int(sys.argv[1]) if len(sys.argv) > 1 else 120
r = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)


def numbers(n):
    return [r.randrange(-8, 9) / 4 for _ in range(n)]


def narrowed(x):
    """A part of x, as views make it."""
    for _ in range(r.randrange(0, 4)):
        if x.dim() == 0:
            break
        d = r.randrange(x.dim())
        kind = r.choice(["select", "step", "narrow", "transpose", "unsqueeze"])
        if kind == "select":
            x = x.select(d, r.randrange(x.size(d)))
        elif kind == "step":
            x = x[(slice(None),) * d + (slice(r.randrange(x.size(d)), None, r.randrange(1, 4)),)]
        elif kind == "narrow":
            start = r.randrange(x.size(d))
            x = x.narrow(d, start, r.randrange(1, x.size(d) - start + 1))
        elif kind == "transpose":
            x = x.transpose(d, r.randrange(x.dim()))
        elif x.dim() < 4:
            x = x.unsqueeze(d)
    return x


def place(x):
    return {"size": list(x.size()), "stride": list(x.stride()), "offset": x.storage_offset()}


def program(name):
    sizes = [r.randrange(2, 6) for _ in range(r.randrange(2, 5))]
    memory = numbers(torch.Size(sizes).numel())
    whole = torch.tensor(memory, dtype=torch.float64)
    layout = narrowed(narrowed(whole.view(sizes)))
    tracked = r.random() < 0.5
    w = torch.tensor(numbers(1), dtype=torch.float64).reshape([]).requires_grad_()
    base = layout.detach()
    if tracked:
        base.requires_grad_()
        leaf = base
        base = leaf * w
    steps = []
    views = []
    for _ in range(r.randrange(1, 5)):
        view = narrowed(base)
        op = r.choice(["mul", "add", "copy", "zero", "square", "sigmoid", "twice"])
        steps.append({"op": op, **place(view)})
        view = base.as_strided(view.size(), view.stride(), view.storage_offset())
        if op == "mul":
            view.mul_(w)
        elif op == "add":
            view.add_(w)
        elif op == "copy":
            view.copy_(w)
        elif op == "zero":
            view.zero_()
        elif op == "square":
            view.mul_(view.clone())
        elif op == "sigmoid":
            view.sigmoid_()
        else:
            view[...].mul_(w)
            view.grad_fn  # A view of what was a leaf learns of its history when it is asked for it.
            view.mul_(2)
        views.append(view)
    weights = numbers(base.numel())
    loss = (base * torch.tensor(weights, dtype=torch.float64).view(base.size())).sum()
    loss = loss + (views[-1] * w).sum()
    line = {
        "name": name, "memory": memory, "w": w.item(), "base": place(layout), "isTracked": tracked, "steps": steps,
        "weights": weights,
    }
    return line, loss, base, w, (leaf if tracked else None)


def written(name):
    line, loss, base, w, leaf = program(name)
    if loss.requires_grad:
        loss.backward()
    line["values"] = base.detach().reshape(-1).tolist()
    line["gradients"] = [None if x is None or x.grad is None else x.grad.reshape(-1).tolist() for x in (w, leaf)]
    return line


with open(Path(__file__).parent / "changed_views.jsonl", "w") as file:
    name = 0
    while name < count:
        try:
            line = written(name)
        except RuntimeError as error:
            # What saved its result refuses a later change.
            assert "modified by an inplace operation" in str(error), error
            continue
        file.write(json.dumps(line) + "\n")
        name += 1
