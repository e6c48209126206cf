#!/usr/bin/env python3
"""Writes pooling_more.jsonl: pooling of all kinds, in many configurations.

usage: pooling_more.py ORACLE_FOLDER [SEED COUNT] > pooling_more.jsonl

With a seed, COUNT random programs instead of those that are kept.
"""
import random
import sys

import operator_programs
from operator_programs import oracle

oracle.FUNCTIONAL |= {
    f"{kind}_pool{d}d" for kind in ("max", "avg", "lp", "adaptive_avg", "adaptive_max") for d in (1, 2, 3)
} | {f"max_unpool{d}d" for d in (1, 2, 3)}

plain_resolve = oracle.resolve
def resolve(name):
    function = plain_resolve(name)
    if name.startswith("lp_pool"):  # JSON has no infinity
        return lambda x, norm_type, **k: function(x, float(norm_type) if norm_type in ("inf", "-inf") else norm_type, **k)
    return function
oracle.resolve = resolve

SPECIAL = ["nan", "inf", "-inf", 0.0, 1.0, 1.0, -1.0, "-inf", "-inf", "nan"]
# Names of strided looks at a leaf: how the leaf's shape comes from the input's, and the step.
LAYOUTS = {
    "transposed": lambda s: (s[:-2] + [s[-1], s[-2]],
                             {"op": "transpose", "in": ["x", -2, -1], "out": ["z"]}),
    "channels_last": lambda s: (s[:-3] + s[-2:] + [s[-3]] if len(s) == 4 else s[:1] + s[2:] + [s[1]],
                                {"op": "movedim", "in": ["x", -1, 1], "out": ["z"]}),
    "expanded": lambda s: ([1] + s[1:], {"op": "expand", "in": ["x"], "args": {"sizes": s}, "out": ["z"]}),
    "sliced": lambda s: (s[:-1] + [2 * s[-1]],
                         {"op": "index", "in": ["x"], "index": ["ellipsis", {"slice": [None, None, 2]}],
                          "out": ["z"]}),
}


def laid_out(p, shape, dtype, layout, **more):
    """A leaf and the steps that make the input `z` of the shape from it."""
    if layout is None:
        return {"x": p.tensor(shape, dtype, **more)}, [], "x"
    leaf, step = LAYOUTS[layout](list(shape))
    return {"x": p.tensor(leaf, dtype, **more)}, [step], "z"


