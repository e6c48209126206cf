"""Training steps of whole networks. See Sources/workloads/Networks.swift.

A name with an `@` is another way to run the same step in PyTorch: the best of them is shown too.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim import SGD, Adam, AdamW

from support import WORKLOADS, forward_and_backward


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(784, 512), nn.Linear(512, 512), nn.Linear(512, 10)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)) + identity)


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        blocks, inputs = [], 64
        for outputs, stride in (64, 1), (128, 2), (256, 2), (512, 2):
            blocks += [BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)]
            inputs = outputs
        self.layers = nn.Sequential(*blocks)
        self.fc = nn.Linear(512, 1000)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(self.layers(x), (1, 1)), 1))


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.heads = heads

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (
            z.view(b, t, self.heads, d // self.heads).transpose(1, 2)
            for z in self.qkv(self.ln_1(x)).split(d, dim=2))
        a = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(d // self.heads))
        a = a.masked_fill(torch.tril(torch.ones(t, t)) == 0, float("-inf"))
        y = (F.softmax(a, dim=-1) @ v).transpose(1, 2).contiguous().view(b, t, d)
        x = x + self.proj(y)
        return x + self.down(F.gelu(self.up(self.ln_2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, vocabulary=1024, context=128, d=256, heads=8, layers=4):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, d), nn.Embedding(context, d)
        self.h = nn.ModuleList(Block(d, heads) for _ in range(layers))
        self.ln_f, self.lm_head = nn.LayerNorm(d), nn.Linear(d, vocabulary, bias=False)

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


def training(model, x, classes, make_optimizer):
    """Forward, backward, the optimiser's step, and the gradients' release."""
    optimizer = make_optimizer(model.parameters())
    count = model(x).numel() // classes
    targets = torch.randint(0, classes, (count,))

    def step():
        F.cross_entropy(model(x).view(count, classes), targets).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def mlp(make_optimizer):
    return lambda: training(MLP(), torch.randn(128, 784), 10, make_optimizer)


def gpt(make_optimizer):
    return lambda: training(GPT(), torch.randint(0, 1024, (4, 128)), 1024, make_optimizer)


def resnet(memory_format, fused):
    def make():
        model = ResNet18().to(memory_format=memory_format)
        x = torch.randn(8, 3, 64, 64).to(memory_format=memory_format)
        return training(model, x, 1000, lambda p: SGD(p, lr=1e-3, momentum=0.9, fused=fused))

    return make


for suffix, options in ("", {}), ("@fused", {"fused": True}):
    WORKLOADS |= {
        "net.mlp_sgd" + suffix: mlp(lambda p, o=options: SGD(p, lr=0.01, momentum=0.9, **o)),
        "net.mlp_adam" + suffix: mlp(lambda p, o=options: Adam(p, lr=1e-3, **o)),
        "net.gpt_adamw" + suffix: gpt(lambda p, o=options: AdamW(p, lr=3e-4, **o)),
    }
WORKLOADS |= {
    "net.resnet18": resnet(torch.contiguous_format, None),
    "net.resnet18@fused": resnet(torch.contiguous_format, True),
    "net.resnet18@channels-last": resnet(torch.channels_last, None),
    "net.resnet18@channels-last fused": resnet(torch.channels_last, True),
}


def lstm(batch, hidden=128, inputs=64, steps=100):
    def make():
        x = torch.randn(steps, batch, inputs)
        k = 1 / math.sqrt(hidden)
        parameters = [
            torch.empty(*shape).uniform_(-k, k).requires_grad_()
            for shape in ((inputs, 4 * hidden), (hidden, 4 * hidden), (4 * hidden,))]
        wx, wh, b = parameters

        def forward():
            h, c = torch.zeros(batch, hidden), torch.zeros(batch, hidden)
            for t in range(steps):
                i, f, g, o = (x[t] @ wx + h @ wh + b).chunk(4, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
            return (h * h).mean()

        return forward_and_backward(parameters, forward)

    return make


WORKLOADS |= {"net.lstm_1": lstm(1), "net.lstm_32": lstm(32)}
