#!/usr/bin/env python3
"""Writes reduction_more.jsonl: reductions and statistics beyond the family `reduction`.

usage: reduction_more.py ORACLE_FOLDER > reduction_more.jsonl

ORACLE_FOLDER holds oracle.py, which runs a program in PyTorch and adds what it did.
"""
import json
import random
import sys

sys.path.insert(0, sys.argv[1])
import oracle  # noqa: E402

r = random.Random(33)
programs = []


def T(shape, dtype="float32", grad=True, lo=-2.0, hi=2.0, data=None):
    """A leaf of different multiples of 1/64 away from zero."""
    n = 1
    for s in shape:
        n *= s
    if data is None:
        if dtype in ("int64", "int32"):
            data = [r.randrange(int(lo), int(hi) + 1) for _ in range(n)]
        elif dtype == "bool":
            data = [r.random() < .5 for _ in range(n)]
        else:
            data = []
            while len(data) < n:
                v = round(r.uniform(lo, hi) * 64) / 64
                if abs(v) > .1 and v not in data:
                    data.append(v)
    spec = {"dtype": dtype, "shape": list(shape), "data": data}
    if grad and dtype.startswith("float"):
        spec["requires_grad"] = True
    return spec


def program(name, tensors, op, ins, out=("y",), saved=True, of=True, **args):
    """One call; what came of it flows back."""
    step = {"op": op, "in": list(ins), "args": args, "out": list(out)}
    p = {"name": name, "tensors": tensors, "steps": [step]}
    if of and any(t.get("requires_grad") for t in tensors.values()):
        p["steps"].append({"op": "sum", "in": [out[0]], "out": ["_total"]})
        p["saved"] = saved
        p["backward"] = {"of": ["_total"], "gradient": [None]}
    programs.append(p)


def second(name, tensors, op, ins, out=("y",), **args):
    """The gradient of a gradient."""
    leaves = [k for k, t in tensors.items() if t.get("requires_grad")]
    gradients = ["_g" + k for k in leaves]
    steps = [
        {"op": op, "in": list(ins), "args": args, "out": list(out)},
        {"op": "mul", "in": [out[0], out[0]], "out": ["_square"]},
        {"op": "sum", "in": ["_square"], "out": ["_total"]},
        {"op": "grad", "of": ["_total"], "wrt": leaves, "create_graph": True, "out": gradients},
        {"op": "mul", "in": [gradients[0], gradients[0]], "out": ["_squares"]},
        {"op": "sum", "in": ["_squares"], "out": ["_last"]},
    ]
    programs.append({
        "name": name, "tensors": tensors, "steps": steps,
        "backward": {"of": ["_last"], "gradient": [None]}})


# Over which dimensions.
for op in ["sum", "mean", "nansum", "nanmean", "amax", "amin", "logsumexp", "var", "std"]:
    for k, dim in enumerate([[0, 2], [1, 3], [0, 1, 3], [-1], [0, 1, 2, 3]]):
        program(f"{op}_dims_{k}", {"x": T([2, 3, 2, 2])}, op, ["x"], dim=dim, keepdim=k % 2 == 0)
for op in ["var", "std", "var_mean", "std_mean"]:
    out = ["y", "m"] if "_mean" in op else ["y"]
    program(f"{op}_population", {"x": T([3, 4])}, op, ["x"], out, dim=1, correction=0)
    program(f"{op}_all", {"x": T([3, 4], lo=0.2)}, op, ["x"], out)
    program(f"{op}_f64", {"x": T([3, 4], "float64")}, op, ["x"], out, dim=[0], keepdim=True)
    program(f"{op}_one_element", {"x": T([3, 1])}, op, ["x"], out, dim=1, of=False)
    program(f"{op}_integers", {"x": T([3, 1], "int64")}, op, ["x"], out)
    second(f"{op}_twice", {"x": T([3, 4], "float64")}, op, ["x"], out, dim=1)
