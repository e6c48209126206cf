"""Writes layers.jsonl: what PyTorch's layers hold after a seed, how they print, what they compute.

Inputs and what flows into the outputs follow a formula: element i of tensor k is
((i * 7919 + k * 104729) mod 2001 - 1000) / 1000. Integer inputs are (i * 7 + k) mod `high`.
"""

import json
from pathlib import Path

import torch
from torch import nn


def fill(shape, k):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    return (((i * 7919 + k * 104729) % 2001 - 1000).double() / 1000).reshape(shape).float()


def whole(shape, k, high):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    return ((i * 7 + k) % high).reshape(shape)


# Name, layer, shapes of the inputs (a number after them: whole numbers below it).
CASES = [
    ("linear", lambda: nn.Linear(5, 4), [[3, 5]]),
    ("linear_no_bias", lambda: nn.Linear(5, 4, bias=False), [[2, 3, 5]]),
    ("bilinear", lambda: nn.Bilinear(3, 4, 2), [[2, 3], [2, 4]]),
    ("sequential", lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), [[3, 4]]),
    ("flatten", lambda: nn.Flatten(), [[2, 3, 4]]),
    ("unflatten", lambda: nn.Unflatten(1, (2, 3)), [[2, 6]]),
    ("identity", lambda: nn.Identity(), [[2, 6]]),
]


def numbers(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().double().flatten().tolist()}


def line(name, make, shapes):
    torch.manual_seed(7)
    layer = make()
    state = {key: numbers(value) for key, value in layer.state_dict().items()}
    inputs = []
    for k, shape in enumerate(shapes):
        if isinstance(shape, tuple):
            inputs.append(whole(shape[0], k, shape[1]))
        else:
            inputs.append(fill(shape, k).requires_grad_())
    torch.manual_seed(11)
    outputs = layer(*inputs)
    flat = []

    def collect(value):
        if isinstance(value, torch.Tensor):
            flat.append(value)
        elif value is not None:
            for part in value:
                collect(part)

    collect(outputs)
    torch.autograd.backward(
        [o for o in flat if o.requires_grad],
        [fill(o.shape, 100 + k) for k, o in enumerate(flat) if o.requires_grad],
    ) if any(o.requires_grad for o in flat) else None
    nodes = set()

    def walk(node):
        if node is not None and node not in nodes:
            nodes.add(node)
            for next_node, _ in node.next_functions:
                walk(next_node)

    for o in flat:
        walk(o.grad_fn)
    names = {}
    for node in nodes:
        names[node.name()] = names.get(node.name(), 0) + 1
    return {
        "name": name,
        "repr": repr(layer),
        "state": [[key, value] for key, value in state.items()],
        "inputs": [list(s[0]) + [s[1]] if isinstance(s, tuple) else list(s) for s in shapes],
        "outputs": [numbers(o) for o in flat],
        "nodes": dict(sorted(names.items())),
        "input_gradients": [None if i.grad is None else numbers(i.grad) for i in inputs],
        "gradients": [
            [key, None if p.grad is None else numbers(p.grad)] for key, p in layer.named_parameters()
        ],
        "after": [[key, numbers(value)] for key, value in layer.named_buffers()],
    }


if __name__ == "__main__":
    lines = [json.dumps(line(*case)) for case in CASES]
    Path(__file__).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
