#!/usr/bin/env python3
"""Writes inplace_fuzz.jsonl: random programs of views, in-place changes and second derivatives.

usage: inplace_fuzz.py ORACLE_FOLDER SEED COUNT > inplace_fuzz.jsonl

ORACLE_FOLDER holds oracle.py, which runs a program in PyTorch and adds what it did. Most programs
succeed, a few end with a step that PyTorch refuses.
"""
import json
import random
import sys
import warnings

sys.path.insert(0, sys.argv[1])
import oracle  # noqa: E402

warnings.filterwarnings("ignore")
seed, count = int(sys.argv[2]), int(sys.argv[3])
r = random.Random(seed)

UNARY = ["exp", "sin", "tanh", "neg", "sigmoid", "abs", "square", "clone", "relu"]
CHANGES = ["exp_", "sin_", "tanh_", "sigmoid_", "neg_", "zero_", "relu_", "abs_", "cos_"]


def tensor(shape, dtype="float32", grad=True):
    n = 1
    for s in shape:
        n *= s
    data = []
    while len(data) < n:
        v = round(r.uniform(-1.5, 1.5) * 16) / 16
        if abs(v) > .15:
            data.append(v)
    spec = {"dtype": dtype, "shape": list(shape), "data": data}
    if grad:
        spec["requires_grad"] = True
    return spec


def random_index(shape):
    index = []
    for size in shape[:r.randrange(1, len(shape) + 1)]:
        position = r.randrange(-size, size) if size else {"slice": [None, None, None]}
        tail = {"slice": [r.choice([None, 0, 1]), None, r.choice([None, 1, 2])]}
        head = {"slice": [None, r.choice([None, 1, 2]), None]}
        index.append(r.choice([position, tail, head]))
    if r.random() < .15:
        index.insert(r.randrange(len(index) + 1), "none")
    return index


def random_view(x, s):
    kind = r.random()
    if kind < .5:
        return {"op": "index", "in": [x], "index": random_index(s)} if s else None
    if kind < .6:
        return {"op": "unsqueeze", "in": [x, r.randrange(-len(s) - 1, len(s) + 1)]}
    if kind < .7:
        return {"op": "t", "in": [x]} if len(s) == 2 else None
    if kind < .8:
        return {"op": "view", "in": [x], "args": {"sizes": [-1]}}
    if kind < .85:
        return {"op": "reshape", "in": [x], "args": {"sizes": [-1, 1]}}
    if kind < .9:
        return {"op": "detach", "in": [x]}
    return {"op": "squeeze", "in": [x]} if s else None


def random_change(x, s, other):
    return r.choice([
        {"op": r.choice(["mul_", "add_", "sub_", "div_"]), "in": [x, other]},
        {"op": r.choice(CHANGES), "in": [x]},
        {"op": "copy_", "in": [x, other if isinstance(other, str) else "d"]},
        {"op": "fill_", "in": [x, r.choice([.5, "d"])]},
        {"op": "index_put_", "in": [x, other], "index": [r.randrange(s[0])] if s and s[0] else ["ellipsis"]},
    ])


def random_step(shapes, mutable):
    """A step without `out`; None for one that fits no tensor."""
    roll = r.random()
    x = r.choice(list(shapes))
    s = shapes[x]
    if roll < .12:
        return {"op": r.choice(UNARY), "in": [x]}
    if roll < .27:
        other = r.choice(list(shapes) + [1.5, 3])
        return {"op": r.choice(["add", "sub", "mul", "maximum" if isinstance(other, str) else "mul"]), "in": [x, other]}
    if roll < .85:
        x = r.choice(mutable)
        s = shapes[x]
        return random_view(x, s) if roll < .52 else random_change(x, s, r.choice(list(shapes) + [2.0]))
    if roll < .88 and s:
        args = {"dim": r.randrange(-len(s), len(s)), "keepdim": r.random() < .5}
        return {"op": r.choice(["sum", "mean", "amax", "logsumexp"]), "in": [x], "args": args}
    if roll < .9:
        return {"op": "retain_grad", "in": [x]}
    if roll < .93 and len(s) == 2:
        return {"op": "mm", "in": [x, r.choice(list(shapes))]}
    if roll < .96 and s:
        return {"op": "softmax", "in": [x], "args": {"dim": r.randrange(-len(s), len(s))}}
    return {"op": "cat", "in": [[x, r.choice(list(shapes))]], "args": {"dim": r.randrange(len(s))}} if s else None