nan = [1.5, "nan", -2.0, 0.5, "nan", 3.0]
for op in ["nansum", "nanmean"]:
    program(f"{op}_nan", {"x": T([2, 3], data=nan)}, op, ["x"], dim=1)
    program(f"{op}_nan_all", {"x": T([2, 3], data=nan)}, op, ["x"])
    program(f"{op}_only_nan", {"x": T([2], data=["nan", "nan"])}, op, ["x"])
    program(f"{op}_integers", {"x": T([2], "int32")}, op, ["x"])
for dtype in ["float32", "int64", "int32", "bool"]:
    zeros = {"float32": [0.0, 1.5, "nan", -0.0], "bool": [True, False, False, True]}
    x = T([2, 2], dtype, data=zeros.get(dtype, [0, 3, 0, -1]))
    program(f"count_nonzero_{dtype}", {"x": x}, "count_nonzero", ["x"])
    program(f"count_nonzero_dim_{dtype}", {"x": x}, "count_nonzero", ["x"], dim=1)
for dtype in ["int32", "bool", "float64"]:
    program(f"prod_{dtype}", {"x": T([2, 3], dtype)}, "prod", ["x"], dim=0)
    program(f"cumsum_{dtype}", {"x": T([2, 3], dtype)}, "cumsum", ["x"], dim=0)
    program(f"cumprod_{dtype}", {"x": T([2, 3], dtype)}, "cumprod", ["x"], dim=-1)
program("prod_empty", {"x": T([0, 3])}, "prod", ["x"])
program("prod_empty_dim", {"x": T([0, 3])}, "prod", ["x"], dim=0)
program("prod_zero", {"x": T([4], data=[1.5, 0.0, 2.0, -1.0])}, "prod", ["x"])
program("prod_zeros", {"x": T([4], data=[1.5, 0.0, 2.0, 0.0])}, "prod", ["x"])
program("prod_dim_zeros", {"x": T([2, 3], data=[1.5, 0.0, 2.0, 0.5, -1.0, 2.0])}, "prod", ["x"], dim=1)
program("cumprod_zeros", {"x": T([2, 3], data=[1.5, 0.0, 2.0, 0.0, 0.0, 2.0])}, "cumprod", ["x"], dim=1)
program("cumprod_single", {"x": T([1, 3])}, "cumprod", ["x"], dim=0)
program("cumsum_0d", {"x": T([])}, "cumsum", ["x"], dim=0)

# Norms.
for p in [0, 0.5, 1, 1.5, 2, 2.0, 3, -1, -2.5]:
    # What is no gradient at all, as for p = 0, ends at different nodes.
    program(f"norm_order_{p}", {"x": T([2, 3])}, "norm", ["x", p], of=p != 0)
    program(f"norm_order_{p}_dims", {"x": T([2, 3, 2])}, "norm", ["x", p], of=p != 0, dim=[0, 2])
    if p != 0:
        second(f"norm_order_{p}_twice", {"x": T([2, 3], "float64")}, "norm", ["x", p], dim=1)
program("norm_of_zeros", {"x": T([2, 2], data=[0.0, 0.0, 1.0, -2.0])}, "norm", ["x", 2], dim=1)
program("norm_integers", {"x": T([2], "int64")}, "norm", ["x"])
program("norm_empty", {"x": T([0, 2])}, "norm", ["x", 2], dim=0)
for p in [1, 2, 2.5]:
    program(f"dist_{p}", {"x": T([2, 3]), "w": T([2, 3])}, "dist", ["x", "w", p])
    program(f"renorm_{p}", {"x": T([3, 4])}, "renorm", ["x", p, 0, 1.5])
    second(f"dist_{p}_twice", {"x": T([3], "float64"), "w": T([3], "float64")}, "dist", ["x", "w", p])
second("renorm_twice", {"x": T([3, 4], "float64")}, "renorm", ["x", 2, 1, 0.75])
program("renorm_vector", {"x": T([3])}, "renorm", ["x", 2, 0, 1.5])

