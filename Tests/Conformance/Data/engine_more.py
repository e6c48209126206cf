#!/usr/bin/env python3
"""Writes engine_more.jsonl: programs that probe the engine beyond the family `engine`.

usage: engine_more.py ORACLE_FOLDER > engine_more.jsonl

ORACLE_FOLDER holds oracle.py, which runs a program in PyTorch and adds what it did.
"""
import json
import random
import sys

sys.path.insert(0, sys.argv[1])
import oracle  # noqa: E402

r = random.Random(20)
programs = []


def T(shape, dtype="float32", grad=True, lo=-2.0, hi=2.0):
    """A leaf of multiples of 1/16 away from zero."""
    n = 1
    for s in shape:
        n *= s
    if dtype in ("int64", "int32"):
        data = [r.randrange(int(lo), int(hi) + 1) for _ in range(n)]
    elif dtype == "bool":
        data = [r.random() < .5 for _ in range(n)]
    else:
        data = []
        while len(data) < n:
            v = round(r.uniform(lo, hi) * 16) / 16
            if abs(v) > .1:
                data.append(v)
    spec = {"dtype": dtype, "shape": shape, "data": data}
    if grad and dtype.startswith("float"):
        spec["requires_grad"] = True
    return spec


def op(name, ins, out, **args):
    s = {"op": name, "in": ins, "out": [out] if isinstance(out, str) else out}
    if args:
        s["args"] = args
    return s


def at(x, index, out):
    return {"op": "index", "in": [x], "index": index, "out": [out]}


def put(x, index, value, out="_put"):
    return {"op": "index_put_", "in": [x, value], "index": index, "out": [out]}


def sl(start=None, stop=None, step=None):
    return {"slice": [start, stop, step]}


def backward(of, **more):
    return {"op": "backward", "of": of if isinstance(of, list) else [of], **more}


def grad(of, wrt, out, **more):
    return {"op": "grad", "of": of if isinstance(of, list) else [of], "wrt": wrt, "out": out, **more}


def add(name, tensors, steps, of=None, gradient=None, **extra):
    p = {"name": name, "tensors": tensors, "steps": steps, **extra}
    if of:
        p["backward"] = {"of": of if isinstance(of, list) else [of]}
        if gradient:
            p["backward"]["gradient"] = gradient
    try:
        programs.append(oracle.run(p))
    except RuntimeError as error:  # some views do not even let their grad_fn be read
        print(f"{name} is left out: {error}", file=sys.stderr)


x, w, v = T([2, 3]), T([2, 3]), T([2, 3], grad=False)
X, XW, XWV = {"x": x}, {"x": x, "w": w}, {"x": x, "w": w, "v": v}
double = op("mul", ["x", 2.0], "y")

# several roots
add("roots_share_a_node", XWV, [op("mul", ["x", "w"], "y"), op("sin", ["y"], "a"), op("exp", ["y"], "b")],
    of=["a", "b"], gradient=["v", "v"], saved=True)
add("roots_one_leads_to_the_other", XWV, [op("mul", ["x", "w"], "y"), op("sin", ["y"], "a"), op("sum", ["a"], "s")],
    of=["s", "y"], gradient=[None, "v"])
add("roots_in_other_order", XWV, [op("mul", ["x", "w"], "y"), op("sin", ["y"], "a"), op("sum", ["a"], "s")],
    of=["y", "s"], gradient=["v", None])
add("root_twice", XWV, [op("mul", ["x", "w"], "y")], of=["y", "y"], gradient=["v", "v"])
add("root_is_leaf", XWV, [], of="x", gradient=["v"])
add("root_is_leaf_scalar", {"x": T([])}, [op("mul", ["x", 1.0], "y")], of=["x", "y"])
add("root_without_grad_refused", {"x": x, "v": v}, [op("sum", ["x"], "s"), op("sum", ["v"], "t"), backward(["s", "t"])])
add("root_of_one_element", {"x": T([1, 1])}, [op("exp", ["x"], "y")], of="y", saved=True)
add("root_of_int_refused", {"i": T([2], "int64")}, [op("sum", ["i"], "s"), backward("s")])
add("too_few_gradients_refused", XWV, [op("mul", ["x", "w"], "y"), op("exp", ["x"], "z"), backward(["y", "z"], gradient=["v"])])
add("gradient_of_other_dtype", {"x": x, "v": T([2, 3], "float64", grad=False)}, [op("exp", ["x"], "y"), backward("y", gradient=["v"])])
add("gradient_that_requires_grad", {"x": x, "v": T([2, 3])}, [op("exp", ["x"], "y"), grad("y", ["x"], ["g"], gradient=["v"], create_graph=True), op("sum", ["g"], "s")], of="s")
add("two_unbound_roots", {"x": T([2, 3]), "v": T([3], grad=False)}, [op("mul", ["x", 3.0], "y"), op("unbind", ["y"], ["a", "b"], dim=0)], of=["a", "b"], gradient=["v", "v"], saved=True)

# views of views, changed in place
views = [at("y", [0], "a"), at("a", [sl(1, None)], "b")]
for change in ("mul_", "add_"):
    add(f"view_of_view_{change}view", X, [double, *views, op(change, ["b", 3.0], "b2"), op("sum", ["y"], "s")], of="s", saved=True)
    add(f"view_of_view_{change}base", X, [double, *views, op(change, ["y", 3.0], "y2"), op("sum", ["b"], "s")], of="s", saved=True)
    add(f"view_of_view_{change}middle", X, [double, *views, op(change, ["a", 3.0], "a2"), op("exp", ["b"], "c"), op("sum", ["c"], "s"), op("sum", ["y"], "t")], of=["s", "t"])
add("two_views_base_changed", XW, [double, at("y", [0], "a"), at("y", [sl(), 1], "b"), op("mul_", ["y", "w"], "y2"),
    op("sum", ["a"], "s"), op("sum", ["b"], "t"), op("add", ["s", "t"], "u")], of="u", saved=True)
