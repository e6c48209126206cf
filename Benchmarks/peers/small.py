"""Small tensors. See Sources/workloads/Small.swift."""
import torch

from support import WORKLOADS, forward_and_backward, leaf, workload


def square(*shape):
    x, w, b = torch.randn(*shape), leaf(1), leaf(1)
    return forward_and_backward([w, b], lambda: ((x * w + b) ** 2).mean())


WORKLOADS["tiny.1"] = lambda: square(1)
WORKLOADS["tiny.11"] = lambda: square(11)
WORKLOADS["tiny.4x1"] = lambda: square(4, 1)


@workload("tiny.4x1_allgrad")
def _():
    x, w, b = leaf(4, 1), leaf(4, 1), leaf(4, 1)
    return forward_and_backward([x, w, b], lambda: ((x * w + b) ** 2).mean())


@workload("tiny.matmul_4x1_1x1")
def _():
    x, w, b = torch.randn(4, 1), leaf(1, 1), leaf(1)
    return forward_and_backward([w, b], lambda: ((x @ w + b) ** 2).mean())


@workload("tiny.nograd_add_1")
def _():
    x, w = torch.randn(1), torch.randn(1)

    def step():
        with torch.no_grad():
            for _ in range(100):
                x + w

    return step


@workload("tutorial.temp11_5000")
def _():
    celsius = torch.tensor([0.5, 14, 15, 28, 11, 8, 3, -4, 6, 13, 21])
    unknown = 0.1 * torch.tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4])

    def step():
        params = torch.tensor([1.0, 0.0], requires_grad=True)
        for _ in range(5000):
            if params.grad is not None:
                params.grad.zero_()
            w, b = params
            loss = ((w * unknown + b - celsius) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                params -= 1e-2 * params.grad
        assert abs(params[0].item() - 5.3671) < 2e-2

    return step


@workload("tutorial.lin4_200")
def _():
    x = torch.tensor([1.0, 2, 3, 4])
    y = 2 * x

    def step():
        w = torch.tensor(0.0, requires_grad=True)
        for _ in range(200):
            loss = ((w * x - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad.zero_()
        assert abs(w.item() - 2) < 1e-3

    return step


@workload("tutorial.lin4x1_mm_200")
def _():
    x = torch.tensor([[1.0], [2], [3], [4]])
    y = 2 * x

    def step():
        w = torch.zeros(1, 1, requires_grad=True)
        b = torch.zeros(1, requires_grad=True)
        for _ in range(200):
            loss = ((x @ w + b - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                w -= 0.01 * w.grad
                b -= 0.01 * b.grad
            w.grad.zero_()
            b.grad.zero_()

    return step


@workload("tutorial.poly_sin_2000")
def _():
    def step():
        x = torch.linspace(-1, 1, 2000)
        y = torch.exp(x)
        p = [torch.randn((), requires_grad=True) for _ in range(4)]
        for _ in range(2000):
            loss = (p[0] + p[1] * x + p[2] * x**2 + p[3] * x**3 - y).pow(2).sum()
            loss.backward()
            with torch.no_grad():
                for parameter in p:
                    parameter -= 1e-4 * parameter.grad
                    parameter.grad = None

    return step


def products(count):
    x, c, d = leaf(count), torch.tensor([1.0001]), torch.tensor([1e-4])

    def forward():
        y = x
        for _ in range(500):
            y = y * c
            y = y + d
        return y

    return forward_and_backward([x], forward)


WORKLOADS["chain1000.mul_add_1"] = lambda: products(1)
WORKLOADS["chain1000.mul_add_1024"] = lambda: products(1024)


@workload("chain1000.tanh_1")
def _():
    x = leaf(1)

    def forward():
        y = x
        for _ in range(1000):
            y = y.tanh()
        return y

    return forward_and_backward([x], forward)
