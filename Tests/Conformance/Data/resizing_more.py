#!/usr/bin/env python3
"""Writes resizing_more.jsonl: interpolate in all modes, pixel and channel shuffles, one_hot.

usage: resizing_more.py ORACLE_FOLDER [SEED COUNT] > resizing_more.jsonl

With a seed, COUNT random programs instead of those that are kept.
"""
import random
import sys

import operator_programs
from operator_programs import oracle
from pooling_more import laid_out, LAYOUTS

oracle.FUNCTIONAL |= {"interpolate", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "one_hot", "grid_sample",
                      "affine_grid"}
# A mode is a text, not a tensor's name; only keywords hold it.
MODES = {1: ["nearest", "nearest-exact", "linear", "area"],
         2: ["nearest", "nearest-exact", "bilinear", "bilinear", "bicubic", "area"],
         3: ["nearest", "nearest-exact", "trilinear", "area"]}


def sampling(p, r, i, wild):
    """A grid_sample or an affine_grid."""
    args = {"align_corners": r.random() < .5}
    kind = r.choice(["float32", "float64"])
    n = r.randint(0 if wild else 1, 2)
    if r.random() < .3:
        d = r.choice([2, 2, 3])
        size = [n, 2] + [r.randint(0 if wild else 2, 4) for _ in range(d)]
        shape = [n + (wild and r.random() < .3), d + (wild and r.random() < .3), d + 1]
        p.add(f"affine_grid_{i}", {"x": p.tensor(shape, kind)}, "affine_grid", ["x", size], args,
              twice=r.random() < .6)
        return
    shape = [n, r.randint(0 if wild else 1, 3), r.randint(0 if wild else 1, 5), r.randint(1, 5)]
    grid = [n + (wild and r.random() < .2), r.randint(1, 4), r.randint(1, 4), 2 + (wild and r.random() < .2)]
    args["mode"] = r.choice(["bilinear", "bilinear", "nearest", "bicubic"])
    args["padding_mode"] = r.choice(["zeros", "border", "reflection"])
    layout = r.choice(["transposed", "channels_last", "sliced"]) if r.random() < .3 else None
    if shape[0] == 0 or shape[1] == 0:
        layout = None
    tensors, before, name = laid_out(p, shape, kind, layout)
    # Odd multiples, some beyond the edges: no place on an element or between two.
    tensors["grid"] = p.tensor(grid, kind, data=[
        (2 * r.randrange(-90, 90) + 1) / 127 for _ in range(grid[0] * grid[1] * grid[2] * grid[3])])
    if r.random() < .2:
        tensors["grid"].pop("requires_grad")
    p.add(f"grid_sample_{i}", tensors, "grid_sample", [name, "grid"], args, before=before,
          twice=r.random() < .6)


