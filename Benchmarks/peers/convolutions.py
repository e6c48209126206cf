"""Convolutions, forward and backward. See Sources/workloads/Convolutions.swift."""
import torch
from torch.nn.functional import conv2d, conv_transpose2d

from support import WORKLOADS, forward_and_backward, leaf, workload


def layer(batch, channels, size, results, kernel, stride=1, is_first=False,
          memory_format=torch.contiguous_format):
    x = torch.randn(batch, channels, size, size).to(memory_format=memory_format)
    x.requires_grad_(not is_first)
    weight = torch.randn(results, channels, kernel, kernel).to(memory_format=memory_format)
    weight.requires_grad_()
    return forward_and_backward(
        [weight] if is_first else [x, weight],
        lambda: conv2d(x, weight, stride=stride, padding=kernel // 2))


SQUARE = (32, 64, 32, 64, 3)
RESIDUAL = {
    "7x7": ((8, 3, 64, 64, 7, 2, True), 1), "64_16": ((8, 64, 16, 64, 3), 4),
    "128_16": ((8, 64, 16, 128, 3, 2), 1), "128_1x1": ((8, 64, 16, 128, 1, 2), 1),
    "128_8": ((8, 128, 8, 128, 3), 3), "256_8": ((8, 128, 8, 256, 3, 2), 1),
    "256_1x1": ((8, 128, 8, 256, 1, 2), 1), "256_4": ((8, 256, 4, 256, 3), 3),
    "512_4": ((8, 256, 4, 512, 3, 2), 1), "512_1x1": ((8, 256, 4, 512, 1, 2), 1),
    "512_2": ((8, 512, 2, 512, 3), 3),
}

WORKLOADS["conv.3x3_32x64x32x32"] = lambda: layer(*SQUARE)
WORKLOADS["conv.3x3_32x64x32x32_last"] = lambda: layer(*SQUARE, memory_format=torch.channels_last)
for name, (sizes, _) in RESIDUAL.items():
    WORKLOADS[f"conv.resnet18_{name}"] = lambda sizes=sizes: layer(*sizes)


@workload("conv.resnet18")
def _():
    steps = [layer(*sizes) for sizes, count in RESIDUAL.values() for _ in range(count)]

    def step():
        for part in steps:
            part()

    return step


@workload("conv.small_4x1x28x28")
def _():
    x, weight, bias = leaf(4, 1, 28, 28), leaf(6, 1, 5, 5), leaf(6)
    return forward_and_backward([x, weight, bias], lambda: conv2d(x, weight, bias))


@workload("conv.tiny_1x2x4x4")
def _():
    x, weight = leaf(1, 2, 4, 4), leaf(3, 2, 3, 3)
    return forward_and_backward([x, weight], lambda: conv2d(x, weight, padding=1))


@workload("conv.depthwise_8x128x28x28")
def _():
    x, weight = leaf(8, 128, 28, 28), leaf(128, 1, 3, 3)
    return forward_and_backward([x, weight], lambda: conv2d(x, weight, padding=1, groups=128))


@workload("conv.transposed_8x64x16x16")
def _():
    x, weight = leaf(8, 64, 16, 16), leaf(64, 32, 4, 4)
    return forward_and_backward(
        [x, weight], lambda: conv_transpose2d(x, weight, stride=2, padding=1))
