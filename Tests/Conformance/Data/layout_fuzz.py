#!/usr/bin/env python3
"""Writes layout_fuzz.jsonl: single operators on random dtypes, shapes and layouts.

usage: layout_fuzz.py ORACLE_FOLDER [SEED [COUNT]] > layout_fuzz.jsonl

ORACLE_FOLDER holds oracle.py, which runs a program in PyTorch and adds what it did. Mistakes are
among the programs on purpose: what PyTorch refuses is to be refused.
"""
import json
import random
import sys

sys.path.insert(0, sys.argv[1])
import oracle  # noqa: E402

seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 700
r = random.Random(seed)

DTYPES = ["float32", "float32", "float64", "int64", "int32", "bool"]
UNARY = """abs neg exp log sqrt rsqrt sin cos tanh sigmoid relu gelu square reciprocal erf expm1 log1p
floor ceil round trunc sign exp2 log2 log10 tan asin acos atan sinh cosh asinh acosh atanh erfc lgamma
digamma sinc frac isnan isinf isfinite signbit logical_not bitwise_not softplus silu mish elu selu
leaky_relu hardtanh relu6 hardswish hardsigmoid logsigmoid nan_to_num clone contiguous flatten t any all
sum mean prod amax amin max min argmax argmin std var norm nonzero unique tril triu trace diag diagonal
count_nonzero""".split()
BINARY = """add sub mul div maximum minimum atan2 eq ne lt le gt ge fmod remainder floor_divide hypot
logaddexp logaddexp2 logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor copysign xlogy
heaviside fmax fmin nextafter dist isclose""".split()
TERNARY = ["where", "lerp", "addcmul", "addcdiv"]
PRODUCTS = ["matmul", "mm", "mv", "dot", "inner", "outer"]
ALONG = """sum mean prod amax amin max min argmax argmin std var logsumexp softmax log_softmax cumsum
cumprod cummax cummin any all mode sort argsort squeeze unsqueeze flip norm count_nonzero logcumsumexp
nansum diff narrow select quantile roll repeat_interleave var_mean std_mean""".split()
WITH_INDICES = {"max", "min", "mode", "sort", "cummax", "cummin", "var_mean", "std_mean"}
WITH_KEEPDIM = {"sum", "mean", "prod", "amax", "amin", "any", "all", "logsumexp", "max", "min", "argmax",
                "argmin", "std", "var", "mode"}


def data(count, dtype):
    if dtype == "bool":
        return [r.random() < .5 for _ in range(count)]
    if dtype.startswith("int"):
        return [r.randint(-4, 5) for _ in range(count)]
    return [round(r.uniform(-2, 2) * 64) / 64 for _ in range(count)]


def leaf(shape, dtype, grad=False):
    count = 1
    for size in shape:
        count *= size
    spec = {"dtype": dtype, "shape": shape, "data": data(count, dtype)}
    if grad and dtype.startswith("float"):
        spec["requires_grad"] = True
    return spec


def size():
    return r.choice([1, 2, 3, 4]) if r.random() < .97 else 0


class Program:
    def __init__(self, name):
        self.tensors, self.steps, self.name = {}, [], name
        self.grad = r.random() < .8

    def operand(self, shape, dtype):
        """A leaf, and a step that makes a tensor of this shape of it in some layout; its name."""
        name = f"t{len(self.tensors)}"
        seen, rank = name + "v", len(shape)
        kind = r.choice(["plain", "plain", "transpose", "permute", "step", "expand", "offset"])
        if rank < (2 if kind in ("transpose", "permute") else 1):
            kind = "plain"
        whole, axis = list(shape), r.randrange(rank) if rank else 0
        step = None
        if kind == "transpose":
            i, j = r.sample(range(rank), 2)
            whole[i], whole[j] = whole[j], whole[i]
            step = {"op": "transpose", "in": [name, i, j]}
        elif kind == "permute":
            order = r.sample(range(rank), rank)
            for i, d in enumerate(order):
                whole[d] = shape[i]
            step = {"op": "permute", "in": [name], "args": {"sizes": order}}
        elif kind == "step":
            whole[axis] *= 2
            every = {"slice": [None, None, None]}
            start = r.choice([None, 0, 1])
            step = {"op": "index", "in": [name], "index": [every] * axis + [{"slice": [start, None, 2]}]}
        elif kind == "expand":
            whole[axis] = 1
            step = {"op": "expand", "in": [name], "args": {"sizes": shape}}
        elif kind == "offset":
            whole[0] += 1
            step = {"op": "index", "in": [name], "index": [{"slice": [1, None, None]}]}
        self.tensors[name] = leaf(whole, dtype, self.grad)
        if step is None:
            return name
        self.steps.append({**step, "out": [seen]})
        return seen

    def call(self, op, ins, args=None, out=("y",)):
        self.steps.append({"op": op, "in": ins, "args": args or {}, "out": list(out)})

    def run(self):
        program = {"name": self.name, "tensors": self.tensors, "steps": self.steps}
        done = oracle.run(json.loads(json.dumps(program)))
        values = done["expect"]["values"]
        roots = [n for n in self.steps[-1]["out"] if n in values and values[n]["requires_grad"]]
        if "error" in done["expect"] or not roots:
            return done
        for n in roots:
            self.tensors["g_" + n] = leaf(values[n]["shape"], values[n]["dtype"])
        program["backward"] = {"of": roots, "gradient": ["g_" + n for n in roots]}
        return oracle.run({**program, "saved": True})


