"""Writes indexing.jsonl: random index expressions and what PyTorch makes of them.

x holds 0, 1, 2, … in the given shape, so that what is read are positions. An index is written as in
Python: 2, "1:5:2", "None", "...", true, and a tensor as nested lists of numbers or truths.
`value` is the shape of what is assigned: -1, -2, …; weights of gradients are 1, 2, …
"""

import json
import random
from pathlib import Path

import torch

rng = random.Random(0)


def whole_numbers(shape, sign=1):
    count = torch.Size(shape).numel()
    return sign * torch.arange(1, count + 1, dtype=torch.float32).reshape(shape)


def start(shape, transposed):
    if not transposed:
        return torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape)
    return start(shape[::-1], False).permute(*range(len(shape) - 1, -1, -1))


def bound(size):
    return rng.choice(["", str(rng.randint(-size - 1, size + 1))])


def random_slice(size):
    step = rng.choice(["", "", ":1", ":2", ":3"])
    return f"{bound(size)}:{bound(size)}{step}"


def long_tensor(size, shape):
    return torch.randint(-size, size, shape).tolist()


def random_index(shape):
    index, left = [], list(shape)
    common = rng.choice([[2], [3], [2, 1], [1, 3], [2, 3]])
    used_ellipsis = False
    while left:
        if rng.random() < 0.15:
            index.append("None")
            continue
        if not used_ellipsis and rng.random() < 0.12:
            index.append("...")
            used_ellipsis = True
            skip = rng.randint(0, len(left))
            left = left[skip:]
            if rng.random() < 0.5:
                left = []
            continue
        if rng.random() < 0.1:
            break
        size = left[0]
        kind = rng.random()
        if kind < 0.3 and size > 0:
            index.append(rng.randrange(-size, size))
        elif kind < 0.6:
            index.append(random_slice(size))
        elif kind < 0.85 and size > 0:
            shape_of_index = rng.choice([common, common[-1:], [1], []])
            index.append({"long": long_tensor(size, shape_of_index)})
        elif kind < 0.97:
            rank = rng.randint(1, len(left)) if len(left) > 1 else 1
            index.append({"bool": (torch.rand(left[:rank]) < 0.5).tolist()})
            left = left[rank - 1 :]
        else:
            index.append(rng.random() < 0.8)
        left = left[1:]
    return index


def python_index(entry):
    if entry == "None":
        return None
    if entry == "...":
        return ...
    if isinstance(entry, str):
        return slice(*[int(part) if part else None for part in entry.split(":")])
    if isinstance(entry, dict):
        [(kind, data)] = entry.items()
        return torch.tensor(data, dtype=torch.long if kind == "long" else torch.bool)
    return entry


def numbers(tensor):
    return [int(value) for value in tensor.flatten().tolist()]


def case(shape, transposed, entries):
    index = tuple(python_index(entry) for entry in entries)
    x = start(shape, transposed).requires_grad_()
    found = x[index]
    (gradient,) = torch.autograd.grad(found, x, whole_numbers(found.shape))
    line = {
        "shape": shape,
        "transposed": transposed,
        "index": entries,
        "found": {"shape": list(found.shape), "values": numbers(found)},
        "gradient": numbers(gradient),
        "isView": found._is_view(),
    }
    if len(set(numbers(found))) == found.numel():
        value_shape = [size if rng.random() < 0.7 else 1 for size in found.shape]
        value_shape = value_shape[rng.randint(0, len(value_shape)) if rng.random() < 0.3 else 0 :]
        if rng.random() < 0.2:
            value_shape = [1] + value_shape
        value = whole_numbers(value_shape, -1).requires_grad_()
        y = x.clone()
        try:
            y[index] = value
        except (RuntimeError, IndexError):
            return line
        gradients = torch.autograd.grad(y, [x, value], whole_numbers(shape), allow_unused=True)
        line["value"] = value_shape
        line["assigned"] = numbers(y)
        line["gradients"] = [numbers(g) if g is not None else None for g in gradients]
    return line


torch.manual_seed(0)
lines, seen = [], set()
while len(lines) < 240:
    shape = [rng.choice([1, 2, 3, 4, 3, 2, 0]) for _ in range(rng.randint(1, 4))]
    entries = random_index(shape)
    try:
        line = case(shape, rng.random() < 0.3, entries)
    except (RuntimeError, IndexError):
        continue
    text = json.dumps(line)
    if len(line["found"]["values"]) > 40 or json.dumps(entries) in seen:
        continue
    if len(line["found"]["values"]) == 0 and rng.random() < 0.7:
        continue
    seen.add(json.dumps(entries))
    lines.append(text)
Path(__file__).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