# Extremes.
ties = [1.5, 2.0, 2.0, -1.0, -1.0, 0.5]
for op in ["max", "min", "median", "mode", "nanmedian"]:
    for dim in [0, 1, -1]:
        program(f"{op}_dim_{dim}", {"x": T([3, 3])}, op, ["x"], ["y", "i"], dim=dim)
        program(f"{op}_dim_{dim}_keep", {"x": T([2, 3, 3])}, op, ["x"], ["y", "i"], dim=dim, keepdim=True)
    program(f"{op}_0d", {"x": T([])}, op, ["x"], ["y", "i"], dim=0)
    program(f"{op}_empty_dim", {"x": T([2, 0])}, op, ["x"], ["y", "i"], dim=1)
    program(f"{op}_beyond", {"x": T([2, 2])}, op, ["x"], ["y", "i"], dim=2)
    program(f"{op}_no_runs", {"x": T([0, 2])}, op, ["x"], ["y", "i"], dim=1)
    if op != "mode":
        program(f"{op}_whole", {"x": T([2, 3])}, op, ["x"])
        program(f"{op}_whole_ties", {"x": T([6], data=ties)}, op, ["x"])
        program(f"{op}_nan", {"x": T([2, 3], data=nan)}, op, ["x"])
        program(f"{op}_int64", {"x": T([2, 3], "int64", lo=-9, hi=9)}, op, ["x"])
    if op in ("max", "min", "nanmedian"):
        second(f"{op}_twice", {"x": T([2, 3], "float64")}, op, ["x"], ["y", "i"], dim=1)
        second(f"{op}_whole_twice", {"x": T([2, 3], "float64")}, op, ["x"])
for op in ["max", "min"]:
    program(f"{op}_dim_ties", {"x": T([2, 3], data=ties)}, op, ["x"], ["y", "i"], dim=1)
    program(f"{op}_dim_nan", {"x": T([2, 3], data=nan)}, op, ["x"], ["y", "i"], dim=1)
    program(f"{op}_bool", {"x": T([2, 3], "bool")}, op, ["x"], ["y", "i"], dim=0)
    program(f"{op}_empty", {"x": T([0])}, op, ["x"])
    program(f"arg{op}_whole", {"x": T([2, 3], data=ties)}, "arg" + op, ["x"])
    program(f"arg{op}_nan", {"x": T([2, 3], data=nan)}, "arg" + op, ["x"], dim=0)
    program(f"arg{op}_keep", {"x": T([2, 3, 2])}, "arg" + op, ["x"], dim=1, keepdim=True)
    program(f"arg{op}_empty", {"x": T([0, 3])}, "arg" + op, ["x"])
    program(f"arg{op}_bool", {"x": T([3], "bool")}, "arg" + op, ["x"])
    program(f"cum{op}", {"x": T([2, 3])}, "cum" + op, ["x"], ["y", "i"], dim=1)
    program(f"cum{op}_ties", {"x": T([6], data=ties)}, "cum" + op, ["x"], ["y", "i"], dim=0)
    program(f"cum{op}_nan", {"x": T([3, 2], data=nan)}, "cum" + op, ["x"], ["y", "i"], dim=0)
    program(f"cum{op}_int", {"x": T([3, 2], "int32", lo=-9, hi=9)}, "cum" + op, ["x"], ["y", "i"], dim=1)
    second(f"cum{op}_twice", {"x": T([2, 3], "float64")}, "cum" + op, ["x"], ["y", "i"], dim=1)
program("mode_ties", {"x": T([2, 6], data=ties + [3.0, 3.0, 1.0, 1.0, 2.0, 0.5])}, "mode", ["x"], ["y", "i"])
program("aminmax", {"x": T([2, 3])}, "aminmax", ["x"], ["y", "b"])
program("aminmax_dim", {"x": T([2, 3])}, "aminmax", ["x"], ["y", "b"], dim=1)
program("aminmax_keep", {"x": T([2, 3])}, "aminmax", ["x"], ["y", "b"], dim=0, keepdim=True)
program("aminmax_int", {"x": T([2, 3], "int32")}, "aminmax", ["x"], ["y", "b"], dim=0)
program("aminmax_empty", {"x": T([0, 3])}, "aminmax", ["x"], ["y", "b"])
for op in ["all", "any"]:
    for dtype in ["bool", "float32", "int32"]:
        program(f"{op}_dim_{dtype}", {"x": T([3, 2], dtype, grad=False)}, op, ["x"], dim=1)
        program(f"{op}_dims_{dtype}", {"x": T([3, 2, 2], dtype, grad=False)}, op, ["x"], dim=[0, 2], keepdim=True)
    program(f"{op}_empty", {"x": T([0], "bool")}, op, ["x"])

