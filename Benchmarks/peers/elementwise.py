"""Functions of each element. See Sources/workloads/Elementwise.swift."""
import torch
import torch.nn.functional as F

from support import WORKLOADS, forward_and_backward, leaf, workload

LARGE = 10_000_000


def unary(count, function):
    x = leaf(count)
    return forward_and_backward([x], lambda: function(x))


def mul_add_tanh_sum(count):
    x, y, z = leaf(count), leaf(count), leaf(count)
    return forward_and_backward([x, y, z], lambda: (x * y + z).tanh().sum())


def into(x, function):
    out = torch.empty_like(x)
    return lambda: function(x, out=out)


WORKLOADS["ew.mul_add_tanh_sum_10M"] = lambda: mul_add_tanh_sum(LARGE)
WORKLOADS["ew.mul_add_tanh_sum_100k"] = lambda: mul_add_tanh_sum(100_000)
for name, function in {
    "exp": torch.exp, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu,
    "relu": torch.relu, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
}.items():
    WORKLOADS[f"ew.{name}_10M"] = lambda function=function: unary(LARGE, function)
    WORKLOADS[f"ew.{name}_1M"] = lambda function=function: unary(1_000_000, function)


@workload("ew.log_10M")
def _():
    x = (torch.rand(LARGE) + 0.1).requires_grad_()
    return forward_and_backward([x], x.log)


@workload("ew.add_10M")
def _():
    x, y = leaf(LARGE), leaf(LARGE)
    return forward_and_backward([x, y], lambda: x + y)


@workload("ew.add_out_10M")
def _():
    y = torch.randn(LARGE)
    return into(torch.randn(LARGE), lambda x, out: torch.add(x, y, out=out))


WORKLOADS["ew.exp_out_10M"] = lambda: into(torch.randn(LARGE), torch.exp)
WORKLOADS["ew.tanh_out_10M"] = lambda: into(torch.randn(LARGE), torch.tanh)
WORKLOADS["ew.exp_out_32k"] = lambda: into(torch.randn(32_768), torch.exp)
WORKLOADS["ew.tanh_out_32k"] = lambda: into(torch.randn(32_768), torch.tanh)
WORKLOADS["ew.log_out_32k"] = lambda: into(torch.rand(32_768) + 0.1, torch.log)
WORKLOADS["ew.exp_out_10M_f64"] = lambda: into(torch.randn(LARGE, dtype=torch.float64), torch.exp)
WORKLOADS["ew.tanh_out_10M_f64"] = lambda: into(torch.randn(LARGE, dtype=torch.float64), torch.tanh)
