"""Writes hook_programs.jsonl: random graphs with random hooks, and all that PyTorch's hooks saw.

usage: hook_programs.py [COUNT [SEED]]; more than the 150 programs that are kept are for looking beyond them.
"""

import json
import random
import sys
from pathlib import Path

import torch

count = int(sys.argv[1]) if len(sys.argv) > 1 else 150
r = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)


def scaled(value, factor):
    return None if value is None or factor is None else value * factor


def numbers(*values):
    result = []
    for value in values:
        result += [None] if value is None else value.detach().double().reshape(-1).tolist()
    return result


class Program:
    def __init__(self):
        self.leaves = [[r.randrange(1, 9) / 4 for _ in range(3)] for _ in range(r.randrange(1, 4))]
        self.tensors = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in self.leaves]
        self.steps, self.log = [], []

    def note(self, label, *values):
        self.log.append({"label": label, "values": numbers(*values)})

    def run(self, step):
        self.steps.append(step)
        t, op = self.tensors, step["op"]
        inputs = [t[i] for i in step.get("in", [])]
        if op == "mul":
            t.append(inputs[0] * inputs[1])
        elif op == "add":
            t.append(inputs[0] + inputs[1])
        elif op == "sin":
            t.append(inputs[0].sin())
        elif op == "unbind":
            t.extend(inputs[0].unbind())
        elif op == "stack":
            t.append(torch.stack(inputs))
        elif op == "mul_":
            inputs[0].mul_(step["factor"])
        else:
            self.hook(step, inputs)

    def hook(self, step, inputs):
        op, factor = step["op"], step.get("factor")
        label = f"{op} {len(self.steps)}"
        first = inputs[0]

        def on_tensor(g):
            if g is not None:  # which hooks are not told of here
                self.note(label, g)
                return scaled(g, factor)

        def before(gs):
            self.note(label, *gs)
            return None if factor is None else tuple(scaled(g, factor) for g in gs)

        def after(gs, given):
            self.note(label, *gs, *given)
            return None if factor is None else tuple(scaled(g, factor) for g in gs)

        if op == "hook":
            first.register_hook(on_tensor)
        elif op == "prehook":
            first.grad_fn.register_prehook(before)
        elif op == "post hook":
            first.grad_fn.register_hook(after)
        elif op == "accumulated":
            first.register_post_accumulate_grad_hook(lambda t: self.note(label, t.grad))
        elif op == "retain":
            first.retain_grad()

    def add_hooks(self, i):
        t = self.tensors[i]
        for _ in range(r.choice([0, 0, 0, 1, 1, 2])):
            kinds = ["hook", "hook", "accumulated"] if t.is_leaf else ["hook", "hook", "prehook", "post hook", "retain"]
            factor = r.choice([None, None, 2.0, -0.5])
            self.run({"op": r.choice(kinds), "in": [i], "factor": factor})

    def build(self):
        for i in range(len(self.tensors)):
            self.add_hooks(i)
        for _ in range(r.randrange(2, 9)):
            vectors = [i for i, t in enumerate(self.tensors) if t.dim() == 1]
            scalars = [i for i, t in enumerate(self.tensors) if t.dim() == 0]
            changeable = [i for i in vectors if not self.tensors[i].is_leaf]
            op = r.choice(["mul", "mul", "add", "sin", "unbind"] + (["stack"] * 2 if len(scalars) > 2 else []) + (["mul_"] if changeable else []))
            before = len(self.tensors)
            if op == "stack":
                self.run({"op": op, "in": r.sample(scalars, 3)})
            elif op == "mul_":
                i = r.choice(changeable)
                self.run({"op": op, "in": [i], "factor": r.choice([2.0, 0.5])})
                self.add_hooks(i)
            else:
                self.run({"op": op, "in": [r.choice(vectors) for _ in range(2 if op in ("mul", "add") else 1)]})
            for i in range(before, len(self.tensors)):
                self.add_hooks(i)

    def finish(self):
        roots = r.sample(range(len(self.tensors)), r.choice([1, 1, 2]) if len(self.tensors) > 1 else 1)
        kind = r.choice(["backward", "backward", "inputs", "grad", "grad"])
        targets = r.sample(range(len(self.tensors)), r.randrange(1, 1 + min(3, len(self.tensors))))
        create = r.random() < 0.3
        self.end = {"kind": kind, "of": roots, "to": targets, "create": create, "twice": r.random() < 0.2}
        outputs, wanted = [self.tensors[i] for i in roots], [self.tensors[i] for i in targets]
        ones = [torch.ones_like(t) for t in outputs]
        for _ in range(2 if self.end["twice"] else 1):
            if kind == "grad":
                results = torch.autograd.grad(outputs, wanted, ones, retain_graph=True, create_graph=create, allow_unused=True)
                self.note("results", *results)
            else:
                torch.autograd.backward(outputs, ones, retain_graph=True, create_graph=create, inputs=wanted if kind == "inputs" else None)
        for i, t in enumerate(self.tensors):
            if t.is_leaf or t.retains_grad:
                self.note(f"grad {i}", t.grad)
        for t in self.tensors[: len(self.leaves)]:
            t.grad = None


lines = []
while len(lines) < count:
    program = Program()
    try:
        program.build()
        program.finish()
    except RuntimeError as error:
        # An in-place change of what a derivative needs: of no interest here.
        if any(words in str(error) for words in ("inplace", "in-place")):
            continue
        raise
    lines.append(
        json.dumps({"name": f"{len(lines)}", "leaves": program.leaves, "steps": program.steps, "end": program.end, "log": program.log})
    )
Path(__file__).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
