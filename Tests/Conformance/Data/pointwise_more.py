#!/usr/bin/env python3
"""Writes pointwise_more.jsonl: pointwise operators beyond the family `pointwise`.

usage: pointwise_more.py ORACLE_FOLDER > pointwise_more.jsonl

ORACLE_FOLDER holds oracle.py, which runs a program in PyTorch and adds what it did.
"""
import json
import random
import sys

import torch.nn.functional as F

sys.path.insert(0, sys.argv[1])
import oracle  # noqa: E402

for name in ("relu6", "hardsigmoid", "hardswish", "silu", "mish"):
    setattr(F, name + "_", lambda x, f=getattr(F, name): f(x, inplace=True))
oracle.FUNCTIONAL |= {
    "celu", "hardshrink", "softshrink", "softsign", "tanhshrink", "threshold", "prelu", "elu_",
    "celu_", "selu_", "leaky_relu_", "hardtanh_", "threshold_", "relu6_", "hardsigmoid_",
    "hardswish_", "silu_", "mish_",
}

r = random.Random(21)
programs = []
SPECIAL = ["nan", "inf", "-inf", 0.0, -0.0, 1.0, -1.0, 0.5, -3.0, 3.0, 1e30, -1e30, 1e-30, 100.0,
           -100.0, 20.0, 6.0]


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


# operator: (arguments after the tensor, keywords, low, high)
UNARY = {
    "asinh": ([], {}, -2, 2), "acosh": ([], {}, 1.2, 4), "atanh": ([], {}, -.9, .9),
    "lgamma": ([], {}, .3, 6), "digamma": ([], {}, -2.9, 6), "erfinv": ([], {}, -.95, .95),
    "sinc": ([], {}, -3, 3), "frac": ([], {}, -3, 3), "deg2rad": ([], {}, -180, 180),
    "rad2deg": ([], {}, -3, 3), "logit": ([], {"eps": .1}, .01, .99), "celu": ([], {"alpha": 1.3}, -2, 2),
    "hardshrink": ([], {"lambd": .75}, -2, 2), "softshrink": ([], {"lambd": .75}, -2, 2),
    "softsign": ([], {}, -2, 2), "tanhshrink": ([], {}, -2, 2),
    "threshold": ([], {"threshold": .1, "value": 2.0}, -2, 2), "elu": ([], {}, -2, 2),
    "hardtanh": ([], {}, -2, 2), "leaky_relu": ([], {}, -2, 2), "softplus": ([], {}, -30, 30),
    "nan_to_num": ([], {"nan": 1.5, "posinf": 7.0, "neginf": -7.0}, -2, 2),
    "clamp_min": ([], {"min": .3}, -2, 2), "clamp_max": ([], {"max": .3}, -2, 2),
    "isnan": ([], {}, -2, 2), "isinf": ([], {}, -2, 2), "isfinite": ([], {}, -2, 2),
    "isposinf": ([], {}, -2, 2), "isneginf": ([], {}, -2, 2), "signbit": ([], {}, -2, 2),
    "logical_not": ([], {}, -2, 2), "fmod": ([.7], {}, -2, 2), "remainder": ([-.7], {}, -2, 2),
    "floor_divide": ([.7], {}, -2, 2), "copysign": ([-1.0], {}, -2, 2), "xlogy": ([2.5], {}, -2, 2),
    "float_power": ([2.5], {}, .2, 2), "clamp": ([], {"min": 1, "max": 0}, -2, 2),
    "relu6": ([], {}, -2, 8), "hardsigmoid": ([], {}, -4, 4), "hardswish": ([], {}, -4, 4),
    "logsigmoid": ([], {}, -4, 4), "selu": ([], {}, -2, 2), "mish": ([], {}, -4, 4),
    "silu": ([], {}, -4, 4), "gelu": ([], {}, -4, 4), "relu": ([], {}, -2, 2),
    "exp2": ([], {}, -2, 2), "expm1": ([], {}, -2, 2), "log2": ([], {}, .2, 3),
    "log10": ([], {}, .2, 3), "log1p": ([], {}, -.5, 2), "tan": ([], {}, -1, 1),
    "asin": ([], {}, -.9, .9), "acos": ([], {}, -.9, .9), "sinh": ([], {}, -2, 2),
    "cosh": ([], {}, -2, 2), "erfc": ([], {}, -2, 2),
}
for o, (ins, args, lo, hi) in UNARY.items():
    x = T([2, 3], lo=lo, hi=hi)
    call(o, o, {"x": x}, ["x", *ins], args)
    call(f"{o}_f64", o, {"x": T([3], "float64", lo, hi)}, ["x", *ins], args, double=False)
    call(f"{o}_scalar", o, {"x": T([], lo=lo, hi=hi)}, ["x", *ins], args, double=False)
    call(f"{o}_empty", o, {"x": T([0, 2], lo=lo, hi=hi)}, ["x", *ins], args, double=False)
    call(f"{o}_transposed", o, {"x": T([2, 3], lo=lo, hi=hi)}, ["t", *ins], args, double=False,
         before=[op("t", ["x"], "t")])
    for d in ("int64", "int32", "bool"):
        call(f"{o}_{d}", o, {"x": T([2, 3], d, max(lo, -4), min(hi, 4))}, ["x", *ins], args)
    # PyTorch's gelu(inf) is NaN or inf by the position.
    special = [v for v in SPECIAL if o != "gelu" or not isinstance(v, str)]
    x = {"dtype": "float32", "shape": [len(special)], "data": special, "requires_grad": True}
    call(f"{o}_special", o, {"x": x}, ["x", *ins], args, double=False)
