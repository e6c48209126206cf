"""Losses and functions of layers. See Sources/workloads/Losses.swift."""
import torch
import torch.nn.functional as F

from support import WORKLOADS, forward_and_backward, leaf, workload


def classes(rows, count):
    x, target = leaf(rows, count), torch.randint(count, (rows,))
    return forward_and_backward([x], lambda: F.cross_entropy(x, target))


WORKLOADS["loss.cross_entropy_4096x1000"] = lambda: classes(4096, 1000)
WORKLOADS["loss.cross_entropy_32x10"] = lambda: classes(32, 10)


def loss(function, *shape):
    x, target = leaf(*shape), torch.rand(*shape)
    return forward_and_backward([x], lambda: function(x, target))


for name, function, size in (
    ("loss.mse_11", F.mse_loss, 11),
    ("loss.mse_1M", F.mse_loss, 1_000_000),
    ("loss.bce_with_logits_1M", F.binary_cross_entropy_with_logits, 1_000_000),
    ("loss.huber_1M", F.huber_loss, 1_000_000),
):
    WORKLOADS[name] = lambda function=function, size=size: loss(function, size)


@workload("nn.softmax_1024")
def _():
    x = leaf(1024, 1024)
    return forward_and_backward([x], lambda: F.softmax(x, -1))


def linear(rows, size, outputs):
    x, w, b = torch.randn(rows, size), leaf(outputs, size), leaf(outputs)
    return forward_and_backward([w, b], lambda: F.linear(x, w, b).sum())


WORKLOADS["nn.linear_4x1_1"] = lambda: linear(4, 1, 1)
WORKLOADS["nn.linear_64x128_128"] = lambda: linear(64, 128, 128)


@workload("nn.embedding_10000x256_4096")
def _():
    table, indices = leaf(10000, 256), torch.randint(10000, (32, 128))
    return forward_and_backward([table], lambda: F.embedding(indices, table))


def attention(causal):
    q, k, v = (leaf(4, 8, 128, 32) for _ in range(3))
    return forward_and_backward(
        [q, k, v], lambda: F.scaled_dot_product_attention(q, k, v, is_causal=causal))


WORKLOADS["nn.attention_4x8x128x32"] = lambda: attention(False)
WORKLOADS["nn.attention_causal_4x8x128x32"] = lambda: attention(True)


@workload("nn.dropout_1M")
def _():
    x = leaf(1_000_000)
    return forward_and_backward([x], lambda: F.dropout(x, 0.5))
