"""What training costs beside the operators. See Sources/workloads/Training.swift.

A name with an `@` is another way to run the same step in PyTorch: the best of them is shown too.
"""
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, RMSprop

from support import WORKLOADS, leaf, workload


@workload("nn.linear_200")
def _():
    x = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
    y = 2 * x

    def run():
        model, loss_function = nn.Linear(1, 1), nn.MSELoss()
        optimizer = SGD(model.parameters(), lr=0.01)
        for _ in range(200):
            loss = loss_function(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    return run


@workload("nn.call_1")
def _():
    layer, x = nn.Linear(1, 1), torch.randn(1, 1)

    def run():
        with torch.no_grad():
            layer(x)

    return run


def step(count, size, make):
    parameters = [leaf(size) for _ in range(count)]
    for parameter in parameters:
        parameter.grad = torch.randn(size)
    return make(parameters).step


for suffix, options in ("", {}), ("@foreach", {"foreach": True}), ("@fused", {"fused": True}):
    WORKLOADS |= {
        "optim.sgd_1M" + suffix: lambda o=options: step(1, 1_000_000, lambda p: SGD(p, lr=1e-6, **o)),
        "optim.momentum_1M" + suffix: lambda o=options: step(
            1, 1_000_000, lambda p: SGD(p, lr=1e-6, momentum=0.9, weight_decay=1e-4, **o)),
        "optim.adamw_1M" + suffix: lambda o=options: step(1, 1_000_000, lambda p: AdamW(p, lr=1e-6, **o)),
        "optim.sgd_100x1k" + suffix: lambda o=options: step(100, 1000, lambda p: SGD(p, lr=1e-6, **o)),
        "optim.adam_100x1k" + suffix: lambda o=options: step(100, 1000, lambda p: Adam(p, lr=1e-6, **o)),
    }
    if suffix != "@fused":
        WORKLOADS["optim.rmsprop_1M" + suffix] = lambda o=options: step(
            1, 1_000_000, lambda p: RMSprop(p, lr=1e-6, momentum=0.9, centered=True, **o))