call("div_floor_number", "div", {"x": T([2, 3])}, ["x", .7], {"rounding_mode": "floor"})
for n in (0, 1, 2, 3):
    call(f"polygamma_{n}", "polygamma", {"x": T([2, 3], lo=.5, hi=6)}, [n, "x"])
call("logit", "logit", {"x": T([2, 3], lo=.1, hi=.9)}, ["x"])
call("rpow_float", "float_power", {"x": T([2, 3])}, [2.5, "x"])
call("xlogy_number_first", "xlogy", {"x": T([2, 3], lo=.2)}, [2.5, "x"])
call("xlogy_zero", "xlogy", {"x": T([3], gap=0), "w": {"dtype": "float32", "shape": [3], "data": [0.0, -1.0, 2.0], "requires_grad": True}}, ["x", "w"])

BINARY = ["fmod", "remainder", "floor_divide", "hypot", "logaddexp", "logaddexp2", "copysign",
          "xlogy", "atan2", "float_power", "logical_and", "logical_or", "logical_xor", "heaviside",
          "isclose"]
for o in BINARY:
    low = .2 if o in ("xlogy", "float_power") else -2
    for kind, a, b in [("same", [2, 3], [2, 3]), ("row", [2, 3], [3]), ("column", [2, 1], [1, 3]),
                       ("scalar", [], [2]), ("empty", [0, 3], [3])]:
        call(f"{o}_{kind}", o, {"x": T(a, lo=low), "w": T(b, lo=low)}, ["x", "w"],
             double=kind in ("same", "row"))
    call(f"{o}_mixed", o, {"x": T([2, 3], lo=low), "w": T([3], "float64", low)}, ["x", "w"])
    call(f"{o}_int_tensor", o, {"x": T([2, 3], lo=low), "w": T([3], "int64", 1, 3)}, ["x", "w"])
    for d in ("int64", "int32", "bool"):
        call(f"{o}_{d}", o, {"x": T([2, 3], d, -3, 3), "w": T([3], d, 1, 3)}, ["x", "w"])
    call(f"{o}_transposed", o, {"x": T([2, 3], lo=low), "w": T([3, 2], lo=low)}, ["x", "t"], double=False,
         before=[op("t", ["w"], "t")])
    call(f"{o}_mismatch", o, {"x": T([2, 3], lo=low), "w": T([2], lo=low)}, ["x", "w"])
    pairs = [(a, b) for a in SPECIAL[:9] for b in SPECIAL[:9]]
    x, w = ({"dtype": "float32", "shape": [len(pairs)], "data": [p[k] for p in pairs]} for k in (0, 1))
    call(f"{o}_special", o, {"x": x, "w": w}, ["x", "w"])
