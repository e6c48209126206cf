#!/usr/bin/env python3
"""Writes operators_more.jsonl: in-place forms, torch.special, and the rarer operators.

usage: operators_more.py ORACLE_FOLDER > operators_more.jsonl

ORACLE_FOLDER holds oracle.py, which runs a program in PyTorch and adds what it did.
"""
import json
import random
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, sys.argv[1])
import oracle  # noqa: E402

plain_resolve = oracle.resolve


def resolve(name):
    for space in ("special", "linalg"):
        if name.startswith(space + "."):
            return getattr(getattr(torch, space), name.split(".")[1])
    if name in ("bool", "double", "float", "int", "long"):
        return lambda x: getattr(x, name)()
    if name == "rrelu_":
        return lambda x, training=False: F.rrelu(x, training=training, inplace=True)
    return F.rrelu if name == "rrelu" else plain_resolve(name)


oracle.resolve = resolve
r = random.Random(33)
programs = []
SPECIAL = ["nan", "inf", "-inf", 0.0, -0.0, 1.0, -1.0, 0.5, -3.0, 3.0, 20.0, -20.0]


def T(shape, dtype="float32", lo=-2.0, hi=2.0, grad=True, gap=.1):
    n = 1
    for s in shape:
        n *= s
    if dtype in ("int64", "int32"):
        choice = [v for v in range(int(lo), int(hi) + 1) if v or not gap] or [0]
        data = [r.choice(choice) for _ in range(n)]
    elif dtype == "bool":
        data = [r.random() < .5 for _ in range(n)]
    else:
        data = []
        while len(data) < n:
            v = round(r.uniform(lo, hi) * 64) / 64
            if abs(v) > gap:
                data.append(v)
    spec = {"dtype": dtype, "shape": shape, "data": data}
    if grad and dtype.startswith("float"):
        spec["requires_grad"] = True
    return spec


def run(name, tensors, steps, **more):
    programs.append(oracle.run({"name": name, "tensors": tensors, "steps": steps, **more}))


def op(name, ins, out="y", args=None):
    return {"op": name, "in": ins, "out": [out], "args": args or {}}


def call(name, operator, tensors, ins, args=None, double=True, before=(), of="y"):
    """One operator, its gradients, and theirs."""
    steps = [*before, op(operator, ins, args=args)]
    probe = oracle.run({"tensors": tensors, "steps": steps})
    value = probe["expect"]["values"].get(of)
    if "error" in probe["expect"] or not value["requires_grad"]:
        return run(name, tensors, steps)
    v = T(value["shape"], value["dtype"], gap=0)
    run(name, {**tensors, "v": {**v, "requires_grad": False}}, steps, saved=True,
        backward={"of": [of], "gradient": ["v"]})
    if not double:
        return
    wrt = [k for k, t in tensors.items() if t.get("requires_grad")]
    t = {**tensors, "v": v}
    steps = [*steps, {"op": "grad", "of": [of], "wrt": wrt, "gradient": ["v"], "create_graph": True,
                      "allow_unused": True, "out": ["g_" + w for w in wrt]}]
    probe = oracle.run({"tensors": t, "steps": steps})
    if "error" in probe["expect"]:
        return run(name + "_twice", t, steps)
    of, gradient = [], []
    for w in wrt:
        g = probe["expect"]["values"].get("g_" + w)
        if g and g["requires_grad"]:
            t["u_" + w] = T(g["shape"], g["dtype"], grad=False, gap=0)
            of.append("g_" + w)
            gradient.append("u_" + w)
    if of:
        run(name + "_twice", t, steps, saved=True, backward={"of": of, "gradient": gradient})


def special(name, operator, values=SPECIAL, args=()):
    x = {"dtype": "float32", "shape": [len(values)], "data": values, "requires_grad": True}
    call(name + "_special", operator, {"x": x}, ["x", *args], double=False)