# Running sums.
for k, dim in enumerate([0, 1, -1]):
    program(f"logcumsumexp_{k}", {"x": T([2, 3, 2])}, "logcumsumexp", ["x"], dim=dim)
    program(f"log_softmax_{k}", {"x": T([2, 3, 2])}, "log_softmax", ["x"], dim=dim)
    program(f"cumprod_{k}", {"x": T([2, 3, 2])}, "cumprod", ["x"], dim=dim)
    second(f"log_softmax_{k}_twice", {"x": T([2, 3], "float64")}, "log_softmax", ["x"], dim=dim)
    second(f"cumprod_{k}_twice", {"x": T([2, 3], "float64")}, "cumprod", ["x"], dim=dim)
    second(f"prod_{k}_twice", {"x": T([2, 3], "float64")}, "prod", ["x"], dim=dim)
second("logcumsumexp_twice", {"x": T([2, 3], "float64")}, "logcumsumexp", ["x"], dim=1)
program("logcumsumexp_infinite", {"x": T([4], data=["-inf", "-inf", 1.0, "inf"])}, "logcumsumexp", ["x"], of=False, dim=0)
program("logcumsumexp_int", {"x": T([4], "int64")}, "logcumsumexp", ["x"], dim=0)

# Order.
for k, descending in enumerate([False, True]):
    for dim in [0, 1]:
        program(f"sort_{dim}_{k}", {"x": T([3, 4])}, "sort", ["x"], ["y", "i"], dim=dim, descending=descending)
    program(f"sort_stable_{k}", {"x": T([6], data=ties)}, "sort", ["x"], ["y", "i"], stable=True, descending=descending)
    program(f"sort_nan_{k}", {"x": T([8], data=nan + ["inf", "-inf"])}, "sort", ["x"], ["y", "i"], of=False, stable=True, dim=0, descending=descending)
    program(f"sort_zeros_{k}", {"x": T([4], data=[0.0, -0.0, -1.0, -0.0], grad=False)}, "sort", ["x"], ["y", "i"], stable=True, descending=descending)
    for dtype in ["int64", "int32", "bool"]:
        x = T([40], dtype, lo=-50, hi=50)
        program(f"sort_{dtype}_{k}", {"x": x}, "sort", ["x"], ["y", "i"], stable=True, dim=0, descending=descending)
    for dtype in ["float32", "float64"]:
        x = T([120], dtype, lo=-9, hi=9)
        program(f"sort_long_{dtype}_{k}", {"x": x}, "sort", ["x"], ["y", "i"], dim=0, descending=descending)
    program(f"argsort_{k}", {"x": T([3, 4], grad=False)}, "argsort", ["x"], dim=0, descending=descending)
    program(f"topk_{k}", {"x": T([3, 4])}, "topk", ["x", 2], ["y", "i"], dim=0, largest=not descending)
    program(f"topk_last_{k}", {"x": T([3, 4])}, "topk", ["x", 3], ["y", "i"], largest=descending)
