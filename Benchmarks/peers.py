#!/usr/bin/env python3
"""The workloads of the benchmarks on PyTorch's side: the same line protocol as `workloads`.

A workload's name per line on standard input; a line of JSON per name on standard output, with the
microseconds of one step. As many threads as AGVIZ_NUM_THREADS says, which the engine reads too.
"""
import json
import os
import sys
import time

import torch

torch.set_num_threads(int(os.environ.get("AGVIZ_NUM_THREADS", "1")))


def thermometer_step():
    celsius = torch.tensor([0.5, 14, 15, 28, 11, 8, 3, -4, 6, 13, 21])
    unknown = 0.1 * torch.tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4])
    params = torch.tensor([1.0, 0.0], requires_grad=True)

    def step():
        params.grad = None
        w, b = params
        loss = ((w * unknown + b - celsius) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            params.sub_(1e-2 * params.grad)

    return step


def square_step(count):
    x = torch.randn(count)
    w = torch.randn(1, requires_grad=True)
    b = torch.randn(1, requires_grad=True)

    def step():
        loss = ((x * w + b) ** 2).mean()
        loss.backward()
        w.grad = None
        b.grad = None

    return step


def chain(length):
    x = torch.tensor([1.0], requires_grad=True)

    def step():
        y = x
        for _ in range(length):
            y = y * 1.0001
        y.backward()
        x.grad = None

    return step


def large(function):
    x = torch.randn(10_000_000, requires_grad=True)
    gradient = torch.randn(10_000_000)

    def step():
        function(x).backward(gradient)
        x.grad = None

    return step


def forward(shape, function):
    x = torch.randn(shape)
    return lambda: function(x)


def matmul(size, dtype):
    a = torch.randn(size, size, dtype=dtype)
    b = torch.randn(size, size, dtype=dtype)
    return lambda: a.mm(b)


row = torch.randn(2048)

WORKLOADS = {
    "thermometer step": thermometer_step,
    "square step, 1 element": lambda: square_step(1),
    "square step, 11 elements": lambda: square_step(11),
    "chain of 1,000": lambda: chain(1000),
    "exp 10M": lambda: large(torch.exp),
    "tanh 10M": lambda: large(torch.tanh),
    "sigmoid 10M": lambda: large(torch.sigmoid),
    "gelu 10M": lambda: large(torch.nn.functional.gelu),
    "add 10M": lambda: large(lambda x: x + 1.5),
    "sum over dim 0, 4096x1024": lambda: forward((4096, 1024), lambda x: x.sum(0)),
    "sum over dim 1, 4096x1024": lambda: forward((4096, 1024), lambda x: x.sum(1)),
    "transpose + add, 2048x2048": lambda: forward((2048, 2048), lambda x: x.t() + x),
    "broadcast add, 2048x2048": lambda: forward((2048, 2048), lambda x: x + row),
    "softmax, 1024x1024": lambda: forward((1024, 1024), lambda x: x.softmax(1)),
    "matmul float32 64": lambda: matmul(64, torch.float32),
    "matmul float32 256": lambda: matmul(256, torch.float32),
    "matmul float32 1024": lambda: matmul(1024, torch.float32),
    "matmul float64 64": lambda: matmul(64, torch.float64),
    "matmul float64 1024": lambda: matmul(1024, torch.float64),
}


def microseconds(step):
    for _ in range(3):
        step()
    steps = 1
    while True:
        start = time.perf_counter()
        for _ in range(steps):
            step()
        seconds = time.perf_counter() - start
        if seconds > 0.1:
            return seconds / steps * 1e6
        steps *= 2


for line in sys.stdin:
    make = WORKLOADS.get(line.strip())
    answer = {"us": microseconds(make())} if make else {"error": "no workload " + line.strip()}
    print(json.dumps(answer), flush=True)
