"""Products of matrices. See Sources/workloads/Products.swift."""
import torch

from support import WORKLOADS, forward_and_backward, leaf, workload


def product(m, k, n, dtype):
    a, b = torch.randn(m, k, dtype=dtype), torch.randn(k, n, dtype=dtype)
    out = torch.empty(m, n, dtype=dtype)
    return lambda: torch.mm(a, b, out=out)


def batch(k):
    a, b, out = torch.randn(32, 128, k), torch.randn(32, k, 128), torch.empty(32, 128, 128)
    return lambda: torch.bmm(a, b, out=out)


for dtype, label in (torch.float32, "f32"), (torch.float64, "f64"):
    for n in 64, 256, 1024, 2048:
        WORKLOADS[f"mm.{n}_{label}"] = lambda n=n, dtype=dtype: product(n, n, n, dtype)
for m, k, n in (
    (4, 1, 1), (11, 1, 1), (32, 128, 128), (128, 784, 512), (784, 128, 512), (512, 256, 256),
    (512, 256, 1024),
):
    WORKLOADS[f"mm.{m}x{k}x{n}_f32"] = lambda m=m, k=k, n=n: product(m, k, n, torch.float32)


@workload("mm.grad_512")
def _():
    a, b = leaf(512, 512), leaf(512, 512)
    return forward_and_backward([a, b], lambda: a @ b)


WORKLOADS["bmm.32x128x128x128"] = lambda: batch(128)
WORKLOADS["bmm.attn_32x128x32x128"] = lambda: batch(32)


@workload("bmm.grad_32x128x128x128")
def _():
    a, b = leaf(32, 128, 128), leaf(32, 128, 128)
    return forward_and_backward([a, b], lambda: a @ b)