for mode in ("floor", "trunc"):
    args = {"rounding_mode": mode}
    call(f"div_{mode}", "div", {"x": T([2, 3], hi=9), "w": T([3])}, ["x", "w"], args)
    call(f"div_{mode}_int", "div", {"x": T([2, 3], "int64", -9, 9), "w": T([3], "int64", -3, 3)}, ["x", "w"], args)
    call(f"div_{mode}_int_number", "div", {"x": T([2, 3], "int32", -9, 9)}, ["x", -2], args)
    call(f"div_{mode}_zero", "div", {"x": T([3], "int64")}, ["x", 0], args)
for o in ("fmod", "remainder", "floor_divide"):
    call(f"{o}_by_zero", o, {"x": T([3], "int64")}, ["x", 0])
    call(f"{o}_int_number", o, {"x": T([3], "int64", -9, 9)}, ["x", -2])
    call(f"{o}_int_by_float", o, {"x": T([3], "int64", -9, 9)}, ["x", 2.5])
for o in ("gcd", "lcm", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift"):
    low = 0 if "shift" in o else -30
    for a, b in (("int64", "int64"), ("int32", "int32"), ("int32", "int64"), ("bool", "bool"), ("float32", "int64")):
        call(f"{o}_{a}_{b}", o, {"x": T([2, 3], a, -30, 30, gap=0), "w": T([3], b, low, 5 if "shift" in o else 30, gap=0)}, ["x", "w"])
    if o not in ("gcd", "lcm"):
        call(f"{o}_number", o, {"x": T([2, 3], "int64", -30, 30, gap=0)}, ["x", 3])
call("bitwise_shift_far", "bitwise_right_shift", {"x": T([3], "int32", -30, 30), "w": {"dtype": "int32", "shape": [3], "data": [31, 40, -1]}}, ["x", "w"])
call("bitwise_shift_left_far", "bitwise_left_shift", {"x": T([3], "int32", -30, 30), "w": {"dtype": "int32", "shape": [3], "data": [31, 40, -1]}}, ["x", "w"])
for d in ("int64", "int32", "bool", "float32"):
    call(f"bitwise_not_{d}", "bitwise_not", {"x": T([2, 3], d, -3, 3)}, ["x"])
nan = {"dtype": "float32", "shape": [4], "data": ["nan", "inf", 1.0, 2.0]}
near = {"dtype": "float32", "shape": [4], "data": ["nan", "inf", 1.000001, 2.1]}
call("isclose_nan", "isclose", {"x": nan, "w": near}, ["x", "w"], {"equal_nan": True, "rtol": 1e-3})
call("isclose_dtypes", "isclose", {"x": T([3]), "w": T([3], "float64")}, ["x", "w"])
call("isclose_negative", "isclose", {"x": T([3]), "w": T([3])}, ["x", "w"], {"rtol": -1.0})

# clamp by tensors
for kind, args in {"both": ("a", "b"), "min": ("a", None), "max": (None, "b")}.items():
    t = {"x": T([2, 3]), **{k: T([3]) for k in args if k}}
    call(f"clamp_tensor_{kind}", "clamp", t, ["x"], {k: {"tensor": n} for k, n in zip(("min", "max"), args) if n})
call("clamp_int", "clamp", {"x": T([2, 3], "int64", -9, 9)}, ["x"], {"min": -2, "max": 3})
call("clamp_int_by_float", "clamp", {"x": T([2, 3], "int64", -9, 9)}, ["x"], {"min": -1.5})
call("clamp_none", "clamp", {"x": T([3])}, ["x"])
call("clamp_bool", "clamp", {"x": T([3], "bool")}, ["x"], {"min": 0})

# blends
t = {"x": T([2, 3]), "w": T([3]), "t": T([2, 1])}
for o in ("lerp", "addcmul", "addcdiv"):
    call(f"{o}_broadcast", o, t, ["x", "w", "t"])
    call(f"{o}_mismatch", o, {**t, "w": T([2])}, ["x", "w", "t"])
    call(f"{o}_dtypes", o, {**t, "w": T([3], "float64")}, ["x", "w", "t"])
    call(f"{o}_ints", o, {k: T([3], "int64", 1, 5) for k in "xwt"}, ["x", "w", "t"])
call("lerp_number", "lerp", t, ["x", "w", .3])
call("lerp_heavy", "lerp", t, ["x", "w", .75])
call("addcmul_int_value", "addcmul", {k: T([3], "int64", 1, 5) for k in "xwt"}, ["x", "w", "t"], {"value": 3})
call("addcmul_float_value", "addcmul", {k: T([3], "int64", 1, 5) for k in "xwt"}, ["x", "w", "t"], {"value": .5})
call("addcdiv_one", "addcdiv", {"x": T([2, 3], grad=False), "w": T([3]), "t": T([3], grad=False)}, ["x", "w", "t"], {"value": 2})

# glu, prelu
for d, shape in ((0, [4, 3]), (1, [2, 6, 2]), (-2, [4, 3]), (0, [0, 3])):
    call(f"glu_{d}_{'x'.join(map(str, shape))}", "glu", {"x": T(shape)}, ["x"], {"dim": d})
call("glu_odd", "glu", {"x": T([2, 3])}, ["x"])
call("glu_zero_dim", "glu", {"x": T([])}, ["x"])
call("glu_no_dim", "glu", {"x": T([2, 2])}, ["x"], {"dim": 2})
for name, a, b in (("one", [2, 3], [1]), ("each", [2, 3, 2], [3]), ("row", [3], [1]), ("bare", [], [1]), ("none", [2, 3], []),
                   ("wrong", [2, 3], [2]), ("matrix", [2, 3], [1, 3])):
    call(f"prelu_{name}", "prelu", {"x": T(a), "w": T(b)}, ["x", "w"])
call("prelu_dtypes", "prelu", {"x": T([2, 3]), "w": T([1], "float64")}, ["x", "w"])
call("celu_zero", "celu", {"x": T([3])}, ["x"], {"alpha": 0.0})
call("softshrink_negative", "softshrink", {"x": T([3])}, ["x"], {"lambd": -1.0})
call("polygamma_negative", "polygamma", {"x": T([3])}, [-1, "x"])

# in place, on a result and, refused, on a leaf
IN_PLACE = {
    "exp2_": [], "expm1_": [], "log2_": [], "log10_": [], "log1p_": [], "tan_": [], "atan_": [], "erf_": [],
    "erfc_": [], "rsqrt_": [], "silu_": [], "mish_": [], "selu_": [], "relu6_": [], "hardsigmoid_": [],
    "hardswish_": [], "elu_": [1.3], "celu_": [1.3], "leaky_relu_": [.1], "hardtanh_": [], "threshold_": [.9, 2.0],
}
for o, ins in IN_PLACE.items():
    call(o, o, {"x": T([2, 3], lo=.2)}, ["m", *ins], before=[op("clone", ["x"], "m")])
    run(o + "leaf", {"x": T([2, 3], lo=.2)}, [op(o, ["x", *ins])])
    run(o + "int", {"x": T([2, 3], "int64", 1, 3)}, [op(o, ["x", *ins])])
m = [op("clone", ["x"], "m")]
call("clamp_", "clamp_", {"x": T([2, 3])}, ["m"], {"min": -.5, "max": .5}, before=m)
run("clamp_int_by_float_", {"x": T([3], "int64", -4, 4)}, [op("clamp_", ["x"], args={"min": .5})])
call("lerp_", "lerp_", {"x": T([2, 3]), "w": T([3])}, ["m", "w", .3], before=m)
call("lerp_wrong", "lerp_", {"x": T([3]), "w": T([2, 3])}, ["m", "w", .3], before=m)
for o in ("addcmul_", "addcdiv_"):
    call(o, o, {"x": T([2, 3]), "w": T([3]), "t": T([2, 1])}, ["m", "w", "t"], {"value": .5}, before=m)
    call(o + "itself", o, {"x": T([2, 3]), "w": T([3])}, ["m", "m", "w"], before=m, double=False)

for p in programs:
    print(json.dumps(p, separators=(",", ":")))
