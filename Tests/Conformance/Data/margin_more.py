#!/usr/bin/env python3
"""Writes margin_more.jsonl: margin losses of classes, ctc_loss and embedding_bag, and what they refuse.

usage: margin_more.py ORACLE_FOLDER > margin_more.jsonl
"""
import random
import sys

import operator_programs
from operator_programs import oracle

oracle.FUNCTIONAL |= {"multi_margin_loss", "multilabel_margin_loss", "ctc_loss", "embedding_bag"}
r = random.Random(73)
p = operator_programs.Programs(r, events=False)
T = p.tensor
REDUCTIONS = ("none", "mean", "sum")
DTYPES = ("float32", "float64")


def whole(shape, count, dtype="int64"):
    return T(shape, dtype, low=0, high=count)


def listed(data, dtype="int64"):
    return T([len(data)], dtype, data=data)


def labels(shape):
    """Different classes and then -1, in each row."""
    data = []
    for _ in range(shape[0] if len(shape) == 2 else 1):
        order = r.sample(range(shape[-1]), shape[-1])
        given = r.randrange(shape[-1] + 1)
        data += order[:given] + [-1] * (given < shape[-1]) + order[given + 1:]
    return T(shape, "int64", data=data)


def refused(op, k, tensors, inputs, args=None, lists=()):
    p.add(f"{op}_refused_{k}", tensors, op, [*inputs, *lists], args)


# Margins of classes.
for i, reduction in enumerate(REDUCTIONS):
    for k, shape in enumerate(([3, 4], [4], [2, 3])):
        dtype = DTYPES[(i + k) % 2]
        batch = shape[:-1]
        args = {"reduction": reduction, "p": 1 + (i + k) % 2, "margin": [1.0, 0.5, 2][k]}
        tensors = {"x": T(shape, dtype), "t": whole(batch, shape[-1])}
        p.add(f"multi_margin_loss_{k}_{reduction}", tensors, "multi_margin_loss", ["x", "t"], args, saved=k == 0,
              twice=i == k == 0)
        tensors["w"] = T(shape[-1:], dtype, False, 16, 128)
        p.add(f"multi_margin_loss_{k}_{reduction}_weighted", tensors, "multi_margin_loss", ["x", "t"],
              {**args, "weight": {"tensor": "w"}}, saved=k == 2, twice=i == k == 2)
        p.add(f"multilabel_margin_loss_{k}_{reduction}", {"x": T(shape, dtype), "t": labels(shape)},
              "multilabel_margin_loss", ["x", "t"], {"reduction": reduction}, saved=k == 0,
              twice=i == k == 0)
p.add("multi_margin_loss_plain", {"x": T([2, 3]), "t": whole([2], 3)}, "multi_margin_loss", ["x", "t"])
p.add("multi_margin_loss_of_one_row", {"x": T([3]), "t": whole([1], 3)}, "multi_margin_loss", ["x", "t"],
      {"reduction": "none"})
p.add("multi_margin_loss_of_a_number", {"x": T([]), "t": whole([], 1)}, "multi_margin_loss", ["x", "t"])
p.add("multilabel_margin_loss_of_a_number", {"x": T([]), "t": whole([], 1)}, "multilabel_margin_loss", ["x", "t"])
p.add("multilabel_margin_loss_all", {"x": T([2, 2]), "t": T([2, 2], "int64", data=[1, 0, -1, 1])},
      "multilabel_margin_loss", ["x", "t"])
for op, t in (("multi_margin_loss", [0]), ("multilabel_margin_loss", [0, 3])):
    p.add(f"{op}_no_rows", {"x": T([0, 3]), "t": whole(t, 1)}, op, ["x", "t"], {"reduction": "none"}, twice=False)
for op, t in (("multi_margin_loss", whole([3], 2)), ("multilabel_margin_loss", labels([3, 2]))):
    p.add(f"{op}_transposed", {"a": T([2, 3]), "t": t}, op, ["x", "t"], {"reduction": "none"},
          before=[{"op": "transpose", "in": ["a", 0, 1], "out": ["x"]}])
    x = T([2, 3])
    refused(op, 0, {"x": T([2, 3, 4]), "t": whole([2], 3)}, ["x", "t"])
    refused(op, 1, {"x": x, "t": whole([3], 3)}, ["x", "t"])
    refused(op, 2, {"x": T([3, 0]), "t": whole([3], 1)}, ["x", "t"])
    refused(op, 3, {"x": T([3, 2]), "t": whole(t["shape"], 2, "int32")}, ["x", "t"])
    refused(op, 4, {"x": T([3, 2], "int64", low=0, high=3), "t": t}, ["x", "t"])