# ---- torch.special and functions of one tensor: low, high, whether the derivative is differentiable
UNARY = {
    "i0": (-9, 9), "special.i0e": (-9, 9), "special.i1": (-9, 9), "special.i1e": (-9, 9),
    "special.bessel_j0": (-9, 9), "special.bessel_j1": (-9, 9), "special.bessel_y0": (.2, 9),
    "special.bessel_y1": (.2, 9), "special.spherical_bessel_j0": (-9, 9),
    "special.modified_bessel_i0": (-9, 9), "special.modified_bessel_i1": (-9, 9),
    "special.erfcx": (-3, 9), "special.ndtr": (-4, 4), "special.ndtri": (.01, .99),
    "special.log_ndtr": (-3, 4), "special.entr": (.01, 3),
}
for o, (lo, hi) in UNARY.items():
    name = o.split(".")[-1]
    call(name, o, {"x": T([2, 3], lo=lo, hi=hi, gap=0)}, ["x"])
    if "bessel" not in o:  # there PyTorch is right to 5e-8 only
        call(f"{name}_f64", o, {"x": T([3], "float64", lo, hi, gap=0)}, ["x"], double=False)
    call(f"{name}_empty", o, {"x": T([0, 2])}, ["x"], double=False)
    call(f"{name}_transposed", o, {"x": T([2, 3], lo=lo, hi=hi, gap=0)}, ["t"], double=False,
         before=[op("t", ["x"], "t")])
    for d in ("int64", "int32", "bool"):
        call(f"{name}_{d}", o, {"x": T([2, 3], d, max(lo, -3), min(hi, 3))}, ["x"])
    # There PyTorch has NaN at infinity, where the functions have limits.
    special(name, o, [v for v in SPECIAL if "special.bessel" not in o or v not in ("inf", "-inf")])
for p in (1, 2, 3):
    call(f"mvlgamma_{p}", "mvlgamma", {"x": T([2, 3], lo=1.2, hi=6)}, ["x", p])
call("mvlgamma_int", "mvlgamma", {"x": T([2], "int64", 2, 5)}, ["x", 2])
call("mvlgamma_zero", "mvlgamma", {"x": T([2])}, ["x", 0])
call("multigammaln", "special.multigammaln", {"x": T([2, 3], lo=1.2, hi=6)}, ["x", 2])
call("frexp", "frexp", {"x": T([2, 3], hi=90)}, ["x"], double=False)
programs.pop()
programs.append(oracle.run({
    "name": "frexp", "tensors": {"x": {"dtype": "float32", "shape": [8], "data": [
        "nan", "inf", -0.0, 0.0, 1.0, -3.5, 1e-40, 1e30], "requires_grad": True}},
    "steps": [{"op": "frexp", "in": ["x"], "out": ["m", "e"], "args": {}}],
    "backward": {"of": ["m"], "gradient": ["x"]}}))
call("frexp_int", "frexp", {"x": T([2], "int64")}, ["x"])

# ---- two operands
for o, low in (("fmax", -2), ("fmin", -2), ("ldexp", -2), ("nextafter", -2), ("special.xlog1py", -.9)):
    name = o.split(".")[-1]
    for kind, a, b in [("same", [2, 3], [2, 3]), ("row", [2, 3], [3]), ("column", [2, 1], [1, 3]),
                       ("scalar", [], [2]), ("empty", [0, 3], [3])]:
        call(f"{name}_{kind}", o, {"x": T(a, lo=low), "w": T(b, lo=low)}, ["x", "w"],
             double=kind in ("same", "row"))
    call(f"{name}_mixed", o, {"x": T([2, 3], lo=low), "w": T([3], "float64", low)}, ["x", "w"])
    call(f"{name}_int_tensor", o, {"x": T([2, 3], lo=low), "w": T([3], "int64", 1, 3)}, ["x", "w"])
    for d in ("int64", "int32", "bool"):
        call(f"{name}_{d}", o, {"x": T([2, 3], d, 0, 3), "w": T([3], d, 0, 3)}, ["x", "w"])
    call(f"{name}_mismatch", o, {"x": T([2, 3]), "w": T([2])}, ["x", "w"])
    values = SPECIAL[:8]
    pairs = [(a, b) for a in values for b in values]
    x, w = ({"dtype": "float32", "shape": [len(pairs)], "data": [p[k] for p in pairs]} for k in (0, 1))
    call(f"{name}_special", o, {"x": x, "w": w}, ["x", "w"])
