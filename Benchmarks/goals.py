"""What the benchmarks are to show, in one place: PyTorch's time over ours, at least so much.

The first pattern that a workload's name begins with counts. `ratio` is asked beside PyTorch with its
default malloc, `tuned` beside PyTorch with a malloc that keeps what is released.
"""
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    ratio: float
    tuned: float = 0


GOALS = [
    (r"tutorial\.(temp11|lin4_)", Goal(20)),
    (r"chain1000\.\w+_1$", Goal(10)),
    (r"ew\.(exp|tanh|sigmoid|gelu|add)_10M$", Goal(3, tuned=1.2)),
    (r"sum\.dim|transpose_add|broadcast_add", Goal(1.2)),
    (r"net\.mlp_sgd", Goal(1.8)),
    (r"net\.mlp_adam", Goal(2)),
    (r"net\.gpt_adamw", Goal(1.5)),
    (r"net\.lstm_1$", Goal(4)),
    (r"net\.lstm_32$", Goal(1.5)),
    (r"net\.resnet18", Goal(1.2)),
    (r"mm\.(64|256|1024|2048)_", Goal(1.5)),
    (r"pool\.|resize\.", Goal(1.2)),
    (r"norm\.(layer|batch)_", Goal(1.2)),
    (r"norm\.", Goal(1)),
    (r"conv\.(3x3_32x64x32x32|resnet18)$", Goal(1.2, tuned=1.2)),
    (r"loss\.mse_11$", Goal(5)),
    (r"loss\.cross_entropy|nn\.softmax", Goal(1.2)),
    (r"nn\.(attention|linear)", Goal(1)),
]

# The whole process that draws a graph of some 20 nodes, in microseconds.
RENDER = 30_000

# Of these, ours at most PyTorch's peak memory.
MEMORY = [
    "ew.exp_10M", "ew.tanh_10M", "ew.sigmoid_10M", "ew.gelu_10M", "ew.add_10M",
    "ew.mul_add_tanh_sum_10M", "net.mlp_sgd", "net.mlp_adam", "net.gpt_adamw", "net.lstm_1",
    "net.lstm_32", "net.resnet18",
    "ew.mul_add_tanh_sum_10M", "conv.3x3_32x64x32x32", "conv.resnet18",
]


def goal_of(name):
    for pattern, goal in GOALS:
        if re.match(pattern, name):
            return goal
    return None