refused("multi_margin_loss", 5, {"x": x, "t": listed([0, 3])}, ["x", "t"])
refused("multi_margin_loss", 6, {"x": x, "t": listed([-1, 1])}, ["x", "t"])
refused("multi_margin_loss", 7, {"x": x, "t": whole([2], 3)}, ["x", "t"], {"p": 3})
weights = ([2], [1, 3], [3], [3])
for k, shape in enumerate(weights):
    refused("multi_margin_loss", 8 + k,
            {"x": x, "t": whole([2], 3), "w": T(shape, "float64" if k == 2 else "float32", k == 3)}, ["x", "t"],
            {"weight": {"tensor": "w"}})
refused("multi_margin_loss", 12, {"x": x, "t": whole([2, 1], 3)}, ["x", "t"])
refused("multilabel_margin_loss", 5, {"x": T([3]), "t": listed([0, 3, -1])}, ["x", "t"])
refused("multilabel_margin_loss", 6, {"x": T([3]), "t": listed([0, -2, 1])}, ["x", "t"])
refused("multilabel_margin_loss", 7, {"x": T([3]), "t": listed([0, 1])}, ["x", "t"])

# Sequences. Log-probabilities come from logits, as they do in networks.
SOFTMAX = [{"op": "log_softmax", "in": ["a"], "args": {"dim": -1}, "out": ["x"]}]


def ctc(name, shape, targets, lengths, args=None, dtype="float32", before=SOFTMAX, **more):
    p.add(f"ctc_loss_{name}", {"a": T(shape, dtype), "t": targets}, "ctc_loss", ["x", "t", *lengths], args,
          before=before, saved=name.startswith(("rows_none", "joined_mean")), **more)


rows = T([3, 3], "int64", data=[1, 2, 2, 3, 1, 9, 2, 9, 9])
for i, reduction in enumerate(REDUCTIONS):
    for k, zero in enumerate((False, True)):
        args = {"reduction": reduction, "zero_infinity": zero}
        dtype = DTYPES[(i + k) % 2]
        ctc(f"rows_{reduction}_{k}", [4, 3, 4], rows, [[4, 3, 2], [3, 2, 1]], args, dtype,
            twice=i == k == 0)
        ctc(f"joined_{reduction}_{k}", [4, 2, 3], listed([1, 2, 2], "int32" if k else "int64"),
            [[4, 3], [2, 1]], args, dtype, twice=i == k == 1)
        ctc(f"one_{reduction}_{k}", [4, 3], listed([0, 2]), [[4], [2]], {**args, "blank": 1}, dtype, twice=False)
    ctc(f"too_long_{reduction}", [3, 2, 3], T([2, 2], "int64", data=[1, 1, 2, 1]), [[2, 3], [2, 2]],
        {"reduction": reduction, "zero_infinity": True}, twice=False)
    ctc(f"nothing_{reduction}", [3, 3, 3], T([3, 1], "int64", data=[1, 2, 1]), [[3, 0, 2], [0, 0, 1]],
        {"reduction": reduction}, "float64", twice=False)
ctc("infinite", [3, 2, 3], T([2, 2], "int64", data=[1, 1, 2, 1]), [[2, 3], [2, 2]], {"reduction": "none"},
    twice=False)
ctc("of_logits", [4, 2, 3], whole([2, 2], 3), [[4, 4], [2, 2]],
    before=[{"op": "transpose", "in": ["a", 0, 0], "out": ["x"]}], twice=False)
ctc("other_layout", [2, 5, 3], T([2, 2], "int64", data=[1, 2, 2, 2]), [[5, 5], [2, 2]], {"reduction": "sum"},
    before=[{"op": "transpose", "in": ["a", 0, 1], "out": ["b"]},
            {"op": "log_softmax", "in": ["b"], "args": {"dim": 2}, "out": ["x"]}])
ctc("of_numbers", [4, 2, 3], T([2, 2], "float32", False, data=[1.0, 2.0, 2.0, 1.0]), [[4, 4], [2, 2]], twice=False)
two = T([2, 2], "int64", data=[1, 2, 2, 1])
for k, (shape, targets, lengths, args) in enumerate((
        ([4, 2, 3], two, [[4, 4], [2, 2]], {"blank": 3}), ([4, 2, 3], two, [[4, 4], [2, 2]], {"blank": -1}),
        ([4, 2, 3], two, [[4], [2, 2]], None), ([4, 2, 3], two, [[4, 4], [2]], None),
        ([4, 2, 3], two, [[5, 4], [2, 2]], None), ([4, 2, 3], two, [[-1, 4], [2, 2]], None),
        ([4, 2, 3], two, [[4, 4], [-1, 2]], None), ([4, 2, 3], two, [[4, 4], [3, 2]], None),
        ([4, 2, 3], listed([1, 2, 2]), [[4, 4], [2, 2]], None),
        ([4, 2, 3], T([1, 2], "int64", data=[1, 2]), [[4, 4], [2, 2]], None),
        ([4, 2, 3], whole([1, 1, 2], 3), [[4, 4], [2, 2]], None),
        ([0, 2, 3], two, [[0, 0], [2, 2]], None), ([3], listed([1]), [[3], [1]], None))):
    refused("ctc_loss", k, {"x": T(shape), "t": targets}, ["x", "t"], args, lengths)