call("xlog1py_number", "special.xlog1py", {"x": T([2, 3])}, ["x", 2.5])
call("xlog1py_number_low", "special.xlog1py", {"x": T([2, 3])}, ["x", -1])
call("xlog1py_number_first", "special.xlog1py", {"x": T([2, 3], lo=-.9)}, [2.5, "x"])
call("zeta", "special.zeta", {"x": T([2, 3], lo=1.5, hi=5, grad=False), "w": T([3], lo=.5)}, ["x", "w"])
call("zeta_number_first", "special.zeta", {"w": T([3], lo=.5)}, [3.0, "w"])
call("zeta_int", "special.zeta", {"x": T([3], "int64", 2, 5), "w": T([3], "int64", 1, 5)}, ["x", "w"])
call("zeta_number", "special.zeta", {"x": T([3], lo=1.5, hi=5, grad=False)}, ["x", 2.0])

# ---- where with numbers
c = {"dtype": "bool", "shape": [3], "data": [True, False, True]}
call("where_number", "where", {"c": c, "x": T([2, 3])}, ["c", "x", 0.5], double=False)
call("where_number_first", "where", {"c": c, "x": T([3])}, ["c", 0, "x"], double=False)
call("where_numbers", "where", {"c": c}, ["c", 1, 0.5])
call("where_numbers_int", "where", {"c": c}, ["c", 1, 0])
call("where_int_number", "where", {"c": c, "x": T([3], "int64")}, ["c", "x", 0.5])
call("where_f64_number", "where", {"c": c, "x": T([3], "float64")}, ["c", "x", 2])

# ---- rrelu
for training in (False, True):
    for d in ("float32", "float64"):
        x = T([3, 4], d)
        v = T([3, 4], d, grad=False)
        programs.append(oracle.run({
            "name": f"rrelu_{training}_{d}", "seed": 5, "tensors": {"x": x, "v": v}, "saved": not training,
            "steps": [{"op": "rrelu", "in": ["x"], "out": ["y"], "args": {"training": training}},
                      {"op": "rrelu_", "in": ["y"], "out": ["z"], "args": {"training": training}}],
            "backward": {"of": ["z"], "gradient": ["v"]}}))
call("rrelu_eval", "rrelu", {"x": T([2, 3])}, ["x"], {"lower": .1, "upper": .5})
call("rrelu_int", "rrelu", {"x": T([2], "int64")}, ["x"])
call("rrelu_wrong", "rrelu", {"x": T([2])}, ["x"], {"lower": .5, "upper": .1})

# ---- distances, covariances, slopes, sets, powers
for p in (0.0, 1.0, 1.5, 2.0, 3.0, float("inf")):
    args = {"p": p} if p != float("inf") else {}
    ins = ["x", "w"]
    if args:
        call(f"cdist_{p}", "cdist", {"x": T([3, 2]), "w": T([4, 2])}, ins, args, double=False)
call("cdist_batch", "cdist", {"x": T([2, 3, 2]), "w": T([2, 4, 2])}, ["x", "w"], double=False)
call("cdist_broadcast", "cdist", {"x": T([2, 3, 2]), "w": T([4, 2])}, ["x", "w"], double=False)
call("cdist_empty", "cdist", {"x": T([0, 2]), "w": T([4, 2])}, ["x", "w"], double=False)
call("cdist_columns", "cdist", {"x": T([3, 2]), "w": T([4, 3])}, ["x", "w"])
call("cdist_vector", "cdist", {"x": T([3]), "w": T([4, 3])}, ["x", "w"])
call("cdist_int", "cdist", {"x": T([3, 2], "int64"), "w": T([4, 2])}, ["x", "w"])
call("cov", "cov", {"x": T([3, 4])}, ["x"])
call("cov_vector", "cov", {"x": T([4])}, ["x"])
call("cov_uncorrected", "cov", {"x": T([3, 4])}, ["x"], {"correction": 0})
call("cov_int", "cov", {"x": T([3, 4], "int64", -9, 9)}, ["x"])
call("cov_weighted", "cov", {"x": T([3, 4]), "f": T([4], "int64", 1, 4), "a": T([4], lo=.2)}, ["x"],
     {"fweights": {"tensor": "f"}, "aweights": {"tensor": "a"}}, double=False)