def narrowed(shape):
    """A shape that is broadcast to another, or seldom one that is not."""
    if r.random() < .05:
        return [size() for _ in shape]
    narrow = [1 if r.random() < .3 else s for s in shape]
    return narrow[r.randint(0, len(shape)):] if r.random() < .3 else narrow


def product(p, op, dtype):
    inner, shape = r.randint(0, 4), lambda *sizes: list(sizes)
    first, second = {
        "mm": (shape(size(), inner), shape(inner, size())), "mv": (shape(size(), inner), shape(inner)),
        "dot": (shape(inner), shape(inner)), "inner": (shape(inner), shape(inner)),
        "outer": (shape(size()), shape(size())),
        "matmul": ([size() for _ in range(r.randint(0, 2))] + [size(), inner], shape(inner, size())),
    }[op]
    p.call(op, [p.operand(first, dtype), p.operand(second, dtype)])


def along(p, op, dtype):
    shape = [size() for _ in range(r.randint(1, 3))]
    rank = len(shape)
    dim = r.randrange(-rank, rank) if r.random() < .95 else r.choice([rank, -rank - 1])
    a, args, ins = p.operand(shape, dtype), {}, None
    if op in WITH_KEEPDIM and r.random() < .4:
        args["keepdim"] = True
    if op in ("std", "var", "std_mean", "var_mean"):
        args |= {"dim": dim, "correction": r.choice([0, 1, 2])}
        ins = [a]
    elif op in ("sort", "argsort"):
        args |= {"dim": dim, "descending": r.random() < .5, "stable": True}
        ins = [a]
    elif op in ("sum", "mean", "cumsum", "softmax", "log_softmax") and r.random() < .3:
        args["dtype"] = r.choice(["float32", "float64"])
    before = {"norm": [r.choice([0, 1, 2, 3])], "quantile": [r.choice([.25, .5, .9])],
              "roll": [r.randint(-3, 3)], "repeat_interleave": [r.randint(0, 3)], "diff": [1]}
    after = {"narrow": [r.randint(-1, 1), r.randint(0, 2)], "select": [r.randint(-2, 2)]}
    if ins is None:
        ins = [a, *before.get(op, []), [dim] if op == "flip" else dim, *after.get(op, [])]
    p.call(op, ins, args, ("y", "z") if op in WITH_INDICES else ("y",))


def random_program(name):
    p, dtype, kind = Program(name), r.choice(DTYPES), r.random()
    shape = [size() for _ in range(r.randint(0, 3))]
    if kind < .3:
        p.call(r.choice(UNARY), [p.operand(shape, dtype)])
    elif kind < .5:
        other = dtype if r.random() < .6 else r.choice(DTYPES)
        p.call(r.choice(BINARY), [p.operand(shape, dtype), p.operand(narrowed(shape), other)])
    elif kind < .58:
        op = r.choice(TERNARY)
        first = p.operand(shape, "bool" if op == "where" else dtype)
        p.call(op, [first, p.operand(narrowed(shape), dtype), p.operand(shape, dtype)])
    elif kind < .68:
        product(p, r.choice(PRODUCTS), dtype)
    else:
        along(p, r.choice(ALONG), dtype)
    return p.run()


done = 0
while done < wanted:
    program = random_program(f"layout_{seed}_{done}")
    if program["expect"].get("error", {}).get("type") in ("TypeError", "KeyError"):
        continue  # Python's, not PyTorch's
    print(json.dumps(program, separators=(",", ":")))
    done += 1