def random_programs(seed, count, events=True):
    r = random.Random(seed)
    p = operator_programs.Programs(r, events)
    for i in range(count):
        d = r.choice([1, 2, 2, 2, 3])
        batch = r.choice([[], [1], [2], [2], [0]] if r.random() < .3 else [[1], [2]])
        shape = batch + [r.randint(1, 3)] + [r.randint(1, {1: 9, 2: 7, 3: 4}[d]) for _ in range(d)]
        if r.random() < .02:
            shape[r.randrange(len(shape))] = 0
        layout = r.choice(list(LAYOUTS)) if r.random() < .35 else None
        if layout == "channels_last" and len(shape) < 3 or layout == "expanded" and shape[0] == 0:
            layout = None
        if layout == "transposed" and len(shape) < 2:
            layout = None
        dtype = r.choice(["float32", "float64"])
        if r.random() < .05:
            dtype = r.choice(["int64", "int32", "bool"])

        def sizes(low, high):
            n = [r.randint(low, high) for _ in range(d)]
            return n[0] if r.random() < .5 else n
        kind = r.choice(["max", "max", "avg", "avg", "adaptive_avg", "adaptive_max", "lp", "unpool"])
        wild = r.random() < .08
        args = {}
        double = r.random() < .6
        if kind in ("max", "avg", "lp"):
            args["kernel_size"] = sizes(0 if wild else 1, 4 if d < 3 else 3)
            if r.random() < .7:
                args["stride"] = sizes(0 if wild else 1, 3)
            if kind != "lp" and r.random() < .5:
                k = args["kernel_size"]
                half = (k if isinstance(k, int) else min(k)) // 2
                args["padding"] = sizes(-1 if wild else 0, half + (1 if wild else 0))
            if r.random() < .4:
                args["ceil_mode"] = True
        if kind == "max" and r.random() < .3:
            args["dilation"] = sizes(0 if wild else 1, 2)
        if kind == "avg":
            if r.random() < .4:
                args["count_include_pad"] = False
            if d > 1 and r.random() < .2:
                args["divisor_override"] = r.choice([1, 3, -2, 0] if wild else [1, 3, -2])
        if wild and r.random() < .3:
            shape = shape[r.randint(0, 1):] + [2] * r.randint(0, 1)
            layout = None
        # Few different values: ties.
        more = {"low": -3, "high": 3} if r.random() < .3 else {}
        tensors, before, name = laid_out(p, shape, dtype, layout, **more)
        outs = ["y"]
        inputs = [name]
        op = f"{kind}_pool{d}d"
        if kind == "lp":
            args["norm_type"] = r.choice([1, 2, 2.0, 3, 4.0, "inf", "-inf"])
            if d == 1 and isinstance(args["kernel_size"], list):
                args["kernel_size"] = args["kernel_size"][0]
        elif kind.startswith("adaptive"):
            size = sizes(-1 if wild else 1, 5)
            if d > 1 and isinstance(size, list) and r.random() < .3:
                size[r.randrange(d)] = None
            inputs.append(size)
        elif kind == "unpool":
            op = f"max_unpool{d}d"
            k = r.randint(1, 3)
            s = r.randint(1, 3)
            volume = 1
            spatial = shape[-d:] if len(shape) > d else [1] * d
            for n in spatial:
                volume *= max((n - 1) * s + k, 1)
            tensors["i"] = p.tensor(shape, "int64", low=0, high=max(volume + (1 if wild else 0), 1))
            # PyTorch writes what comes last where indices repeat, in an order of its own.
            if volume >= len(tensors["i"]["data"]) and not wild:
                planes = len(tensors["i"]["data"])
                per = 1
                for n in spatial:
                    per *= n
                tensors["i"]["data"] = [v for _ in range(planes // per if per else 0)
                                        for v in r.sample(range(volume), per)]
            elif not wild:
                continue
            inputs.append("i")
            args = {"kernel_size": k, "stride": s}
        if kind in ("max", "adaptive_max") and r.random() < .4:
            args["return_indices"] = True
            outs.append("i")
        if kind != "lp" and dtype.startswith("float") and r.random() < .1:
            data = tensors["x"]["data"]
            for j in range(len(data)):
                if r.random() < .4:
                    data[j] = r.choice(SPECIAL)
        if dtype.startswith("float") and r.random() < .05:
            tensors["x"].pop("requires_grad", None)
        p.add(f"{op}_{i}", tensors, op, inputs, args, outs, before, twice=double)
    return p


def kept():
    """Those in the repository: each function as it is called mostly, and random ones."""
    p = operator_programs.Programs(random.Random(5))
    for d in (1, 2, 3):
        shape = [2, 2] + [5, 4, 3][:d] if d > 1 else [2, 2, 6]
        for kind, args in {
            "max": {}, "max_indices": {"return_indices": True}, "avg": {},
            "avg_uncounted": {"padding": 1, "count_include_pad": False, "ceil_mode": True, "stride": 2},
        }.items():
            outs = ["y", "i"] if "indices" in kind else ["y"]
            p.add(f"{kind}{d}", {"x": p.tensor(shape)}, f"{kind[:3]}_pool{d}d", ["x", 2], args, outs)
        for kind in ("adaptive_avg", "adaptive_max"):
            for size in (1, 2):
                p.add(f"{kind}{d}_{size}", {"x": p.tensor(shape)}, f"{kind}_pool{d}d", ["x", size])
        p.add(f"lp{d}", {"x": p.tensor(shape)}, f"lp_pool{d}d", ["x"], {"norm_type": 2.0, "kernel_size": 2})
        for layout in LAYOUTS:
            for op, args in {f"max_pool{d}d": [2], f"avg_pool{d}d": [2], f"adaptive_avg_pool{d}d": [1],
                             f"adaptive_max_pool{d}d": [2]}.items():
                tensors, before, name = laid_out(p, [2, 2, 4, 3, 2][:d + 2], "float32", layout)
                # What comes after shows the layout of the result.
                p.add(f"{op}_{layout}", tensors, op, [name, *args], before=before,
                      after=[{"op": "flatten", "in": ["y", 1], "out": ["f"]}], twice=False)
    p.add("max2_special", {"x": p.tensor([1, 1, 4, 5], data=SPECIAL * 2)}, "max_pool2d", ["x", 2],
          {"return_indices": True, "stride": 1}, ["y", "i"])
    p.add("adaptive_max2_special", {"x": p.tensor([1, 1, 4, 5], data=SPECIAL * 2)}, "adaptive_max_pool2d",
          ["x", 3], {"return_indices": True}, ["y", "i"])
    for d in (1, 2, 3):
        places = p.tensor([1, 2] + [2] * d, "int64", data=p.rng.sample(range(4 ** d), 2 ** d) * 2)
        p.add(f"unpool{d}", {"x": p.tensor([1, 2] + [2] * d), "i": places}, f"max_unpool{d}d", ["x", "i", 2])
    p.all += random_programs(31, 50, events=False).all
    return p


if __name__ == "__main__":
    numbers = [int(n) for n in sys.argv[2:]]
    (random_programs(*numbers) if numbers else kept()).write()