call("cov_cube", "cov", {"x": T([2, 2, 2])}, ["x"])
call("cov_bool", "cov", {"x": T([2, 2], "bool")}, ["x"])
call("corrcoef", "corrcoef", {"x": T([3, 4])}, ["x"])
call("corrcoef_vector", "corrcoef", {"x": T([4])}, ["x"])


def slopes(name, tensors, args, count):
    outs = [f"y{i}" for i in range(count)]
    steps = [{"op": "gradient", "in": ["x"], "out": outs, "args": args}]
    v = {**T(tensors["x"]["shape"]), "requires_grad": False}
    run(name, {**tensors, "v": v}, steps, saved=True, backward={"of": [outs[-1]], "gradient": ["v"]})


slopes("gradient", {"x": T([5])}, {}, 1)
slopes("gradient_all", {"x": T([3, 4])}, {}, 2)
slopes("gradient_one", {"x": T([3, 4])}, {"dim": 1}, 1)
slopes("gradient_spaced", {"x": T([3, 4])}, {"spacing": 2.5, "dim": [0]}, 1)
slopes("gradient_second", {"x": T([5])}, {"edge_order": 2}, 1)
run("gradient_short", {"x": T([1])}, [op("gradient", ["x"])])
run("gradient_third", {"x": T([5])}, [op("gradient", ["x"], args={"edge_order": 3})])
for d in ("float32", "int64", "int32"):
    call(f"isin_{d}", "isin", {"x": T([2, 3], d, -3, 3, False), "w": T([5], d, -3, 3, False)}, ["x", "w"])
call("isin_mixed", "isin", {"x": T([2, 3], "int64", -3, 3), "w": T([3], grad=False)}, ["x", "w"])
call("isin_empty", "isin", {"x": T([2, 3], "int64", -3, 3), "w": T([0], "int64")}, ["x", "w"])
call("isin_invert", "isin", {"x": T([2, 3], "int64", -3, 3), "w": T([3], "int64")}, ["x", "w"], {"invert": True})
call("isin_number", "isin", {"x": T([2, 3], "int64", -3, 3)}, ["x", 2])
call("isin_nan", "isin", {"x": {"dtype": "float32", "shape": [3], "data": ["nan", 1.0, "inf"]},
                          "w": {"dtype": "float32", "shape": [2], "data": ["nan", "inf"]}}, ["x", "w"])
programs.append(oracle.run({"name": "unravel_index", "tensors": {"x": T([2, 3], "int64", 0, 23, gap=0)}, "steps": [
    {"op": "unravel_index", "in": ["x"], "out": ["a", "b", "c"], "args": {"shape": [2, 3, 4]}}]}))
call("vander", "vander", {"x": T([3])}, ["x"], double=False)
call("vander_more", "vander", {"x": T([3])}, ["x"], {"N": 5, "increasing": True}, double=False)
call("vander_int", "vander", {"x": T([3], "int64")}, ["x"])
call("vander_none", "vander", {"x": T([3], grad=False)}, ["x"], {"N": 0})
call("vander_matrix", "vander", {"x": T([3, 2])}, ["x"])
call("linalg_vander", "linalg.vander", {"x": T([2, 3])}, ["x"], {"N": 4}, double=False)
call("linalg_vander_int", "linalg.vander", {"x": T([3], "int64")}, ["x"])
call("linalg_vander_one", "linalg.vander", {"x": T([1])}, ["x"])
call("vecdot", "linalg.vecdot", {"x": T([2, 3]), "w": T([3])}, ["x", "w"], double=False)
call("vecdot_vectors", "linalg.vecdot", {"x": T([3]), "w": T([3])}, ["x", "w"])
call("vecdot_dim", "linalg.vecdot", {"x": T([2, 3]), "w": T([2, 1])}, ["x", "w"], {"dim": 0})
call("tensorsolve", "linalg.tensorsolve", {"x": T([2, 3, 6]), "w": T([2, 3])}, ["x", "w"], double=False)
call("tensorsolve_wrong", "linalg.tensorsolve", {"x": T([2, 3, 5]), "w": T([2, 3])}, ["x", "w"])
call("tensorinv_wrong", "linalg.tensorinv", {"x": T([2, 3, 5])}, ["x"])
call("sum_to_size", "sum_to_size", {"x": T([2, 3, 4])}, ["x", 3, 1])
call("sum_to_size_wrong", "sum_to_size", {"x": T([2, 3])}, ["x", 3, 3])