# Bags of rows.
OFFSETS = ([0, 2, 2, 4], [0, 3, 6], [0], [0, 0, 5])


def bag(name, tensors, args, **more):
    inputs = ["i", "w"]
    args = {**args, **{k: {"tensor": n} for n, k in (("o", "offsets"), ("s", "per_sample_weights")) if n in tensors}}
    p.add(f"embedding_bag_{name}", tensors, "embedding_bag", inputs, args, **more)


for i, mode in enumerate(("sum", "mean", "max")):
    for k, offsets in enumerate(OFFSETS):
        dtype = DTYPES[(i + k) % 2]
        args = {"mode": mode}
        if k == 1:
            args["include_last_offset"] = True
        if k == 2:
            args["padding_idx"] = -2
        if k == 3 and mode != "max":
            args["scale_grad_by_freq"] = True
        bag(f"{mode}_{k}", {"i": whole([6], 4, "int32" if k == 3 else "int64"), "w": T([4, 2], dtype),
                            "o": listed(offsets, "int32" if k > 1 else "int64")}, args, twice=k == 0)
    for dtype in DTYPES:
        bag(f"{mode}_rows_{dtype}", {"i": whole([3, 2], 5), "w": T([5, 2], dtype)}, {"mode": mode, "padding_idx": 1},
            saved=False, twice=False)
        bag(f"{mode}_no_indices_{dtype}", {"i": whole([0], 1), "w": T([2, 2], dtype), "o": listed([0, 0])},
            {"mode": mode}, saved=False, twice=False)
    bag(f"{mode}_transposed", {"i": whole([4], 3), "a": T([2, 3]), "o": listed([0, 1])}, {"mode": mode},
        before=[{"op": "transpose", "in": ["a", 0, 1], "out": ["w"]}], saved=False, twice=False)
    bag(f"{mode}_no_bags", {"i": whole([0], 3), "w": T([3, 2]), "o": whole([0], 1)}, {"mode": mode}, twice=False)
for k, dtype in enumerate(DTYPES):
    weights = T([5], dtype)
    tensors = {"i": whole([5], 4), "w": T([4, 2], dtype), "s": weights, "o": listed([0, 2])}
    bag(f"weighted_{dtype}", tensors, {"mode": "sum"})
    bag(f"weighted_padded_{dtype}", tensors, {"mode": "sum", "padding_idx": 0}, saved=False, twice=False)
    bag(f"of_fixed_{dtype}", {**tensors, "w": T([4, 2], dtype, False)}, {"mode": "sum"})
    bag(f"weighted_by_fixed_{dtype}", {**tensors, "s": T([5], dtype, False)},
        {"mode": "sum", "scale_grad_by_freq": True})
    bag(f"weighted_rows_{dtype}", {"i": whole([2, 2], 3), "w": T([3, 2], dtype), "s": T([2, 2], dtype)},
        {"mode": "sum"}, twice=False)
i, o, w = whole([4], 3), listed([0, 2]), T([3, 2])
for k, (tensors, args) in enumerate((
        ({"i": i, "w": w, "o": listed([1, 2])}, {}), ({"i": i, "w": w, "o": listed([0, 5])}, {}),
        ({"i": listed([0, 3]), "w": w, "o": listed([0])}, {}), ({"i": listed([0, -1]), "w": w, "o": listed([0])}, {}),
        ({"i": T([4]), "w": w, "o": o}, {}), ({"i": i, "w": w, "o": T([2])}, {}),
        ({"i": whole([2, 2], 3), "w": w, "o": o}, {}), ({"i": i, "w": w}, {}),
        ({"i": i, "w": w, "o": whole([1, 2], 1)}, {}), ({"i": whole([1, 2, 2], 3), "w": w}, {}),
        ({"i": i, "w": T([3]), "o": o}, {}), ({"i": i, "w": w, "o": whole([0], 1)}, {"include_last_offset": True}),
        ({"i": i, "w": w, "o": o, "s": T([4])}, {}), ({"i": i, "w": w, "o": o, "s": T([3])}, {"mode": "sum"}),
        ({"i": i, "w": w, "o": o, "s": T([4], "float64")}, {"mode": "sum"}),
        ({"i": i, "w": w, "o": o}, {"padding_idx": 3}), ({"i": i, "w": w, "o": o}, {"padding_idx": -4}),
        ({"i": i, "w": w, "o": o}, {"mode": "max", "scale_grad_by_freq": True}),
        ({"i": i, "w": whole([3, 2], 3), "o": o}, {}), ({"i": whole([2, 0], 1), "w": w}, {}))):
    bag(f"refused_{k}", tensors, args)
p.write()