second("sort_twice", {"x": T([2, 3], "float64")}, "sort", ["x"], ["y", "i"], dim=1)
second("topk_twice", {"x": T([2, 3], "float64")}, "topk", ["x", 2], ["y", "i"], dim=1)
program("sort_0d", {"x": T([])}, "sort", ["x"], ["y", "i"], dim=0)
program("sort_empty", {"x": T([0, 2])}, "sort", ["x"], ["y", "i"], dim=0)
program("msort", {"x": T([3, 2])}, "msort", ["x"])
program("topk_0d", {"x": T([])}, "topk", ["x", 1], ["y", "i"])
program("topk_none", {"x": T([3, 4])}, "topk", ["x", 0], ["y", "i"])
program("topk_beyond", {"x": T([3, 4])}, "topk", ["x", 5], ["y", "i"])
program("topk_bool", {"x": T([3], "bool")}, "topk", ["x", 1], ["y", "i"])
for k in [1, 2, 3]:
    program(f"kthvalue_{k}", {"x": T([3, 4])}, "kthvalue", ["x", k], ["y", "i"], dim=0)
    program(f"kthvalue_{k}_keep", {"x": T([3, 4])}, "kthvalue", ["x", k], ["y", "i"], keepdim=True)
program("kthvalue_beyond", {"x": T([3, 4])}, "kthvalue", ["x", 5], ["y", "i"])
for way in ["linear", "lower", "higher", "midpoint", "nearest"]:
    for k, dim in enumerate([None, 0, 1]):
        args = {} if dim is None else {"dim": dim, "keepdim": k == 2}
        x, q = T([3, 4], grad=False), T([3], grad=False, data=[0.0, 0.3125, 1.0])
        program(f"quantile_{way}_{k}", {"x": x}, "quantile", ["x", 0.3], interpolation=way, **args)
        program(f"quantiles_{way}_{k}", {"x": x, "q": q}, "quantile", ["x", "q"], interpolation=way, **args)
        holes = T([3, 4], grad=False)
        holes["data"][1] = holes["data"][6] = holes["data"][7] = "nan"
        program(f"quantile_nan_{way}_{k}", {"x": holes, "q": q}, "quantile", ["x", "q"], interpolation=way, **args)
        program(f"nanquantile_{way}_{k}", {"x": holes, "q": q}, "nanquantile", ["x", "q"], interpolation=way, **args)
program("quantile_cube", {"x": T([2, 3, 2], grad=False), "q": T([2], grad=False, data=[0.25, 0.5])}, "quantile", ["x", "q"], dim=1, keepdim=True)
program("quantile_beyond", {"x": T([3])}, "quantile", ["x", 1.5])
program("quantile_empty", {"x": T([0])}, "quantile", ["x", 0.5])
program("quantile_int", {"x": T([3], "int64")}, "quantile", ["x", 0.5])

# Counts.
program("bincount", {"x": T([9], "int64", lo=0, hi=5)}, "bincount", ["x"])
program("bincount_minlength", {"x": T([4], "int32", lo=0, hi=3)}, "bincount", ["x"], minlength=7)
program("bincount_weights", {"x": T([6], "int64", lo=0, hi=3), "w": T([6], grad=False)}, "bincount", ["x", "w"])
program("bincount_int_weights", {"x": T([6], "int64", lo=0, hi=3), "w": T([6], "int64")}, "bincount", ["x", "w"])
program("bincount_empty", {"x": T([0], "int64")}, "bincount", ["x"])
program("bincount_negative", {"x": T([2], "int64", data=[1, -1])}, "bincount", ["x"])
program("bincount_float", {"x": T([2], grad=False)}, "bincount", ["x"])
program("histc", {"x": T([20], grad=False)}, "histc", ["x", 5])
program("histc_range", {"x": T([20], grad=False)}, "histc", ["x", 7], min=-1, max=1.5)
program("histc_f64", {"x": T([20], "float64", grad=False)}, "histc", ["x", 4], min=-2, max=2)
program("histc_same", {"x": T([3], grad=False, data=[1.5, 1.5, 1.5])}, "histc", ["x", 4])
program("histc_edges", {"x": T([5], grad=False, data=[0.0, 0.1, 0.2, 0.3, 1.0])}, "histc", ["x", 10], min=0, max=1)
program("histc_no_bins", {"x": T([5], grad=False)}, "histc", ["x", 0])
for dtype in ["int64", "int32", "float32", "bool"]:
    x = T([3, 4], dtype, grad=False, lo=-2, hi=2)
    if dtype == "float32":
        x["data"] = [1.5, 2.0, 1.5, -1.0, -1.0, -1.0, 0.5, 2.0, 2.0, 1.5, 0.0, -0.0]
    program(f"unique_{dtype}", {"x": x}, "unique", ["x"], ["y", "i", "c"], return_inverse=True, return_counts=True)
    program(f"unique_values_{dtype}", {"x": x}, "unique", ["x"])
    program(f"unique_consecutive_{dtype}", {"x": x}, "unique_consecutive", ["x"], ["y", "i", "c"], return_inverse=True, return_counts=True)