# ---- writes
# By its first input PyTorch's gradient is there where it should not be, and the other way round.
call("as_strided_scatter", "as_strided_scatter", {"x": T([3, 3], grad=False), "w": T([2])}, ["x", "w", [2], [2], 1], double=False)
call("as_strided_scatter_wrong", "as_strided_scatter", {"x": T([3, 3]), "w": T([3])}, ["x", "w", [2], [2], 1])
i = {"dtype": "int64", "shape": [4], "data": [0, 2, 2, 1]}
for reduce in ("prod", "mean", "amax", "amin"):
    for include in (True, False):
        call(f"index_reduce_{reduce}_{include}", "index_reduce", {"x": T([3, 2]), "i": i, "w": T([4, 2])},
             ["x", 0, "i", "w"], {"reduce": reduce, "include_self": include})
call("index_reduce_dim", "index_reduce", {"x": T([2, 3]), "i": i, "w": T([2, 4])}, ["x", -1, "i", "w"], {"reduce": "prod"})
call("index_reduce_int", "index_reduce", {"x": T([3], "int64"), "i": i, "w": T([4], "int64")}, ["x", 0, "i", "w"], {"reduce": "mean"})
call("index_reduce_sum", "index_reduce", {"x": T([3, 2]), "i": i, "w": T([4, 2])}, ["x", 0, "i", "w"], {"reduce": "sum"})
call("index_reduce_shape", "index_reduce", {"x": T([3, 2]), "i": i, "w": T([3, 2])}, ["x", 0, "i", "w"], {"reduce": "prod"})

# ---- in place: on a result, on a view, on a leaf (refused), on integers
m = [op("clone", ["x"], "m")]
IN_PLACE = {
    **{o: [] for o in (
        "asin_", "acos_", "sinh_", "cosh_", "lgamma_", "digamma_", "erfinv_", "sign_", "sgn_", "floor_",
        "ceil_", "round_", "trunc_", "frac_", "square_", "sinc_", "deg2rad_", "rad2deg_", "i0_", "logical_not_",
        "logit_", "nan_to_num_")},
    "polygamma_": [1], "clamp_min_": [.5], "clamp_max_": [.5], "cumsum_": [0], "cumprod_": [0], "pow_": [3],
    "copysign_": [-1.0], "xlogy_": [2.5], "fmod_": [.3], "remainder_": [-.3], "floor_divide_": [.3],
    **{o: [.5] for o in ("eq_", "ne_", "lt_", "le_", "gt_", "ge_")},
}
for o, ins in IN_PLACE.items():
    call(o, o, {"x": T([2, 3], lo=.2, hi=.9)}, ["m", *ins], before=m)
    call(o + "view", o, {"x": T([2, 3], lo=.2, hi=.9)}, ["s", *ins], double=False, of="m",
         before=[*m, {"op": "select", "in": ["m", 0, 1], "out": ["s"], "args": {}}])
    run(o + "leaf", {"x": T([2, 3], lo=.2, hi=.9)}, [op(o, ["x", *ins])])
    run(o + "int", {"x": T([2, 3], "int64", 1, 3)}, [op(o, ["x", *ins])])
    run(o + "bool", {"x": T([2, 3], "bool")}, [op(o, ["x", *ins])])
for o in ("asinh_", "atanh_", "acosh_"):
    run(o, {"x": T([3], lo=1.1, grad=False)}, [op(o, ["x"])])
    run(o + "backward", {"x": T([3], lo=.2, hi=.9), "v": T([3], grad=False)}, [*m, op(o, ["m"])],
        backward={"of": ["y"], "gradient": ["v"]})
PAIRS = ["atan2_", "hypot_", "copysign_", "xlogy_", "heaviside_", "ldexp_", "nextafter_", "fmod_", "remainder_",
         "floor_divide_", "logical_and_", "logical_or_", "logical_xor_", "eq_", "ne_", "lt_", "le_", "gt_", "ge_",
         "pow_"]