def random_program(name):
    """A program without a backward pass, and what came of it."""
    rows, columns = r.randrange(1, 4), r.randrange(1, 4)
    shapes = {"a": [rows, columns], "b": [columns], "c": [rows, 1], "d": [], "e": [rows, columns]}
    kinds = [r.choice(["float32"] * 4 + ["float64"]) for _ in shapes]
    tensors = {n: tensor(s, k, n == "a" or n != "e" and r.random() < .7) for (n, s), k in zip(shapes.items(), kinds)}
    steps = [{"op": "mul", "in": ["a", r.choice([2.0, "d", "b"])], "out": ["y0"]}]
    program = {"name": name, "tensors": tensors, "steps": steps, "inplace": True}
    shapes["y0"] = [rows, columns]
    mutable, length = ["y0"], r.randrange(3, 12)
    for attempt in range(60):
        if len(steps) == length:
            break
        step = random_step(shapes, mutable)
        if step is None:
            continue
        out = f"y{attempt + 1}"
        step["out"] = [out]
        steps.append({"op": "no_grad", "steps": [step]} if step["op"].endswith("_") and r.random() < .08 else step)
        try:
            expect = oracle.run(program, events=False)["expect"]
        except RuntimeError:  # some views do not even let their grad_fn be read
            steps.pop()
            continue
        if "error" in expect:
            if r.random() < .04 and len(steps) > 3:
                break
            steps.pop()
        elif any(isinstance(v, str) for v in expect["values"].get(out, {"data": []})["data"]):
            steps.pop()  # NaN and infinities hide what follows
        else:
            shapes.update((n, v["shape"]) for n, v in expect["values"].items())
            if out in expect["values"]:
                mutable.append(out)
    return program, oracle.run(program, events=False)["expect"]


def with_backward(program, expect):
    """The program with a backward pass, or with second derivatives."""
    tensors = program["tensors"]
    recorded = [n for n, v in expect["values"].items() if v["requires_grad"] and n.startswith("y")]
    if not recorded:
        return None
    twice = r.random() < .4
    roots = r.sample(recorded, min(len(recorded), r.choice([1, 1, 2])))
    gradients = {f"v{i}": tensor(expect["values"][n]["shape"], expect["values"][n]["dtype"], twice) for i, n in enumerate(roots)}
    program = {**program, "tensors": {**tensors, **gradients}}
    if not twice:
        return {**program, "backward": {"of": roots, "gradient": list(gradients)}, "saved": r.random() < .5}
    wrt = [n for n in tensors if tensors[n].get("requires_grad")] + r.sample(recorded, min(2, len(recorded)))
    names = [f"g{i}" for i in range(len(wrt))]
    program["steps"] = program["steps"] + [{"op": "grad", "of": roots, "wrt": wrt, "gradient": list(gradients), "create_graph": True, "allow_unused": True, "out": names}]
    values = oracle.run(program, events=False)["expect"]["values"]
    total = None
    for name in names:
        if not values.get(name, {}).get("requires_grad"):
            continue
        program["steps"].append({"op": "sum", "in": [name], "out": [f"s{name}"]})
        if total:
            program["steps"].append({"op": "add", "in": [total, f"s{name}"], "out": [f"t{name}"]})
        total = f"t{name}" if total else f"s{name}"
    return {**program, "backward": {"of": [total]}} if total else program


written = attempt = 0
while written < count:
    attempt += 1
    try:
        program, expect = random_program(f"program_{seed}_{attempt}")
        if "error" not in expect:
            program = with_backward(program, expect)
        if program is None:
            continue
        answer = oracle.run(program)
        if "error" in answer["expect"] and program.get("saved"):
            answer = oracle.run({**program, "saved": False})  # it may be the drawing that is refused
    except RuntimeError:
        continue
    print(json.dumps(answer, separators=(",", ":")))
    written += 1