add("two_views_one_changed", X, [double, at("y", [0], "a"), at("y", [0], "b"), op("exp_", ["a"], "a2"), op("sum", ["b"], "s")], of="s")
add("two_views_both_changed", XW, [double, at("y", [0], "a"), at("y", [1], "b"), at("w", [0], "c"), op("mul_", ["a", "c"], "a2"), op("mul_", ["b", "a"], "b2"), op("sum", ["y"], "s")], of="s", saved=True)
add("view_changed_twice", X, [double, at("y", [0], "a"), op("mul_", ["a", 2.0], "a2"), op("tanh_", ["a"], "a3"), op("sum", ["y"], "s")], of="s")
add("base_then_view_changed", X, [double, at("y", [sl(), 0], "a"), op("mul_", ["y", 2.0], "y2"), op("sigmoid_", ["a"], "a2"), op("mul", ["y", "y"], "z"), op("sum", ["z"], "s")], of="s")
add("transposed_view_changed", {"x": x, "w": T([3, 2])}, [double, op("t", ["y"], "a"), op("mul_", ["a", "w"], "a2"), op("sum", ["y"], "s")], of="s", saved=True)
add("reshaped_view_changed", {"x": x, "w": T([6])}, [double, op("view", ["y"], "a", sizes=[6]), op("mul_", ["a", "w"], "a2"), op("exp", ["y"], "z"), op("sum", ["z"], "s")], of="s")
add("strided_view_changed", {"x": T([4, 4]), "w": T([2, 2])}, [double, at("y", [sl(None, None, 2), sl(1, None, 2)], "a"), op("mul_", ["a", "w"], "a2"), op("sum", ["y"], "s")], of="s", saved=True)
add("squeezed_view_changed", {"x": T([2, 1, 3])}, [double, op("squeeze", ["y", 1], "a"), op("exp_", ["a"], "a2"), op("sum", ["y"], "s")], of="s")
add("unsqueezed_view_changed", X, [double, op("unsqueeze", ["y", 0], "a"), op("exp_", ["a"], "a2"), op("sum", ["y"], "s")], of="s")
add("permuted_view_base_changed", {"x": T([2, 3, 2])}, [double, op("permute", ["y"], "a", sizes=[2, 0, 1]), op("exp_", ["y"], "y2"), op("mul", ["a", "a"], "b"), op("sum", ["b"], "s")], of="s", saved=True)
add("expanded_view_base_changed", {"x": T([1, 3]), "w": w}, [double, op("expand", ["y"], "a", sizes=[2, 3]), op("mul_", ["y", 2.0], "y2"), op("mul", ["a", "w"], "b"), op("sum", ["b"], "s")], of="s")
add("expanded_view_changed_refused", {"x": T([1, 3])}, [double, op("expand", ["y"], "a", sizes=[2, 3]), op("mul_", ["a", 2.0], "a2")])
add("unbound_view_changed_refused", X, [double, op("unbind", ["y"], ["a", "b"], dim=0), op("mul_", ["a", 2.0], "a2")])
add("view_of_leaf_sub_refused", X, [op("t", ["x"], "a"), op("sub_", ["a", 1.0], "b")])
add("view_of_leaf_copy_refused", XW, [at("x", [sl(0, 1)], "a"), at("w", [0], "c"), op("copy_", ["a", "c"], "b")])
add("view_keeps_value_of_base", X, [double, at("y", [0], "a"), op("mul_", ["y", 3.0], "y2"), op("mul", ["a", 2.0], "b"), op("mul_", ["y", 5.0], "y3"), op("sum", ["b"], "s")], of="s")
add("view_saved_then_base_changed_refused", X, [double, at("y", [0], "a"), op("exp", ["a"], "b"), op("mul", ["a", "b"], "c"), op("mul_", ["y", 3.0], "y2"), op("sum", ["c"], "s"), backward("s")])
add("plain_base_gets_history_by_view", {"b": T([2, 3], grad=False), "w": T([3])}, [op("mul", ["b", 1.0], "y"), at("y", [0], "a"), op("mul_", ["a", "w"], "a2"), op("sum", ["y"], "s")], of="s", saved=True)
add("plain_leaf_gets_history", {"b": T([2, 3], grad=False), "w": T([3])}, [op("mul_", ["b", "w"], "c"), op("sum", ["b"], "s")], of="s", saved=True, inplace=True)
add("plain_view_then_base_gets_history", {"b": T([2, 3], grad=False), "w": T([3])}, [op("mul", ["b", 1.0], "y"), at("y", [0], "a"), op("mul_", ["y", "w"], "y2"), op("sum", ["a"], "s")], of="s")
add("root_is_changed_view", X, [double, at("y", [0], "a"), op("mul_", ["a", 3.0], "a2"), op("sum", ["a"], "s")], of="s", saved=True)
add("root_is_view_of_changed_base", {"x": x, "v": T([3], grad=False)}, [double, at("y", [0], "a"), op("mul_", ["y", 3.0], "y2")], of="a", gradient=["v"], saved=True)
add("root_is_view_that_was_changed", {"x": x, "v": T([3], grad=False)}, [double, at("y", [0], "a"), op("mul_", ["a", 3.0], "a2")], of="a", gradient=["v"], saved=True)
add("chain_of_changes", X, [double] + [op(o, ["y"], f"z{i}") for i, o in enumerate(["tanh_", "exp_", "neg_", "abs_", "log_", "sqrt_", "sin_", "cos_", "reciprocal_"]) if o not in ("log_", "sqrt_")] + [op("sum", ["y"], "s")], of="s", saved=True)

# copies into parts
add("copy_whole", XW, [double, op("copy_", ["y", "w"], "z"), op("mul", ["y", "x"], "u"), op("sum", ["u"], "s")], of="s", saved=True)
add("copy_broadcast", {"x": x, "w": T([3])}, [double, op("copy_", ["y", "w"], "z"), op("sum", ["y"], "s")], of="s")
add("copy_converts", {"x": x, "w": T([2, 3], "float64")}, [double, op("copy_", ["y", "w"], "z"), op("sum", ["y"], "s")], of="s")
add("copy_into_slice", {"x": x, "w": T([2])}, [double, at("y", [sl(), 1], "a"), op("copy_", ["a", "w"], "a2"), op("exp", ["y"], "z"), op("sum", ["z"], "s")], of="s", saved=True)
add("copy_into_view_of_view", {"x": x, "w": T([2])}, [double, op("t", ["y"], "a"), at("a", [1], "b"), op("copy_", ["b", "w"], "b2"), op("exp", ["y"], "z"), op("sum", ["z"], "s")], of="s", saved=True)
add("copy_into_plain", {"b": T([2, 3], grad=False), "w": T([3])}, [at("b", [1], "a"), op("copy_", ["a", "w"], "a2"), op("sum", ["b"], "s")], of="s", inplace=True)
add("copy_int", {"i": T([3], "int64"), "x": T([3])}, [op("mul", ["x", 1.0], "y"), op("copy_", ["y", "i"], "z"), op("sum", ["y"], "s")], of="s")
add("copy_shape_refused", {"x": x, "w": T([4])}, [double, op("copy_", ["y", "w"], "z")])
add("copy_between_views_of_one_base", X, [double, at("y", [0], "a"), at("y", [1], "b"), op("copy_", ["a", "b"], "a2"), op("exp", ["y"], "z"), op("sum", ["z"], "s")], of="s")
for name, index, value in [("number", [0], 3.0), ("number_slice", [sl(), sl(1)], -1.0), ("whole", [sl()], 2.0), ("element", [1, 2], 4.0), ("ellipsis", ["ellipsis", 0], 1.5)]:
    add(f"assign_{name}", X, [double, put("y", index, value), op("exp", ["y"], "z"), op("sum", ["z"], "s")], of="s", saved=True)
for name, index, shape in [("row", [0], [3]), ("row_broadcast", [0], [1]), ("element", [0, 1], []), ("column", [sl(), 0], [2]), ("leading_ones", [0], [1, 1, 3]),
                           ("ellipsis", ["ellipsis"], [3]), ("newaxis", ["none", 0], [1, 3]), ("scalar_into_row", [1], []), ("one_into_element", [0, 1], [1])]:
    add(f"assign_tensor_{name}", {"x": x, "w": T(shape)}, [double, put("y", index, "w"), op("mul", ["y", "y"], "z"), op("sum", ["z"], "s")], of="s", saved=True)
for name, index, more, shape in [("ints", ["i"], {"i": {"dtype": "int64", "shape": [2], "data": [1, 0]}}, [2, 3]), ("ints_scalar", ["i"], {"i": {"dtype": "int64", "shape": [2], "data": [1, 0]}}, []),
                                 ("mask", ["b"], {"b": {"dtype": "bool", "shape": [2, 3], "data": [True, False, True, False, False, True]}}, [3]),
                                 ("mask_scalar", ["b"], {"b": {"dtype": "bool", "shape": [2, 3], "data": [True, False, True, False, False, True]}}, []),
                                 ("mask_row", ["b"], {"b": {"dtype": "bool", "shape": [2], "data": [False, True]}}, [1, 3]),
                                 ("int_beside_ints", [0, "i"], {"i": {"dtype": "int64", "shape": [2], "data": [2, 0]}}, [2])]:
    add(f"assign_by_{name}", {"x": x, "w": T(shape), **more}, [double, put("y", index, "w"), op("mul", ["y", "y"], "z"), op("sum", ["z"], "s")], of="s", saved=True)
add("assign_by_mask_number", {"x": x, "b": T([2, 3], "bool")}, [double, put("y", ["b"], 0.0), op("exp", ["y"], "z"), op("sum", ["z"], "s")], of="s", saved=True)
add("assign_by_ints_number", {"x": x, "i": {"dtype": "int64", "shape": [2], "data": [1, 1]}}, [double, put("y", ["i"], 7.0), op("exp", ["y"], "z"), op("sum", ["z"], "s")], of="s", saved=True)
add("assign_shape_refused", {"x": x, "w": T([4])}, [double, put("y", [0], "w")])
add("assign_to_leaf_refused", {"x": x}, [put("x", [0], 1.0)])
add("assign_by_mask_shape_refused", {"x": x, "b": T([3, 2], "bool")}, [double, at("y", ["b"], "a")])
add("assign_dtype_converts", {"x": x, "w": T([3], "float64")}, [double, put("y", [0], "w"), op("sum", ["y"], "s")], of="s")
add("assign_into_ints", {"i": T([2, 3], "int64"), "w": T([3], grad=False)}, [put("i", [0], "w"), put("i", [1, 1], 2.75)], inplace=True)

