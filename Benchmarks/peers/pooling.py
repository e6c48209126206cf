"""Pooling and resizing. See Sources/workloads/Pooling.swift."""
import torch.nn.functional as F

from support import WORKLOADS, forward_and_backward, leaf


def images(size, function):
    x = leaf(32, 64, size, size)
    return forward_and_backward([x], lambda: function(x))


for name, size, function in (
    ("pool.max2_32x64x64x64", 64, lambda x: F.max_pool2d(x, 2)),
    ("pool.max3s2_32x64x64x64", 64, lambda x: F.max_pool2d(x, 3, 2, 1)),
    ("pool.avg2_32x64x64x64", 64, lambda x: F.avg_pool2d(x, 2)),
    ("pool.adaptive1_32x64x64x64", 64, lambda x: F.adaptive_avg_pool2d(x, 1)),
    ("resize.bilinear_32x64x32x32", 32,
     lambda x: F.interpolate(x, scale_factor=2, mode="bilinear")),
    ("resize.nearest_32x64x32x32", 32, lambda x: F.interpolate(x, scale_factor=2)),
):
    WORKLOADS[name] = lambda size=size, function=function: images(size, function)
