"""What a workload is, and how one repetition of it is timed. See Sources/workloads/Workload.swift."""
import time

import torch

WORKLOADS = {}


def workload(name):
    """Registers a function that makes the inputs and returns one step."""

    def register(make):
        WORKLOADS[name] = make
        return make

    return register


def leaf(*shape):
    return torch.randn(*shape, requires_grad=True)


def forward_and_backward(leaves, forward):
    result = forward()
    gradient = None if result.numel() == 1 else torch.randn_like(result)

    def step():
        forward().backward(gradient)
        for leaf in leaves:
            leaf.grad = None

    return step


class Repeated:
    """A workload that is being repeated, some steps of about `target` seconds at a time."""

    def __init__(self, make, target):
        self.step = make()
        # The process's own time, as on the other side.
        self.clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
        self.step()
        self.steps = 1
        while (seconds := self.seconds()) < target / 8:
            self.steps *= 2
        self.steps = max(1, int(self.steps * target / seconds))

    def seconds(self):
        start = self.clock()
        for _ in range(self.steps):
            self.step()
        return self.clock() - start

    def microseconds_per_step(self):
        return self.seconds() / self.steps * 1e6
