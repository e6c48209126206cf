"""Normalisations, forward and backward. See Sources/workloads/Normalization.swift."""
import torch
import torch.nn.functional as F

from support import WORKLOADS, forward_and_backward, leaf, workload


def layer(rows, length):
    x, weight, bias = leaf(rows, length), leaf(length), leaf(length)
    return forward_and_backward([x, weight, bias],
                                lambda: F.layer_norm(x, [length], weight, bias))


def batch(*shape):
    x, weight, bias = leaf(*shape), leaf(shape[1]), leaf(shape[1])
    mean, variance = torch.zeros(shape[1]), torch.ones(shape[1])
    return forward_and_backward(
        [x, weight, bias], lambda: F.batch_norm(x, mean, variance, weight, bias, True))


for rows, length in (4096, 1024), (256, 256):
    WORKLOADS[f"norm.layer_{rows}x{length}"] = lambda r=rows, n=length: layer(r, n)
for shape in (32, 64, 32, 32), (8, 64, 16, 16):
    WORKLOADS["norm.batch_" + "x".join(map(str, shape))] = lambda shape=shape: batch(*shape)


@workload("norm.group_16x64x32x32")
def _():
    x, weight, bias = leaf(16, 64, 32, 32), leaf(64), leaf(64)
    return forward_and_backward([x, weight, bias], lambda: F.group_norm(x, 8, weight, bias))


@workload("norm.rms_4096x1024")
def _():
    x, weight = leaf(4096, 1024), leaf(1024)
    return forward_and_backward([x, weight], lambda: F.rms_norm(x, [1024], weight))
