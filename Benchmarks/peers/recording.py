"""What hooks that compute the statistics of a recording cost. See Sources/workloads/Recording.swift."""
import torch
import torch.nn.functional as F
from torch.optim import SGD, AdamW

from networks import GPT, MLP
from support import workload


def statistics(x):
    finite = torch.isfinite(x)
    deviation, mean = torch.std_mean(x)
    return torch.stack([
        x.numel() - finite.sum().to(x.dtype), (x == 0).sum().to(x.dtype), x.min(), x.max(), mean,
        deviation, torch.linalg.vector_norm(x),
    ]).tolist()


def record(root, records):
    """Hooks on every node of a graph, as a recorder would set them."""
    seen, stack = set(), [root.grad_fn]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)

        def hook(grad_inputs, grad_outputs, name=node.name()):
            records.append((name, [statistics(g) for g in grad_inputs if g is not None],
                            [statistics(g) for g in grad_outputs if g is not None]))

        node.register_hook(hook)
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