# double backward through in-place changes
for change in ("mul_", "exp_", "tanh_", "sigmoid_"):
    ins = ["y", "w"] if change == "mul_" else ["y"]
    add(f"double_through_{change}", {"x": T([3], lo=.2, hi=1), "w": T([3])}, [double, op(change, ins, "z"), op("mul", ["y", "x"], "u"), op("sum", ["u"], "s"),
        grad("s", ["x"], ["g"], create_graph=True), op("mul", ["g", "g"], "h"), op("sum", ["h"], "t")], of="t")
add("double_through_view_change", {"x": x, "w": T([3])}, [double, at("y", [0], "a"), op("mul_", ["a", "w"], "a2"), op("mul", ["y", "y"], "u"), op("sum", ["u"], "s"),
    grad("s", ["x", "w"], ["g", "h"], create_graph=True), op("sum", ["g"], "p"), op("sum", ["h"], "q"), op("add", ["p", "q"], "t"), grad("t", ["x", "w"], ["gg", "hh"])])
add("double_through_copy_into_slice", {"x": x, "w": T([3])}, [double, at("y", [0], "a"), op("mul", ["w", "w"], "ww"), op("copy_", ["a", "ww"], "a2"), op("mul", ["y", "y"], "u"), op("sum", ["u"], "s"),
    grad("s", ["x", "w"], ["g", "h"], create_graph=True), op("sum", ["g"], "p"), op("sum", ["h"], "q"), op("add", ["p", "q"], "t"), grad("t", ["x", "w"], ["gg", "hh"])])
add("double_through_base_change", {"x": x}, [double, at("y", [0], "a"), op("mul_", ["y", "y"], "y2"), op("mul", ["a", "a"], "u"), op("sum", ["u"], "s"),
    grad("s", ["x"], ["g"], create_graph=True), op("sum", ["g"], "t"), grad("t", ["x"], ["gg"])])
add("double_through_assignment", {"x": x, "w": T([3])}, [double, op("exp", ["w"], "e"), put("y", [1], "e"), op("mul", ["y", "y"], "u"), op("sum", ["u"], "s"),
    grad("s", ["x", "w"], ["g", "h"], create_graph=True), op("sum", ["g"], "p"), op("sum", ["h"], "q"), op("add", ["p", "q"], "t")], of="t")