for o in PAIRS:
    call(f"{o}tensor", o, {"x": T([2, 3], lo=.2), "w": T([3], lo=.2)}, ["m", "w"], before=m)
    call(f"{o}wide", o, {"x": T([3], lo=.2), "w": T([2, 3], lo=.2)}, ["m", "w"], before=m)
    call(f"{o}itself", o, {"x": T([2, 2], lo=.2)}, ["m", "m"], before=m, double=False)
    if o != "pow_":  # there PyTorch's gradient mixes precisions
        call(f"{o}mixed", o, {"x": T([2, 3], lo=.2), "w": T([3], "float64", .2)}, ["m", "w"], before=m)
    call(f"{o}int", o, {"x": T([2, 3], "int64", 1, 3), "w": T([3], "int64", 1, 3)}, ["x", "w"])
    call(f"{o}int_by_float", o, {"x": T([2, 3], "int64", 1, 3), "w": T([3], lo=.2, grad=False)}, ["x", "w"])
for o in ("gcd_", "lcm_", "bitwise_and_", "bitwise_or_", "bitwise_xor_", "bitwise_left_shift_", "bitwise_right_shift_"):
    for d in ("int64", "int32", "bool", "float32"):
        call(f"{o}{d}", o, {"x": T([2, 3], d, 1, 30, False), "w": T([3], d, 1, 5, False)}, ["x", "w"])
    if o not in ("gcd_", "lcm_"):
        call(f"{o}number", o, {"x": T([2, 3], "int32", 1, 30)}, ["x", 3])
call("bitwise_not_", "bitwise_not_", {"x": T([2, 3], "int64")}, ["x"])
call("float_power_", "float_power_", {"x": T([3], "float64", .2)}, ["m", 2.5], before=m)
call("float_power_tensor_", "float_power_", {"x": T([3], "float64", .2), "w": T([3])}, ["m", "w"], before=m)
call("float_power_float", "float_power_", {"x": T([3], lo=.2)}, ["m", 2.5], before=m)
call("mvlgamma_", "mvlgamma_", {"x": T([3], lo=2, hi=4)}, ["m", 2], before=m)
call("renorm_", "renorm_", {"x": T([3, 2])}, ["m", 2, 0, 1.0], before=m, double=False)
call("lerp_tensor_", "lerp_", {"x": T([2, 3]), "w": T([3]), "t": T([2, 1])}, ["m", "w", "t"], before=m)
call("clamp_tensor_", "clamp_", {"x": T([2, 3]), "a": T([3]), "b": T([3])}, ["m"],
     {"min": {"tensor": "a"}, "max": {"tensor": "b"}}, before=m)
call("index_reduce_", "index_reduce_", {"x": T([3, 2]), "i": i, "w": T([4, 2])}, ["m", 0, "i", "w"], {"reduce": "prod"}, before=m)
for o, x, a, b in (("addmm_", [2, 4], [2, 3], [3, 4]), ("addmv_", [2], [2, 3], [3]), ("addr_", [2, 3], [2], [3]),
                   ("baddbmm_", [2, 2, 4], [2, 2, 3], [2, 3, 4]), ("addbmm_", [2, 4], [2, 2, 3], [2, 3, 4])):
    call(o, o, {"x": T(x), "a": T(a), "b": T(b)}, ["m", "a", "b"], {"beta": .5, "alpha": 2}, before=m)
    run(o + "leaf", {"x": T(x), "a": T(a), "b": T(b)}, [op(o, ["x", "a", "b"])])
    if o not in ("addr_", "addbmm_"):
        run(o + "shape", {"x": T([1, *x[1:]], grad=False), "a": T(a), "b": T(b)}, [op(o, ["x", "a", "b"])])
big = {"x": {**T([200]), "data": [float(k) / 100 for k in range(200)]}}
call("floor_large", "floor_", big, ["m"], before=m)
call("cumsum_large_view", "cumsum_", big, ["s", 0], double=False, of="m",
     before=[*m, {"op": "narrow", "in": ["m", 0, 20, 160], "out": ["s"], "args": {}}])

for o, ins in (("uniform_", []), ("uniform_", [-2, 3.5]), ("normal_", []), ("normal_", [1.5, .25])):
    for d in ("float32", "float64"):
        for shape in ([2, 3], [5, 5]):
            x, v = T(shape, d), T(shape, d, grad=False)
            programs.append(oracle.run({
                "name": f"{o}{len(ins)}_{d}_{len(x['data'])}", "seed": 4, "tensors": {"x": x, "v": v},
                "steps": [*m, op(o, ["m", *ins])], "backward": {"of": ["y"], "gradient": ["v"]}}))
