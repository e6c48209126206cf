"""Reductions, transposition, broadcasting, memory. See Sources/workloads/Moving.swift."""
import torch

from support import WORKLOADS, forward_and_backward, leaf, workload

LARGE = 10_000_000


def unary(shape, function):
    x = leaf(*shape)
    return forward_and_backward([x], lambda: function(x))


WORKLOADS["softmax.1024x1024"] = lambda: unary((1024, 1024), lambda x: x.softmax(1))
WORKLOADS["sum.dim0_4096x1024"] = lambda: unary((4096, 1024), lambda x: x.sum(0))
WORKLOADS["sum.dim1_4096x1024"] = lambda: unary((4096, 1024), lambda x: x.sum(1))
WORKLOADS["sum.all_10M"] = lambda: unary((LARGE,), lambda x: x.sum())


@workload("transpose_add.2048")
def _():
    x, y = leaf(2048, 2048), leaf(2048, 2048)
    return forward_and_backward([x, y], lambda: x + y.t())


@workload("transpose_contiguous.2048")
def _():
    x = torch.randn(2048, 2048)
    return lambda: x.t().contiguous()


@workload("broadcast_add.4096x1024")
def _():
    x, y = leaf(4096, 1024), leaf(1024)
    return forward_and_backward([x, y], lambda: x + y)


@workload("alloc.empty_40MB_touch")
def _():
    return lambda: torch.empty(LARGE).fill_(1.0)


@workload("alloc.fill_40MB_inplace")
def _():
    x = torch.zeros(LARGE)
    return lambda: x.fill_(1.0)