# grad with several inputs
add("grad_of_leaf_and_intermediate", XW, [op("mul", ["x", "w"], "y"), op("exp", ["y"], "z"), op("sum", ["z"], "s"), grad("s", ["x", "y", "z"], ["a", "b", "c"])])
add("grad_of_duplicates", XW, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s"), grad("s", ["x", "x", "y", "y"], ["a", "b", "c", "d"])])
add("grad_of_root", XW, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s"), grad("s", ["s", "x"], ["a", "b"])])
add("grad_of_several_outputs", XWV, [op("mul", ["x", "w"], "y"), op("exp", ["x"], "z"), grad(["y", "z"], ["x", "w"], ["a", "b"], gradient=["v", "v"])])
add("grad_leaves_no_grad", XW, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s"), grad("s", ["x"], ["a"])])
add("grad_frees", XW, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s"), grad("s", ["x"], ["a"]), grad("s", ["w"], ["b"])])
add("grad_retains", XW, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s"), grad("s", ["x"], ["a"], retain_graph=True), grad("s", ["w"], ["b"])])
add("grad_frees_only_what_ran", XW, [op("exp", ["x"], "y"), op("exp", ["w"], "z"), op("add", ["y", "z"], "u"), op("sum", ["u"], "s"), grad("s", ["x"], ["a"]), grad("s", ["w"], ["b"])])
add("grad_unused_intermediate", XW, [op("mul", ["x", "w"], "y"), op("exp", ["y"], "z"), op("sum", ["y"], "s"), grad("s", ["z", "y"], ["a", "b"], allow_unused=True)])
add("grad_unused_second_refused", XW, [op("sum", ["x"], "s"), grad("s", ["x", "w"], ["a", "b"])])
add("grad_of_plain_refused", {"x": x, "v": v}, [op("sum", ["x"], "s"), grad("s", ["v"], ["a"])])
add("grad_of_view", {"x": x}, [double, at("y", [0], "a"), op("sum", ["a"], "s"), grad("s", ["a", "y"], ["g", "h"])])
add("grad_of_view_not_used", {"x": x}, [double, at("y", [0], "a"), op("sum", ["y"], "s"), grad("s", ["a"], ["g"], allow_unused=True)])
add("grad_of_changed", {"x": x}, [double, op("exp_", ["y"], "z"), op("sum", ["y"], "s"), grad("s", ["y", "x"], ["g", "h"])])
add("grad_of_one_of_unbound", {"x": x}, [op("mul", ["x", 2.0], "y"), op("unbind", ["y"], ["a", "b"], dim=0), op("mul", ["a", "b"], "c"), op("sum", ["c"], "s"), grad("s", ["a", "y"], ["g", "h"])])
add("grad_nonscalar_refused", XW, [op("mul", ["x", "w"], "y"), grad("y", ["x"], ["a"])])
add("grad_shape_refused", {**XW, "v": T([3, 2], grad=False)}, [op("mul", ["x", "w"], "y"), grad("y", ["x"], ["a"], gradient=["v"])])
add("grad_in_middle_of_chain", {"x": T([], lo=.5)}, [op("exp", ["x"], "a"), op("sin", ["a"], "b"), op("mul", ["b", "a"], "c"), grad("c", ["b", "a", "x"], ["gb", "ga", "gx"])])
add("fourth_derivative", {"x": T([2], "float64", lo=.5)}, [op("sin", ["x"], "y"), op("mul", ["y", "x"], "z"), op("sum", ["z"], "s0")] + sum(
    [[grad(f"s{i}", ["x"], [f"g{i + 1}"], create_graph=True), op("sum", [f"g{i + 1}"], f"s{i + 1}")] for i in range(3)], []), of="s3")
add("hessian_vector_product", {"x": T([3]), "v": T([3], grad=False)}, [op("exp", ["x"], "e"), op("mul", ["e", "x"], "y"), op("sum", ["y"], "s"), grad("s", ["x"], ["g"], create_graph=True), op("mul", ["g", "v"], "h"), op("sum", ["h"], "t"), grad("t", ["x"], ["hv"])])

# kept gradients
add("retain_grad_then_changed", X, [double, op("retain_grad", ["y"], "q"), op("exp_", ["y"], "z"), op("sum", ["y"], "s"), backward("s"), {"op": "grad_of", "in": ["y"], "out": ["g"]}])
add("retain_grad_on_view", X, [double, at("y", [0], "a"), op("retain_grad", ["a"], "q"), op("sum", ["a"], "s"), backward("s"), {"op": "grad_of", "in": ["a"], "out": ["g"]}])
add("retain_grad_on_base_then_view_changed", X, [double, op("retain_grad", ["y"], "q"), at("y", [0], "a"), op("mul_", ["a", 3.0], "a2"), op("sum", ["y"], "s"), backward("s"), {"op": "grad_of", "in": ["y"], "out": ["g"]}])
add("retain_grad_on_view_then_base_changed", X, [double, at("y", [0], "a"), op("retain_grad", ["a"], "q"), op("mul_", ["y", 3.0], "y2"), op("sum", ["a"], "s"), backward("s"), {"op": "grad_of", "in": ["a"], "out": ["g"]}])
add("retain_grad_twice", X, [double, op("retain_grad", ["y"], "q"), op("retain_grad", ["y"], "q2"), op("exp", ["y"], "z"), op("sum", ["z"], "s"), backward("s", retain_graph=True), {"op": "grad_of", "in": ["y"], "out": ["g"]}, backward("s"), {"op": "grad_of", "in": ["y"], "out": ["h"]}])
add("retain_grad_of_root", X, [double, op("sum", ["y"], "s"), op("retain_grad", ["s"], "q"), backward("s"), {"op": "grad_of", "in": ["s"], "out": ["g"]}])
add("retain_grad_of_leaf", X, [op("retain_grad", ["x"], "q"), double, op("sum", ["y"], "s")], of="s")
add("retain_grad_refused", {"v": v}, [op("retain_grad", ["v"], "q")])
add("retain_grad_and_grad", X, [double, op("retain_grad", ["y"], "q"), op("exp", ["y"], "z"), op("sum", ["z"], "s"), grad("s", ["y"], ["h"]), {"op": "grad_of", "in": ["y"], "out": ["g"]}])

# accumulation
add("accumulates_over_graphs", XW, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s"), backward("s"), op("exp", ["x"], "z"), op("sum", ["z"], "t"), backward("t"), {"op": "grad_of", "in": ["x"], "out": ["g"]}])
add("zeroed_between", XW, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s"), backward("s", retain_graph=True), {"op": "zero_grad", "in": ["x"]}, backward("s")])
add("grad_zeroed_in_place", XW, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s"), backward("s", retain_graph=True), {"op": "grad_of", "in": ["x"], "out": ["g"]}, op("zero_", ["g"], "g2"), backward("s")])
add("third_backward_refused", X, [double, op("exp", ["y"], "z"), op("sum", ["z"], "s"), backward("s", retain_graph=True), backward("s", retain_graph=False), backward("s")])
add("create_graph_accumulates", XW, [op("mul", ["x", "w"], "y"), op("mul", ["y", "y"], "z"), op("sum", ["z"], "s"), backward("s", create_graph=True), {"op": "grad_of", "in": ["x"], "out": ["g"]},
    op("mul", ["g", "g"], "h"), op("sum", ["h"], "t"), backward("t"), {"op": "grad_of", "in": ["x"], "out": ["g2"]}])
add("create_graph_twice", {"x": T([3])}, [op("exp", ["x"], "y"), op("sum", ["y"], "s"), backward("s", create_graph=True), backward("s", create_graph=True), {"op": "grad_of", "in": ["x"], "out": ["g"]}, op("sum", ["g"], "t"), grad("t", ["x"], ["h"])])
add("create_graph_twice_drawn", {"x": T([3])}, [op("exp", ["x"], "y"), op("sum", ["y"], "s"), backward("s", create_graph=True), {"op": "grad_of", "in": ["x"], "out": ["g"]}, op("mul", ["g", "g"], "h"), op("sum", ["h"], "t")], of="t", saved=True)
add("shared_parameter", {"x": T([3, 3]), "w": T([3, 3])}, [op("mm", ["x", "w"], "a"), op("tanh", ["a"], "b"), op("mm", ["b", "w"], "c"), op("tanh", ["c"], "d"), op("mm", ["d", "w"], "e"), op("sum", ["e"], "s")], of="s", saved=True)
add("one_operand_twice", X, [op("mul", ["x", "x"], "a"), op("div", ["a", "x"], "b"), op("sub", ["b", "x"], "c"), op("add", ["c", "c"], "d"), op("sum", ["d"], "s")], of="s", saved=True)

# no_grad, detach
add("no_grad_view", X, [double, {"op": "no_grad", "steps": [at("y", [0], "a")]}, op("mul", ["a", "a"], "b")])
add("no_grad_view_changed_refused", X, [double, {"op": "no_grad", "steps": [at("y", [0], "a")]}, op("mul_", ["a", 2.0], "b")])
add("no_grad_view_of_leaf_changed_inside", X, [{"op": "no_grad", "steps": [at("x", [0], "a"), op("mul_", ["a", 2.0], "b")]}, op("exp", ["x"], "y"), op("sum", ["y"], "s")], of="s", inplace=True)
add("no_grad_change_of_base", X, [double, at("y", [0], "a"), {"op": "no_grad", "steps": [op("mul_", ["y", 2.0], "y2")]}, op("sum", ["a"], "s")], of="s")
add("no_grad_change_of_view", X, [double, at("y", [0], "a"), {"op": "no_grad", "steps": [op("mul_", ["a", 2.0], "a2")]}, op("sum", ["y"], "s")], of="s")
add("no_grad_change_of_saved_refused", X, [op("exp", ["x"], "y"), op("sum", ["y"], "s"), {"op": "no_grad", "steps": [op("mul_", ["y", 2.0], "y2")]}, backward("s")])
add("no_grad_change_of_saved_leaf_refused", XW, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s"), {"op": "no_grad", "steps": [op("add_", ["x", 2.0], "x2")]}, backward("s")])
add("no_grad_assign_to_leaf", X, [{"op": "no_grad", "steps": [put("x", [0], 1.0)]}, op("exp", ["x"], "y"), op("sum", ["y"], "s")], of="s", inplace=True)
add("no_grad_nested", X, [{"op": "no_grad", "steps": [{"op": "no_grad", "steps": [op("mul", ["x", 2.0], "a")]}, op("mul", ["x", 3.0], "b")]}, op("mul", ["x", 4.0], "c")])
add("no_grad_unbound_changed", X, [double, {"op": "no_grad", "steps": [op("unbind", ["y"], ["a", "b"], dim=0), op("mul_", ["a", 2.0], "a2")]}])
add("no_grad_descent", {"x": T([3]), "w": T([3])}, sum([[op("mul", ["x", "w"], f"y{i}"), op("sum", [f"y{i}"], f"s{i}"), backward(f"s{i}"), {"op": "grad_of", "in": ["w"], "out": [f"g{i}"]},
    {"op": "no_grad", "steps": [op("sub_", ["w", f"g{i}"], f"w{i}", alpha=.5)]}, {"op": "zero_grad", "in": ["w"]}] for i in range(3)], []), inplace=True)
add("detach_shares_memory", X, [double, op("detach", ["y"], "d"), op("mul_", ["d", 3.0], "d2"), op("sum", ["y"], "s")], of="s")
add("detach_change_of_saved_refused", X, [op("exp", ["x"], "y"), op("detach", ["y"], "d"), op("zero_", ["d"], "d2"), op("sum", ["y"], "s"), backward("s")])
add("detach_of_leaf_changed", X, [op("detach", ["x"], "d"), op("mul_", ["d", 3.0], "d2"), op("exp", ["x"], "y"), op("sum", ["y"], "s")], of="s", inplace=True)
add("detach_then_requires_grad", X, [double, op("detach", ["y"], "d"), {"op": "requires_grad_", "in": ["d"], "out": ["e"]}, op("mul", ["d", "y"], "z"), op("sum", ["z"], "s"), backward("s"), {"op": "grad_of", "in": ["d"], "out": ["g"]}])
add("detach_of_view", X, [double, at("y", [0], "a"), op("detach", ["a"], "d"), op("mul", ["d", "a"], "b"), op("sum", ["b"], "s")], of="s", saved=True)
add("detach_in_place", X, [double, op("detach_", ["y"], "d"), op("mul", ["y", 2.0], "z")])
add("detach_of_view_in_place_refused", X, [double, at("y", [0], "a"), op("detach_", ["a"], "d")])
add("requires_grad_of_result_refused", X, [double, {"op": "requires_grad_", "in": ["y"], "args": {"value": False}, "out": ["z"]}])
add("requires_grad_later", {"v": v}, [op("mul", ["v", 2.0], "y"), {"op": "requires_grad_", "in": ["v"], "out": ["v2"]}, op("mul", ["v", 3.0], "z"), op("sum", ["z"], "s")], of="s")
add("requires_grad_no_more", XW, [op("mul", ["x", "w"], "y"), {"op": "requires_grad_", "in": ["w"], "args": {"value": False}, "out": ["w2"]}, op("sum", ["y"], "s")], of="s")
add("clone_of_leaf_changed", X, [op("clone", ["x"], "y"), op("mul_", ["y", 2.0], "z"), op("sum", ["y"], "s")], of="s", saved=True)

# indices
I = {"i": {"dtype": "int64", "shape": [4], "data": [0, 2, -1, 1]}, "j": {"dtype": "int64", "shape": [4], "data": [1, 0, 3, -4]}, "k": {"dtype": "int64", "shape": [2, 1], "data": [0, 1]},
     "n": {"dtype": "int32", "shape": [2], "data": [1, 1]}, "z": {"dtype": "int64", "shape": [], "data": 1}, "b": {"dtype": "bool", "shape": [3], "data": [True, False, True]},
     "c": {"dtype": "bool", "shape": [3, 4], "data": [True, False, True, False, False, False, True, True, True, False, False, True]}, "e": {"dtype": "int64", "shape": [0], "data": []},
     "t": {"dtype": "bool", "shape": [3], "data": [False, False, False]}}
I["z"]["data"] = [1]
for name, index in {"int_int": [1, 2], "negative": [-1, -2], "step": [sl(None, None, 2), sl(1, None, 2)], "negative_bounds": [sl(-2, -1)], "beyond": [sl(1, 99)], "crossed": [sl(2, 1)], "none_first": ["none"],
                    "none_between": [0, "none", sl(1, 3)], "none_last": ["ellipsis", "none"], "ellipsis_middle": [0, "ellipsis", 1], "ellipsis_only": ["ellipsis"], "all_slices": [sl(), sl()],
                    "ints": ["i"], "ints_ints": ["i", "j"], "ints_grid": ["k", "j"], "slice_ints": [sl(), "j"], "ints_slice": ["i", sl(1, 3)], "int_ints": [0, "j"], "ints_int": ["i", 1],
                    "ints_none_ints": ["i", "none", "j"], "ints_ellipsis_ints": ["i", "ellipsis", "i"], "ellipsis_ints": ["ellipsis", "i"], "int32s": ["n"], "zero_dim": ["z"], "zero_dim_slice": ["z", sl(1, 3)],
                    "mask_row": ["b"], "mask_whole": ["c"], "mask_none_true": ["t"], "mask_and_ints": ["b", "k"], "slice_ints_again": [sl(0, 3), "j"], "empty": ["e"], "mask_slice": ["b", sl(None, None, 2)],
                    "true": [True], "false": [False], "int_none_ints": [1, "none", "j"], "ints_between": [sl(), "j", "none"]}.items():
    shape = [3, 4, 3] if name in ("ints_ellipsis_ints", "ellipsis_ints", "ellipsis_middle") else [3, 4]
    used = {q: I[q] for q in I if q in index}
    probe = oracle.run({"tensors": {"x": T(shape), **used}, "steps": [at("x", index, "y")]})["expect"]
    if "error" in probe:
        add(f"index_{name}_refused", {"x": T(shape), **used}, [at("x", index, "y")])
        continue
    add(f"index_{name}", {"x": T(shape), **used, "v": T(probe["values"]["y"]["shape"], grad=False)}, [at("x", index, "y")], of="y", gradient=["v"], saved=True)
add("index_of_middle", {"x": T([2, 3, 4]), "i": I["i"] | {"data": [0, 2, 1, 1]}, "v": T([2, 4, 4], grad=False)}, [at("x", [sl(), "i"], "y")], of="y", gradient=["v"], saved=True)
add("index_apart", {"x": T([2, 3, 2]), "i": {"dtype": "int64", "shape": [2], "data": [0, 1]}, "v": T([2, 3], grad=False)}, [at("x", ["i", sl(), "i"], "y")], of="y", gradient=["v"], saved=True)
add("index_mask_middle", {"x": T([2, 3, 2]), "b": I["b"], "v": T([2, 2, 2], grad=False)}, [at("x", [sl(), "b"], "y")], of="y", gradient=["v"], saved=True)
add("index_repeated_accumulates", {"x": T([3]), "i": {"dtype": "int64", "shape": [5], "data": [0, 0, 2, 0, 2]}}, [at("x", ["i"], "y"), op("mul", ["y", "y"], "z"), op("sum", ["z"], "s")], of="s")
add("index_twice", {"x": T([3, 4]), "i": I["i"]}, [at("x", ["i"], "y"), at("y", [sl(), "i"], "z"), op("sum", ["z"], "s")], of="s")
add("index_too_many_refused", {"x": T([3, 4])}, [at("x", [0, 0, 0], "y")])
add("index_beyond_refused", {"x": T([3, 4])}, [at("x", [0, 4], "y")])
add("index_below_refused", {"x": T([3, 4])}, [at("x", [-4], "y")])
add("index_ints_beyond_refused", {"x": T([3, 4]), "i": {"dtype": "int64", "shape": [2], "data": [0, 3]}}, [at("x", ["i"], "y")])
add("index_shapes_refused", {"x": T([3, 4]), "i": {"dtype": "int64", "shape": [2], "data": [0, 1]}, "j": {"dtype": "int64", "shape": [3], "data": [0, 1, 2]}}, [at("x", ["i", "j"], "y")])
add("index_mask_refused", {"x": T([3, 4]), "b": {"dtype": "bool", "shape": [4], "data": [True, False, True, True]}}, [at("x", ["b"], "y")])
add("index_of_number_refused", {"x": T([])}, [at("x", [0], "y")])
add("index_float_refused", {"x": T([3]), "f": T([2], grad=False)}, [at("x", ["f"], "y")])
add("double_backward_of_index", {"x": T([3, 4]), "i": I["i"]}, [at("x", ["i"], "y"), op("mul", ["y", "y"], "z"), op("sum", ["z"], "s"), grad("s", ["x"], ["g"], create_graph=True), op("mul", ["g", "g"], "h"), op("sum", ["h"], "t")], of="t")
add("double_backward_of_slice", {"x": T([3, 4])}, [at("x", [sl(1), sl(None, None, 2)], "y"), op("mul", ["y", "y"], "z"), op("sum", ["z"], "s"), grad("s", ["x"], ["g"], create_graph=True), op("mul", ["g", "g"], "h"), op("sum", ["h"], "t")], of="t")

# promotion
kinds = {"f32": T([2], grad=False), "f64": T([2], "float64", grad=False), "i64": T([2], "int64", lo=1, hi=5), "i32": T([2], "int32", lo=1, hi=5), "b": T([2], "bool"),
         "f32s": T([], grad=False), "f64s": T([], "float64", grad=False), "i64s": T([], "int64", lo=1, hi=5), "i32s": T([], "int32", lo=1, hi=5), "bs": T([], "bool")}
names = list(kinds)
for o in ("add", "mul", "div", "sub", "maximum", "eq", "lt", "pow"):
    for group, others in (("tensors", names[:5]), ("scalars", names[5:])):
        steps = []
        for a in names:
            for b in others:
                if o == "sub" and "b" in (a[0], b[0]):
                    continue
                if o == "pow" and (a[0] == "b" or b[0] == "b" or a[0] == "f"):
                    continue
                steps.append(op(o, [a, b], f"{a}_{b}"))
        add(f"promote_{o}_{group}", kinds, steps)
for o in ("add", "mul", "div", "sub"):
    steps = [op(o, [a, n], f"{a}_{k}") for a in names for k, n in (("int", 2), ("float", 1.5), ("true", True)) if not (o == "sub" and (a[0] == "b" or k == "true"))]
    add(f"promote_{o}_number", kinds, steps)
add("promote_sub_bool_refused", kinds, [op("sub", ["b", "b"], "y")])
add("promote_neg_bool_refused", kinds, [op("neg", ["b"], "y")])
add("promote_sub_true_refused", kinds, [op("sub", ["b", 1], "y")])
add("promote_int_division_in_place_refused", {"i": T([2], "int64", lo=1, hi=5)}, [op("div_", ["i", 2], "y")])
add("promote_float_into_int_refused", {"i": T([2], "int64", lo=1, hi=5), "f": T([2], grad=False)}, [op("add_", ["i", "f"], "y")])
add("promote_int_into_bool_refused", {"b": T([2], "bool"), "i": T([2], "int64")}, [op("add_", ["b", "i"], "y")])
add("promote_float_number_into_int_refused", {"i": T([2], "int64")}, [op("mul_", ["i", 1.5], "y")])
add("promote_alpha_refused", {"i": T([2], "int64")}, [op("add", ["i", "i"], "y", alpha=1.5)])
add("promote_double_into_float", {"x": T([2]), "w": T([2], "float64")}, [op("mul", ["x", 1.0], "y"), op("mul_", ["y", "w"], "z"), op("sum", ["y"], "s")], of="s", saved=True)
add("promote_in_place_kinds", {"f": T([2], grad=False), "i": T([2], "int64"), "n": T([2], "int32"), "b": T([2], "bool"), "d": T([2], "float64", grad=False)},
    [op("add_", ["f", "i"], "a"), op("add_", ["f", "d"], "c"), op("mul_", ["i", "b"], "e"), op("add_", ["n", "i"], "g"), op("mul_", ["b", "b"], "h"), op("add_", ["i", 2], "j"), op("sub_", ["d", "n"], "k")], inplace=True)
for a, b in (("float32", "float64"), ("float64", "float32"), ("int64", "float32"), ("bool", "float32"), ("float32", "int32")):
    for o in ("mul", "div", "add"):
        t = {"x": T([2, 2], a, lo=1, hi=3), "w": T([2, 2], b, lo=1, hi=3)}
        add(f"gradient_{o}_{a}_{b}", t, [op(o, ["x", "w"], "y"), op("sum", ["y"], "s")], of="s", saved=True)
add("gradient_zero_dim_double", {"x": T([2, 2]), "w": T([], "float64")}, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s")], of="s", saved=True)
add("gradient_zero_dim_float", {"x": T([2, 2], "float64"), "w": T([])}, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s")], of="s", saved=True)
add("to_chain", {"x": T([2])}, [op("to", ["x"], "a", dtype="float64"), op("exp", ["a"], "b"), op("to", ["b"], "c", dtype="float32"), op("sum", ["c"], "s")], of="s", saved=True)
add("int_arithmetic", {"i": T([6], "int64", lo=-5, hi=5), "j": {"dtype": "int64", "shape": [6], "data": [1, 2, 3, -1, -2, -3]}},
    [op(o, ["i", "j"], o) for o in ("add", "sub", "mul", "div", "maximum", "minimum", "eq", "lt")] + [op(o, ["i"], o) for o in ("neg", "abs", "sign", "square", "relu", "floor", "exp", "sum", "sin", "sigmoid", "sqrt")] + [op("pow", ["i", 3], "cube"), op("amax", ["i"], "top"), op("pow", ["i", 2.0], "p2"), op("pow", ["i", 0], "p0")])
add("int_negative_power_refused", {"i": T([6], "int64", lo=1, hi=5)}, [op("pow", ["i", -1], "p")])
add("int_mean_refused", {"i": T([6], "int64")}, [op("mean", ["i"], "m")])
add("bool_arithmetic", {"b": T([6], "bool"), "c": T([6], "bool")}, [op(o, ["b", "c"], o) for o in ("add", "mul", "eq", "ne", "lt", "maximum", "minimum", "div")] + [op(o, ["b"], o) for o in ("sum", "exp", "sign", "sqrt")] + [op("sum", ["b"], "n", dim=0), op("mul", ["b", 2], "twice"), op("add", ["b", 0.5], "half")])
add("int32_arithmetic", {"i": T([4], "int32", lo=-5, hi=5)}, [op("mul", ["i", "i"], "a"), op("add", ["i", 1], "b"), op("div", ["i", 2], "c"), op("sum", ["i"], "d"), op("neg", ["i"], "e"), op("abs", ["i"], "f")])
add("compare_numbers", {"x": T([4]), "i": T([4], "int64")}, [op(o, [a, n], f"{o}_{a}_{k}") for o in ("eq", "ne", "lt", "le", "gt", "ge") for a in ("x", "i") for k, n in (("int", 1), ("float", .5))])

# nothing at all
for name, shape in {"zero": [0], "rows": [0, 3], "columns": [3, 0], "both": [0, 0], "middle": [2, 0, 3]}.items():
    t = {"x": T(shape), "w": T(shape)}
    add(f"empty_{name}", t, [op("mul", ["x", "w"], "a"), op("exp", ["a"], "b"), op("sum", ["b"], "s")], of="s", saved=True)
    add(f"empty_{name}_mean", t, [op("add", ["x", "w"], "a"), op("mean", ["a"], "s")], of="s")
add("empty_sum_dims", {"x": T([0, 3]), "v": T([3], grad=False)}, [op("sum", ["x"], "y", dim=0)], of="y", gradient=["v"])
add("empty_sum_kept", {"x": T([0, 3]), "v": T([0, 1], grad=False)}, [op("sum", ["x"], "y", dim=1, keepdim=True)], of="y", gradient=["v"])
add("empty_amax_refused", {"x": T([0, 3])}, [op("amax", ["x"], "y", dim=0)])
add("empty_amax_other", {"x": T([0, 3]), "v": T([0], grad=False)}, [op("amax", ["x"], "y", dim=1)], of="y", gradient=["v"])
add("empty_logsumexp", {"x": T([2, 0])}, [op("logsumexp", ["x"], "y", dim=1)])
add("empty_broadcast", {"x": T([0, 3]), "w": T([1, 3])}, [op("mul", ["x", "w"], "y"), op("sum", ["y"], "s")], of="s")
add("empty_broadcast_column", {"x": T([2, 0]), "w": T([2, 1])}, [op("div", ["x", "w"], "y"), op("sum", ["y"], "s")], of="s")
add("empty_mm", {"x": T([2, 0]), "w": T([0, 3])}, [op("mm", ["x", "w"], "y"), op("sum", ["y"], "s")], of="s", saved=True)
add("empty_mm_rows", {"x": T([0, 2]), "w": T([2, 3])}, [op("mm", ["x", "w"], "y"), op("sum", ["y"], "s")], of="s")
add("empty_slice", {"x": T([3])}, [at("x", [sl(1, 1)], "y"), op("sum", ["y"], "s")], of="s")
add("empty_cat", {"x": T([0]), "w": T([2, 3])}, [op("cat", [["x", "w"]], "y", dim=0), op("sum", ["y"], "s")], of="s")
add("empty_reshape", {"x": T([0, 3])}, [op("reshape", ["x"], "y", sizes=[3, 0]), op("sum", ["y"], "s")], of="s")
add("empty_reshape_refused", {"x": T([0, 3])}, [op("reshape", ["x"], "y", sizes=[0, -1])])
add("empty_softmax", {"x": T([0, 3]), "v": T([0, 3], grad=False)}, [op("softmax", ["x"], "y", dim=1)], of="y", gradient=["v"])
add("empty_backward", {"x": T([0])}, [op("exp", ["x"], "y"), backward("y")])
add("empty_unbind", {"x": T([2, 0])}, [op("unbind", ["x"], ["a", "b"], dim=0), op("add", ["a", "b"], "c"), op("sum", ["c"], "s")], of="s")

# gradients of every broadcast shape
for a, b in (([2, 3], []), ([], [2, 3]), ([2, 3], [1]), ([1], [2, 3]), ([2, 3], [3]), ([2, 1], [1, 3]), ([3, 1], [2, 3, 4]), ([1, 1, 1], [2]), ([2, 1, 3], [4, 1]), ([1, 3], [2, 3]), ([], []), ([1], []), ([1, 1], [1])):
    for o in ("add", "sub", "mul", "div", "maximum", "pow"):
        lo = .25 if o == "pow" else -2
        add(f"broadcast_{o}_{'x'.join(map(str, a))}_{'x'.join(map(str, b))}", {"x": T(a, lo=lo), "w": T(b)}, [op(o, ["x", "w"], "y"), op("exp" if o != "pow" else "sin", ["y"], "z"), op("mean", ["z"], "s")], of="s", saved=o in ("mul", "div"))
for o in ("mul_", "add_", "div_", "sub_", "copy_"):
    add(f"broadcast_{o}row", {"x": x, "w": T([3])}, [double, op(o, ["y", "w"], "z"), op("mul", ["y", "y"], "u"), op("sum", ["u"], "s")], of="s")
    add(f"broadcast_{o}number_tensor", {"x": x, "w": T([])}, [double, op(o, ["y", "w"], "z"), op("mul", ["y", "y"], "u"), op("sum", ["u"], "s")], of="s")
add("broadcast_in_place_refused", {"x": T([3]), "w": T([2, 3])}, [double, op("mul_", ["y", "w"], "z")])
add("broadcast_in_place_mismatch_refused", {"x": T([2, 3]), "w": T([4])}, [double, op("add_", ["y", "w"], "z")])
add("broadcast_middle_refused", {"x": T([2, 3, 4]), "w": T([2, 4])}, [op("add", ["x", "w"], "y")])

# in place with operands that are the tensor itself
add("add_self_in_place", X, [double, op("add_", ["y", "y"], "z"), op("sum", ["y"], "s")], of="s", saved=True)
add("mul_self_in_place", X, [double, op("mul_", ["y", "y"], "z"), op("sum", ["y"], "s")], of="s")
add("div_self_in_place", X, [double, op("div_", ["y", "y"], "z"), op("sum", ["y"], "s")], of="s")
add("mul_by_own_view_in_place", X, [double, at("y", [0], "a"), op("mul_", ["y", "a"], "z"), op("sum", ["y"], "s")], of="s")
add("mul_view_by_own_base_part", X, [double, at("y", [0], "a"), at("y", [1], "b"), op("mul_", ["a", "b"], "z"), op("sum", ["y"], "s")], of="s")
add("mul_by_leaf_then_leaf_changed_refused", XW, [double, op("mul_", ["y", "w"], "z"), op("sum", ["y"], "s"), {"op": "no_grad", "steps": [op("mul_", ["w", 2.0], "w2")]}, backward("s")])
add("sub_alpha_in_place", XW, [double, op("sub_", ["y", "w"], "z", alpha=.25), op("sum", ["y"], "s")], of="s", saved=True)
add("fill_by_number", X, [double, op("fill_", ["y", 3.0], "z"), op("mul", ["y", "x"], "u"), op("sum", ["u"], "s")], of="s", saved=True)
add("fill_by_tensor", {"x": x, "w": T([])}, [double, op("fill_", ["y", "w"], "z"), op("mul", ["y", "x"], "u"), op("sum", ["u"], "s")], of="s", saved=True)
add("zero_view", X, [double, at("y", [1], "a"), op("zero_", ["a"], "b"), op("mul", ["y", "x"], "u"), op("sum", ["u"], "s")], of="s", saved=True)
add("fill_view_by_tensor", {"x": x, "w": T([])}, [double, at("y", [sl(), 2], "a"), op("fill_", ["a", "w"], "b"), op("mul", ["y", "x"], "u"), op("sum", ["u"], "s")], of="s", saved=True)
for o in ("exp_", "tanh_", "sigmoid_", "relu_", "neg_", "abs_", "sin_", "cos_", "sqrt_", "log_", "reciprocal_", "zero_"):
    add(f"{o}view", {"x": T([2, 3], lo=.25, hi=1.5)}, [double, at("y", [sl(), 1], "a"), op(o, ["a"], "b"), op("mul", ["y", "y"], "u"), op("sum", ["u"], "s")], of="s", saved=o in ("exp_", "sin_"))
    add(f"{o}saves", {"x": T([2, 3], lo=.25, hi=1.5)}, [double, op(o, ["y"], "b"), op("mul", ["y", "x"], "u"), op("sum", ["u"], "s")], of="s", saved=True)
add("result_saved_then_changed_refused", X, [op("tanh", ["x"], "y"), op("mul_", ["y", 2.0], "z"), op("sum", ["y"], "s"), backward("s")])
add("operand_saved_then_changed_refused", XW, [op("mul", ["x", 2.0], "y"), op("mul", ["y", "w"], "z"), op("add_", ["y", 1.0], "y2"), op("sum", ["z"], "s"), backward("s")])
add("operand_changed_twice_refused", X, [double, op("sin", ["y"], "z"), op("add_", ["y", 1.0], "y2"), op("mul_", ["y", 2.0], "y3"), op("sum", ["z"], "s"), backward("s")])
add("index_changed_refused", {"x": T([3]), "i": {"dtype": "int64", "shape": [2], "data": [0, 1]}}, [at("x", ["i"], "y"), op("add_", ["i", 1], "i2"), op("sum", ["y"], "s"), backward("s")])
add("matrix_changed_refused", {"x": T([2, 2]), "w": T([2, 2])}, [double, op("mm", ["y", "w"], "z"), op("zero_", ["y"], "y2"), op("sum", ["z"], "s"), backward("s")])
add("unneeded_operand_changed", {"x": x, "w": T([2, 3], grad=False)}, [op("mul", ["w", 2.0], "y"), op("mul", ["x", "y"], "z"), op("exp", ["x"], "e"), op("add", ["z", "e"], "u"), op("add_", ["u", 1.0], "u2"), op("sum", ["u"], "s")], of="s")

# refusals by shape and dimension
add("mm_refused", {"x": T([2, 3]), "w": T([2, 3])}, [op("mm", ["x", "w"], "y")])
add("mm_vector_refused", {"x": T([3]), "w": T([3, 2])}, [op("mm", ["x", "w"], "y")])
add("mm_second_vector_refused", {"x": T([2, 3]), "w": T([3])}, [op("mm", ["x", "w"], "y")])
add("mm_dtype_refused", {"x": T([2, 3]), "w": T([3, 2], "float64")}, [op("mm", ["x", "w"], "y")])
add("sum_dim_refused", {"x": T([2, 3])}, [op("sum", ["x"], "y", dim=2)])
add("sum_dim_twice_refused", {"x": T([2, 3])}, [op("sum", ["x"], "y", dim=[0, -2])])
add("softmax_dim_refused", {"x": T([2, 3])}, [op("softmax", ["x"], "y", dim=-3)])
add("cat_sizes_refused", {"x": T([2, 3]), "w": T([2, 4])}, [op("cat", [["x", "w"]], "y", dim=0)])
add("cat_ranks_refused", {"x": T([2, 3]), "w": T([3])}, [op("cat", [["x", "w"]], "y", dim=0)])
add("cat_scalar_refused", {"x": T([]), "w": T([])}, [op("cat", [["x", "w"]], "y", dim=0)])
add("stack_sizes_refused", {"x": T([2, 3]), "w": T([2, 4])}, [op("stack", [["x", "w"]], "y", dim=0)])
add("view_of_transposed_refused", {"x": T([2, 3])}, [op("t", ["x"], "a"), op("view", ["a"], "b", sizes=[6])])
add("reshape_refused", {"x": T([2, 3])}, [op("reshape", ["x"], "b", sizes=[4, 2])])
add("reshape_infer_refused", {"x": T([2, 3])}, [op("reshape", ["x"], "b", sizes=[-1, 4])])
add("reshape_two_inferred_refused", {"x": T([2, 3])}, [op("reshape", ["x"], "b", sizes=[-1, -1])])
add("expand_refused", {"x": T([2, 3])}, [op("expand", ["x"], "b", sizes=[4, 3])])
add("expand_fewer_refused", {"x": T([2, 3])}, [op("expand", ["x"], "b", sizes=[3])])
add("permute_twice_refused", {"x": T([2, 3])}, [op("permute", ["x"], "b", sizes=[0, 0])])
add("permute_count_refused", {"x": T([2, 3])}, [op("permute", ["x"], "b", sizes=[0, 1, 2])])
add("transpose_refused", {"x": T([2, 3])}, [op("transpose", ["x", 0, 2], "b")])
add("t_refused", {"x": T([2, 3, 1])}, [op("t", ["x"], "b")])
add("narrow_refused", {"x": T([2, 3])}, [op("narrow", ["x", 1, 2, 2], "b")])
add("select_refused", {"x": T([2, 3])}, [op("select", ["x", 1, 3], "b")])
add("unsqueeze_refused", {"x": T([2, 3])}, [op("unsqueeze", ["x", 3], "b")])
add("flatten_refused", {"x": T([2, 3, 2])}, [op("flatten", ["x"], "b", start_dim=2, end_dim=1)])
add("where_refused", {"c": T([2], "bool"), "x": T([3]), "w": T([3])}, [op("where", ["c", "x", "w"], "b")])
add("masked_fill_refused", {"c": T([2], "bool"), "x": T([3])}, [op("masked_fill", ["x", "c", 1.0], "b")])
add("as_strided_beyond_refused", {"x": T([6])}, [op("as_strided", ["x", [3, 3], [2, 1]], "b")])

# views of all kinds, twice differentiable, and dots of views
for name, step in {"transpose": op("transpose", ["y", 0, 1], "a"), "permute": op("permute", ["y"], "a", sizes=[1, 0]), "unsqueeze": op("unsqueeze", ["y", -1], "a"), "flatten": op("flatten", ["y"], "a"),
                   "narrow": op("narrow", ["y", 1, 1, 2], "a"), "select": op("select", ["y", 1, -1], "a"), "expand": op("expand", ["y"], "a", sizes=[2, 2, 3]), "view": op("view", ["y"], "a", sizes=[3, -1]),
                   "reshape": op("reshape", ["y"], "a", sizes=[-1]), "as_strided": op("as_strided", ["y", [2, 2], [1, 2], 1], "a"), "as_strided_overlap": op("as_strided", ["y", [3, 3], [1, 1], 1], "a"),
                   "detach": op("detach", ["y"], "a"), "contiguous": op("contiguous", ["y"], "a"), "clone": op("clone", ["y"], "a"), "squeeze_none": op("squeeze", ["y"], "a"), "squeeze_dim_none": op("squeeze", ["y", 0], "a")}.items():
    if name != "detach":
        add(f"view_{name}", X, [double, step, op("mul", ["a", "a"], "b"), op("sum", ["b"], "s")], of="s", saved=True)
    add(f"view_{name}_values", X, [double, step])
    if name not in ("detach",):
        add(f"view_{name}_double", X, [double, step, op("exp", ["a"], "b"), op("sum", ["b"], "s"), grad("s", ["x"], ["g"], create_graph=True), op("mul", ["g", "g"], "h"), op("sum", ["h"], "t"), grad("t", ["x"], ["gg"])])
add("reshape_of_transposed_copies", X, [double, op("t", ["y"], "a"), op("reshape", ["a"], "b", sizes=[6]), op("exp", ["b"], "c"), op("sum", ["c"], "s")], of="s", saved=True)
add("flatten_of_scalar", {"x": T([]), "v": T([1], grad=False)}, [op("flatten", ["x"], "y")], of="y", gradient=["v"], saved=True)
add("cat_of_one", {"x": x, "v": v}, [op("cat", [["x"]], "y", dim=1)], of="y", gradient=["v"], saved=True)
add("cat_twice_the_same", {"x": x, "v": T([4, 3], grad=False)}, [op("cat", [["x", "x"]], "y", dim=0)], of="y", gradient=["v"], saved=True)
add("cat_promotes", {"x": T([2]), "w": T([3], "float64"), "v": T([5], "float64", grad=False)}, [op("cat", [["x", "w"]], "y", dim=0)], of="y", gradient=["v"])
add("stack_last", {"x": T([2]), "w": T([2], grad=False), "v": T([2, 2], grad=False)}, [op("stack", [["x", "w"]], "y", dim=-1)], of="y", gradient=["v"], saved=True)

# operators, twice differentiated with intermediate graphs compared
for name, step in {"where": op("where", ["c", "y", "w"], "z"), "maximum": op("maximum", ["y", "w"], "z"), "minimum": op("minimum", ["w", "y"], "z"), "masked_fill": op("masked_fill", ["y", "c", 2.0], "z"),
                   "amax": op("amax", ["y"], "z", dim=1), "amin_all": op("amin", ["y"], "z"), "logsumexp": op("logsumexp", ["y"], "z", dim=[0, 1]), "softmax0": op("softmax", ["y"], "z", dim=0), "softmax1": op("softmax", ["y"], "z", dim=-1),
                   "mean_dim": op("mean", ["y"], "z", dim=0), "sum_kept": op("sum", ["y"], "z", dim=1, keepdim=True), "silu": op("silu", ["y"], "z"), "gelu": op("gelu", ["y"], "z"), "gelu_tanh": op("gelu", ["y"], "z", approximate="tanh"),
                   "softplus": op("softplus", ["y"], "z"), "relu": op("relu", ["y"], "z"), "sqrt": op("sqrt", ["p"], "z"), "rsqrt": op("rsqrt", ["p"], "z"), "reciprocal": op("reciprocal", ["y"], "z"), "erf": op("erf", ["y"], "z"),
                   "atan": op("atan", ["y"], "z"), "cos": op("cos", ["y"], "z"), "log": op("log", ["p"], "z"), "abs": op("abs", ["y"], "z"), "pow3": op("pow", ["y", 3], "z"), "pow_half": op("pow", ["p", .5], "z"), "pow_one": op("pow", ["y", 1], "z"),
                   "pow_zero": op("pow", ["y", 0], "z"), "pow_tensor": op("pow", ["p", "w"], "z"), "rpow": op("rpow", ["y"], "z", base=2.0), "mm": op("mm", ["y", "m"], "z"), "rsub": op("rsub", ["y", 3.0], "z"), "div_number": op("div", ["y", 3.0], "z"),
                   "div": op("div", ["y", "w"], "z"), "to": op("to", ["y"], "z", dtype="float64"), "stack": op("stack", [["y", "w"]], "z"), "cat": op("cat", [["y", "w"]], "z", dim=1), "unbind": op("unbind", ["y"], ["z", "z1"], dim=1),
                   "sigmoid": op("sigmoid", ["y"], "z"), "tanh": op("tanh", ["y"], "z")}.items():
    t = {"x": T([2, 3], lo=.3, hi=2), "w": T([2, 3]), "c": T([2, 3], "bool"), "m": T([3, 2])}
    add(f"twice_{name}", t, [op("mul", ["x", "x"], "p"), op("mul", ["x", 1.5], "y"), step, op("mul", ["z", "z"], "u"), op("sum", ["u"], "s"),
        grad("s", ["x", "w", "m"], ["g", "h", "k"], create_graph=True, allow_unused=True), op("mul", ["g", "g"], "q"), op("sum", ["q"], "t")], of="t")

# special values
nan = {"dtype": "float32", "shape": [6], "data": ["nan", "inf", "-inf", 0.0, -0.0, 1.0], "requires_grad": True}
for o in ("exp", "log", "sqrt", "rsqrt", "reciprocal", "sin", "tanh", "sigmoid", "abs", "sign", "relu", "square", "softplus", "silu", "atan", "erf", "floor", "round", "neg"):
    add(f"special_{o}", {"x": nan}, [op(o, ["x"], "y"), op("sum", ["y"], "s")], of="s")
for o in ("mul", "div", "add", "sub", "maximum", "minimum", "pow"):
    add(f"special_{o}", {"x": nan, "w": {**nan, "shape": [6, 1]}}, [op(o, ["x", "w"], "y"), op("sum", ["y"], "s")], of="s")
for o in ("sum", "mean", "amax", "amin"):
    add(f"special_{o}", {"x": {**nan, "shape": [2, 3]}, "v": T([2], grad=False)}, [op(o, ["x"], "y", dim=1)], of="y", gradient=["v"])
add("special_logsumexp", {"x": {"dtype": "float32", "shape": [3, 2], "data": ["inf", 0.0, "-inf", "-inf", 1.0, "nan"], "requires_grad": True}, "v": T([3], grad=False)}, [op("logsumexp", ["x"], "y", dim=1)], of="y", gradient=["v"])
add("ties_amax", {"x": {"dtype": "float32", "shape": [2, 3], "data": [1.0, 3.0, 3.0, 2.0, 2.0, 2.0], "requires_grad": True}, "v": T([2], grad=False)}, [op("amax", ["x"], "y", dim=1)], of="y", gradient=["v"])
add("ties_maximum", {"x": {"dtype": "float32", "shape": [2], "data": [1.0, 3.0], "requires_grad": True}, "w": {"dtype": "float32", "shape": [2], "data": [1.0, 2.0], "requires_grad": True}}, [op("maximum", ["x", "w"], "y"), op("sum", ["y"], "s")], of="s")

# random numbers of many shapes and kinds
for seed in (0, 1, 42, 123456789, 2**40 + 7, -5):
    for o, sizes in (("rand", [[1], [2, 3], [15], [16], [17], [0], []]), ("randn", [[2, 3], [15], [16], [17], [24], [31], [], [0]])):
        add(f"random_{o}_{seed}", {}, [op(o, [s], f"a{i}") for i, s in enumerate(sizes)], seed=seed)
    for o in ("rand", "randn"):
        add(f"random_{o}_f64_{seed}", {}, [op(o, [s], f"a{i}", dtype="float64") for i, s in enumerate([[3], [16], [19], [2, 2]])], seed=seed)
    add(f"random_whole_{seed}", {}, [op("randint", [0, 10, [7]], "a"), op("randint", [-5, 5, [2, 3]], "b"), op("randint", [0, 2**40, [3]], "c"), op("randperm", [1], "d"), op("randperm", [7], "e"), op("randint", [3, [4]], "f"), op("randn", [[5]], "g")], seed=seed)
add("random_leaf", {}, [op("randn", [[3]], "a"), {"op": "requires_grad_", "in": ["a"], "out": ["b"]}, op("mul", ["a", "a"], "c"), op("sum", ["c"], "s"), backward("s"), {"op": "grad_of", "in": ["a"], "out": ["g"]}], seed=3)

for p in programs:
    print(json.dumps(p, separators=(",", ":")))