rows = T([5, 2], "int64", data=[1, 2, 0, 1, 1, 2, 1, 2, 0, 0])
program("unique_rows", {"x": rows}, "unique", ["x"], ["y", "i", "c"], dim=0, return_inverse=True, return_counts=True)
program("unique_columns", {"x": T([2, 3], "int64", data=[1, 0, 1, 2, 0, 2])}, "unique", ["x"], ["y", "i", "c"], dim=1, return_inverse=True, return_counts=True)
program("unique_consecutive_rows", {"x": rows}, "unique_consecutive", ["x"], ["y", "i", "c"], dim=0, return_inverse=True, return_counts=True)
program("unique_empty", {"x": T([0], "int64")}, "unique", ["x"], ["y", "i", "c"], return_inverse=True, return_counts=True)
program("unique_nan", {"x": T([4], grad=False, data=["nan", 1.0, "nan", 1.0])}, "unique", ["x"])
edges = T([4], grad=False, data=[-1.0, 0.0, 0.5, 2.0])
looked = T([2, 3], grad=False, data=[-2.0, 0.0, 0.25, 0.5, 2.0, 3.0])
for k, right in enumerate([False, True]):
    program(f"searchsorted_{k}", {"x": edges, "v": looked}, "searchsorted", ["x", "v"], right=right)
    program(f"bucketize_{k}", {"v": looked, "x": edges}, "bucketize", ["v", "x"], right=right, out_int32=k == 1)
    program(f"searchsorted_rows_{k}", {"x": T([2, 3], "int64", data=[0, 2, 4, 1, 3, 3]), "v": T([2, 2], "int64", data=[2, 5, 3, 0])}, "searchsorted", ["x", "v"], right=right)
program("searchsorted_shapes", {"x": T([2, 3], grad=False), "v": T([3, 3], grad=False)}, "searchsorted", ["x", "v"])

# Differences.
for n in [0, 1, 2, 5]:
    program(f"diff_{n}", {"x": T([2, 4])}, "diff", ["x", n, 1])
program("diff_dim", {"x": T([3, 2])}, "diff", ["x"], dim=0)
program("diff_joined", {"x": T([2, 3]), "w": T([2, 1])}, "diff", ["x", 1, 1], prepend={"tensor": "w"})
program("diff_bool", {"x": T([5], "bool")}, "diff", ["x"])
program("diff_int", {"x": T([5], "int32")}, "diff", ["x"])
program("diff_0d", {"x": T([])}, "diff", ["x"])
program("diff_negative", {"x": T([2])}, "diff", ["x", -1])
# The end of a slice that is left out is shown as none there, as its last position here.
for op in ["trapezoid", "cumulative_trapezoid"]:
    program(f"{op}", {"x": T([2, 4])}, op, ["x"], saved=False, dim=1)
    program(f"{op}_dx", {"x": T([2, 4])}, op, ["x"], saved=False, dx=0.5, dim=0)
    program(f"{op}_x", {"x": T([2, 3]), "w": T([3])}, op, ["x", "w"], saved=False, dim=1)
    program(f"{op}_places", {"x": T([2, 3]), "w": T([2, 3])}, op, ["x", "w"], saved=False, dim=0)
program("trapezoid_mismatch", {"x": T([3]), "w": T([2])}, "trapezoid", ["x", "w"])

names = [p["name"] for p in programs]
assert len(set(names)) == len(names), [n for n in names if names.count(n) > 1]
for p in programs:
    print(json.dumps(oracle.run(p)))
