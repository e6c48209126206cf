"""What hooks that compute the statistics of a recording cost. See Sources/workloads/Recording.swift."""
import math

import torch
import torch.nn.functional as F
from torch.optim import SGD, AdamW

from networks import GPT, MLP
from support import workload


def statistics(x):
    """What a recording tells of a tensor, in as few passes over it as PyTorch's operators allow.

    Neither subnormal numbers nor a hash: PyTorch has no operator that finds them in one pass. What is
    not finite shows in the extent, and is counted only then.
    """
    low, high = torch.aminmax(x)
    norm, mean = torch.linalg.vector_norm(x), x.mean()
    nonzero = torch.count_nonzero(x)
    low, high, norm, mean = low.item(), high.item(), norm.item(), mean.item()
    deviation = max(norm * norm / x.numel() - mean * mean, 0) ** 0.5
    wrong = 0
    if not (math.isfinite(low) and math.isfinite(high)):
        wrong = x.numel() - torch.isfinite(x).sum().item()
    return x.numel(), wrong, x.numel() - nonzero.item(), low, high, mean, deviation, norm


def record(root, records):
    """Hooks on every node of a graph, as a recorder would set them, each gradient measured once."""
    seen, stack = set(), [root.grad_fn]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)

        def hook(gradients, name=node.name(), leaf=getattr(node, "variable", None)):
            found = [statistics(g) for g in gradients if g is not None]
            if leaf is not None:
                found.append(statistics(leaf))
            records.append((name, found))

        node.register_prehook(hook)
        stack += [next for next, _ in node.next_functions]


def training(model, x, classes, optimizer, recorded):
    targets = torch.randint(classes, (model(x).numel() // classes,))

    def step():
        loss = F.cross_entropy(model(x).view(-1, classes), targets)
        records = []
        if recorded:
            record(loss, records)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def mlp(recorded):
    model = MLP()
    return training(
        model, torch.randn(128, 784), 10, SGD(model.parameters(), lr=0.01, momentum=0.9), recorded)


def gpt(recorded):
    model = GPT(1024, 128, 256, 8, 4)
    return training(
        model, torch.randint(1024, (4, 128)), 1024, AdamW(model.parameters(), lr=3e-4), recorded)


def tiny(recorded):
    x, w, b = torch.randn(11), torch.randn(1, requires_grad=True), torch.randn(1, requires_grad=True)

    def step():
        loss = ((x * w + b) ** 2).mean()
        if recorded:
            record(loss, [])
        loss.backward()
        w.grad = b.grad = None

    return step


for name, make in ("mlp", mlp), ("gpt", gpt), ("tiny", tiny):
    workload(f"record.{name}_off")(lambda make=make: make(False))
    workload(f"record.{name}")(lambda make=make: make(True))