run("uniform_wrong", {"x": T([2], grad=False)}, [op("uniform_", ["x", 2, 1])])
run("normal_wrong", {"x": T([2], grad=False)}, [op("normal_", ["x", 2, -1])])
run("normal_int", {"x": T([2], "int64")}, [op("normal_", ["x"])])
for shape in ([3, 3], [2, 4], [4, 2], [2, 2, 2], [2, 3, 2], [3]):
    call(f"fill_diagonal_{'x'.join(map(str, shape))}", "fill_diagonal_", {"x": T(shape)}, ["m", 2.5], before=m, double=False)

# ---- what no other family calls
for o in ("bool", "double", "float", "int", "long"):
    call(o, o, {"x": T([2, 3], gap=.4)}, ["x"], double=False)
    call(o + "_of_int", o, {"x": T([2, 3], "int64", gap=0)}, ["x"])
for o, ins, args in (("zeros", [2, 3], {}), ("ones", [2, 3], {"dtype": "int64"}), ("full", [[2, 3], 2.5], {}),
                     ("full", [[2], 3], {}), ("eye", [3], {}), ("eye", [2, 3], {"dtype": "float64"}),
                     ("arange", [5], {}), ("arange", [1, 2, .25], {}), ("linspace", [-1, 2, 7], {})):
    run(f"{o}_{len(programs)}", {}, [op(o, ins, args=args)])
for o, ins in (("zeros_like", []), ("ones_like", []), ("full_like", [2.5])):
    for d in ("float32", "int64"):
        run(f"{o}_{d}", {"x": T([2, 3], d)}, [op(o, ["x", *ins])])
for o in ("rand_like", "randn_like"):
    programs.append(oracle.run({"name": o, "seed": 3, "tensors": {"x": T([2, 3])}, "steps": [op(o, ["x"])]}))
square = T([3, 3], "float64")
positive = {**T([2, 2], "float64"), "data": [4.0, 1.0, 1.0, 3.0]}
call("vector_norm", "linalg.vector_norm", {"x": T([2, 3])}, ["x", 3], {"dim": 1}, double=False)
call("pinverse", "pinverse", {"x": T([3, 2], "float64")}, ["x"], double=False)
for o, x in (("cholesky_ex", positive), ("inv_ex", square)):
    run(o, {"x": x}, [{"op": "linalg." + o, "in": ["x"], "out": ["y", "info"], "args": {}}])
run("solve_ex", {"x": square, "w": T([3, 2], "float64")},
    [{"op": "linalg.solve_ex", "in": ["x", "w"], "out": ["y", "info"], "args": {}}])
# Its gradient goes another way here: through the triangles of the factors.
run("lu_unpack", {"x": {**square, "requires_grad": False}}, [{"op": "linalg.lu_factor", "in": ["x"], "out": ["l", "p"], "args": {}},
    {"op": "lu_unpack", "in": ["l", "p"], "out": ["a", "b", "c"], "args": {}}])
call("sgn", "sgn", {"x": T([2, 3])}, ["x"])
call("sgn_int", "sgn", {"x": T([2, 3], "int64")}, ["x"])
call("scatter_reduce_", "scatter_reduce_", {"x": T([3]), "i": i, "w": T([4])}, ["m", 0, "i", "w"], {"reduce": "prod"},
     before=m, double=False)
call("put", "put", {"x": T([2, 3]), "i": i, "w": T([4])}, ["x", "i", "w"], {"accumulate": True})
call("index_put", "index_put", {"x": T([3, 2]), "i": i, "w": T([4, 2])}, ["x", ["i"], "w"], {"accumulate": True})
call("tensorinv", "linalg.tensorinv", {"x": T([2, 3, 6], "float64")}, ["x"], double=False)
call("lu_solve", "linalg.lu_solve", {"x": T([3, 3], "float64"), "w": T([3, 2], "float64")}, ["l", "p", "w"],
     before=[{"op": "linalg.lu_factor", "in": ["x"], "out": ["l", "p"], "args": {}}], double=False)

for p in programs:
    print(json.dumps(p, separators=(",", ":")))