def random_programs(seed, count, events=True):
    r = random.Random(seed)
    p = operator_programs.Programs(r, events)
    for i in range(count):
        dtype = r.choice(["float32", "float64"])
        if r.random() < .05:
            dtype = r.choice(["int64", "int32", "bool"])
        wild = r.random() < .08
        layout = r.choice(list(LAYOUTS)) if r.random() < .35 else None
        args = {}
        if r.random() < .2:
            sampling(p, r, i, wild)
            continue
        if r.random() < .75:
            d = r.choice([1, 2, 2, 2, 3])
            op = "interpolate"
            shape = [r.randint(0 if wild else 1, 2), r.choice([1, 2, 3, 5])]
            shape += [r.randint(0 if wild else 1, {1: 9, 2: 7, 3: 4}[d]) for _ in range(d)]
            inputs = []
            mode = r.choice(MODES[d])
            if wild and r.random() < .3:
                mode = r.choice(sum(MODES.values(), []))
            args["mode"] = mode
            low, high = (-1 if wild else 1), {1: 14, 2: 9, 3: 5}[d]
            if r.random() < .5:
                size = [r.randint(low, high) for _ in range(d)]
                args["size"] = size[0] if r.random() < .3 else size
            else:
                factors = [r.choice([.5, 2.0, 2, 1.5, 3, .7, 1.3, .34, 1.0, 2.6]) for _ in range(d)]
                args["scale_factor"] = factors[0] if r.random() < .5 else factors
                if r.random() < .3:
                    args["recompute_scale_factor"] = True
            if mode not in ("nearest", "nearest-exact", "area") or wild and r.random() < .2:
                if r.random() < .5:
                    args["align_corners"] = r.random() < .7
        else:
            op = r.choice(["pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "one_hot"])
            f = r.randint(-1 if wild else 1, 3)
            outer = [r.randint(1, 2) for _ in range(r.choice([0, 1, 1, 1, 2]))]
            h, w, c = (r.randint(1, 3) for _ in range(3))
            n = abs(f)
            if op == "pixel_shuffle":
                shape = outer + [c * n * n, h, w]
            elif op == "pixel_unshuffle":
                shape = outer + [c, h * n, w * n]
            else:
                shape = [r.randint(1, 2), c * n] + [r.randint(1, 3) for _ in range(r.randint(1, 3))]
            if wild:
                shape[r.randrange(len(shape))] += 1
                shape = shape[r.randint(0, 1):]
            inputs = [f]
            if op == "one_hot":
                shape = [r.randint(0, 3) for _ in range(r.randint(0, 3))]
                high = r.randint(1, 6)
                p.add(f"{op}_{i}", {"x": p.tensor(shape, "float32" if wild else "int64",
                                                  low=-1 if wild else 0, high=high)}, op, ["x"],
                      {"num_classes": r.choice([high, high + 2, high - 1])} if r.random() < .6 else {})
                continue
        if len(shape) < 3 and layout in ("channels_last", "transposed") or len(shape) > 5 or layout == "channels_last" and shape[0] == 0:
            layout = None
        if layout == "expanded" and (not shape or shape[0] == 0):
            layout = None
        if layout == "sliced" and not shape:
            layout = None
        tensors, before, name = laid_out(p, shape, dtype, layout)
        p.add(f"{op}_{args.get('mode', '')}_{i}", tensors, op, [name, *inputs], args, before=before,
              twice=r.random() < .6)
    return p


def kept():
    """Those in the repository: each mode as it is called mostly, and random ones."""
    p = operator_programs.Programs(random.Random(7))
    for d, modes in MODES.items():
        for mode in sorted(set(modes)):
            shape = [1, 1] + [4, 3, 2][:d]
            more = [{}] if mode in ("nearest", "nearest-exact", "area") else [{}, {"align_corners": True}]
            for extra in more:
                name = f"{mode}{d}" + "_aligned" * len(extra)
                p.add(name, {"x": p.tensor(shape)}, "interpolate", ["x"], {"scale_factor": 2, "mode": mode, **extra})
                p.add(name + "_size", {"x": p.tensor(shape)}, "interpolate", ["x"],
                      {"size": [3, 5, 4][:d], "mode": mode, **extra}, twice=False)
            for layout in ("channels_last", "transposed"):
                tensors, before, x = laid_out(p, [2, 2] + [3, 2, 2][:d], "float32", layout)
                p.add(f"{mode}{d}_{layout}", tensors, "interpolate", [x], {"size": 3, "mode": mode},
                      before=before, after=[{"op": "flatten", "in": ["y", 1], "out": ["f"]}], twice=False)
    for op, shape in {"pixel_shuffle": [2, 8, 2, 3], "pixel_unshuffle": [2, 2, 4, 6], "channel_shuffle": [2, 4, 2, 3]}.items():
        for layout in (None, "channels_last", "expanded"):
            tensors, before, x = laid_out(p, shape, "float32", layout)
            p.add(f"{op}_{layout}", tensors, op, [x, 2], before=before,
                  after=[{"op": "flatten", "in": ["y", 1], "out": ["f"]}])
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            grid = p.tensor([1, 2, 2, 2], data=[(2 * p.rng.randrange(-80, 80) + 1) / 127 for _ in range(8)])
            p.add(f"grid_sample_{mode}_{padding}", {"x": p.tensor([1, 1, 2, 3]), "grid": grid}, "grid_sample",
                  ["x", "grid"], {"mode": mode, "padding_mode": padding, "align_corners": padding == "border"})
    p.add("affine_grid", {"x": p.tensor([1, 2, 3])}, "affine_grid", ["x", [1, 1, 2, 3]], {"align_corners": False})
    for name, classes in ("counted", {}), ("given", {"num_classes": 6}), ("too_few", {"num_classes": 2}):
        p.add(f"one_hot_{name}", {"x": p.tensor([2, 3], "int64", low=0, high=5)}, "one_hot", ["x"], classes)
    p.all += random_programs(41, 45, events=False).all
    return p


if __name__ == "__main__":
    numbers = [int(n) for n in sys.argv[2:]]
    (random_programs(*numbers) if numbers else kept()).write()
