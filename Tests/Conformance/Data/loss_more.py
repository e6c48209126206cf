#!/usr/bin/env python3
"""Writes loss_more.jsonl: all losses, in many configurations, and what they refuse.

usage: loss_more.py ORACLE_FOLDER > loss_more.jsonl
"""
import random
import sys

import operator_programs
from operator_programs import oracle

oracle.FUNCTIONAL |= {
    "poisson_nll_loss", "gaussian_nll_loss", "margin_ranking_loss", "hinge_embedding_loss",
    "cosine_embedding_loss", "triplet_margin_loss", "soft_margin_loss",
    "multilabel_soft_margin_loss",
}
r = random.Random(71)
p = operator_programs.Programs(r, events=True)
T = p.tensor
REDUCTIONS = ("none", "mean", "sum")
DTYPES = ("float32", "float64")


def probabilities(shape, dtype, grad=True):
    return T(shape, dtype, grad, 3, 61)


def signs(shape, dtype):
    t = T(shape, dtype, False)
    t["data"] = [r.choice((1.0, -1.0)) for _ in t["data"]]
    return t


def classes(shape, count, **more):
    return T(shape, "int64", low=0, high=count, **more)


def pairs(op, first, second, options=({},), shapes=((3,), (2, 3), ())):
    """A loss of two tensors, over reductions, dtypes, shapes and options."""
    for i, reduction in enumerate(REDUCTIONS):
        for k, args in enumerate(options):
            dtype = DTYPES[(i + k) % 2]
            shape = list(shapes[(i + k) % len(shapes)])
            p.add(f"{op}_{reduction}_{k}", {"x": first(shape, dtype), "t": second(shape, dtype)}, op,
                  ["x", "t"], {"reduction": reduction, **args})


def refused(op, k, tensors, inputs, args=None):
    p.add(f"{op}_refused_{k}", tensors, op, inputs, args)


T2 = lambda shape, dtype: T(shape, dtype)  # noqa: E731
pairs("mse_loss", T2, T2)
pairs("l1_loss", T2, T2)
pairs("smooth_l1_loss", T2, T2, ({}, {"beta": 0.25}, {"beta": 0}))
pairs("huber_loss", T2, T2, ({}, {"delta": 0.25}))
pairs("binary_cross_entropy", probabilities, probabilities)
pairs("binary_cross_entropy_with_logits", T2, probabilities)
pairs("kl_div", T2, probabilities)
pairs("kl_div", T2, T2, ({"log_target": True},), shapes=((2, 2),))
pairs("poisson_nll_loss", T2, lambda s, d: T(s, d, True, 16, 256), ({}, {"full": True}))
pairs("poisson_nll_loss", lambda s, d: T(s, d, True, 16, 256), lambda s, d: T(s, d, True, 16, 256),
      ({"log_input": False, "full": True},), shapes=((2, 3),))
pairs("hinge_embedding_loss", T2, signs, ({}, {"margin": 0.5}))
pairs("soft_margin_loss", T2, signs)
pairs("multilabel_soft_margin_loss", T2, probabilities, shapes=((3,), (2, 3)))
p.add("kl_div_batchmean", {"x": T([3, 2]), "t": probabilities([3, 2], "float32")}, "kl_div", ["x", "t"],
      {"reduction": "batchmean"})

# Broadcast, weighted, of other layouts and dtypes.
for op in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"):
    p.add(f"{op}_broadcast", {"x": T([2, 3]), "t": T([3])}, op, ["x", "t"])
    p.add(f"{op}_transposed", {"a": T([3, 2], "float64"), "t": T([2, 3], "float64", False)}, op, ["x", "t"],
          before=[{"op": "transpose", "in": ["a", 0, 1], "out": ["x"]}])
    p.add(f"{op}_promoted", {"x": T([3]), "t": T([3], "float64")}, op, ["x", "t"], twice=False)
    p.add(f"{op}_of_counts", {"x": T([3]), "t": T([3], "int64", low=0, high=4)}, op, ["x", "t"], twice=False)
    refused(op, 0, {"x": T([2, 3]), "t": T([4])}, ["x", "t"])
for op in ("mse_loss", "l1_loss", "huber_loss"):
    for reduction in REDUCTIONS:
        p.add(f"{op}_weighted_{reduction}", {"x": T([2, 2]), "t": T([2, 2]), "w": T([2, 2])}, op,
              ["x", "t"], {"reduction": reduction, "weight": {"tensor": "w"}})
    refused(op, 1, {"x": T([2, 3]), "t": T([2, 3]), "w": T([3])}, ["x", "t"], {"weight": {"tensor": "w"}})
refused("smooth_l1_loss", 2, {"x": T([2]), "t": T([2])}, ["x", "t"], {"beta": -1.0})
refused("huber_loss", 2, {"x": T([2]), "t": T([2])}, ["x", "t"], {"delta": 0.0})

for reduction in REDUCTIONS:
    args = {"reduction": reduction, "weight": {"tensor": "w"}}
    p.add(f"binary_cross_entropy_weighted_{reduction}",
          {"x": probabilities([2, 3], "float64"), "t": probabilities([2, 3], "float64"),
           "w": T([3], "float64", False)}, "binary_cross_entropy", ["x", "t"], args)
    logits = {"x": T([2, 3], "float64"), "t": probabilities([2, 3], "float64"),
              "w": T([2, 1], "float64", False), "q": T([3], "float64", False, 32, 128)}
    p.add(f"binary_cross_entropy_with_logits_weighted_{reduction}",
          {k: v for k, v in logits.items() if k != "q"}, "binary_cross_entropy_with_logits",
          ["x", "t"], args)
    p.add(f"binary_cross_entropy_with_logits_positive_{reduction}", logits,
          "binary_cross_entropy_with_logits", ["x", "t"], {**args, "pos_weight": {"tensor": "q"}})
edge = T([4], data=[0.0, 1.0, 0.0, 1.0])
p.add("binary_cross_entropy_edges", {"x": edge, "t": T([4], grad=False, data=[0.0, 1.0, 1.0, 0.0])},
      "binary_cross_entropy", ["x", "t"], {"reduction": "none"}, twice=False)
for k, bad in enumerate((1.5, -0.5, "nan")):
    refused("binary_cross_entropy", k, {"x": T([2], data=[0.5, bad]), "t": probabilities([2], "float32")},
            ["x", "t"])
refused("binary_cross_entropy", 3, {"x": probabilities([2], "float32"), "t": T([2], data=[0.5, 1.5])},
        ["x", "t"])
refused("binary_cross_entropy", 4, {"x": probabilities([2, 3], "float32"), "t": probabilities([3], "float32")},
        ["x", "t"])
refused("binary_cross_entropy", 5,
        {"x": probabilities([3], "float32"), "t": probabilities([3], "float32"), "w": T([3])}, ["x", "t"],
        {"weight": {"tensor": "w"}})
refused("binary_cross_entropy_with_logits", 0, {"x": T([2, 3]), "t": T([3])}, ["x", "t"])
refused("binary_cross_entropy_with_logits", 1, {"x": T([3]), "t": T([3]), "w": T([3])}, ["x", "t"],
        {"pos_weight": {"tensor": "w"}})

# Classes.
SHAPES = ([4], [3, 4], [2, 3, 2], [2, 3, 1, 2], [1, 3, 2, 1, 2], [0, 3], [0, 3, 2, 2])
for k, shape in enumerate(SHAPES):
    count = shape[0] if len(shape) == 1 else shape[1]
    targets = [] if len(shape) == 1 else shape[:1] + shape[2:]
    for i, reduction in enumerate(REDUCTIONS):
        dtype = DTYPES[(i + k) % 2]
        weight = T([count], dtype, False, 16, 128)
        for op, smoothing in (("nll_loss", 0), ("cross_entropy", 0), ("cross_entropy", 0.2)):
            name = f"{op}_{k}_{reduction}" + ("_smoothed" if smoothing else "")
            tensors = {"x": T(shape, dtype), "t": classes(targets, count)}
            args = {"reduction": reduction}
            if smoothing:
                args["label_smoothing"] = smoothing
            if i != 1 or smoothing:
                tensors["w"] = weight
                args["weight"] = {"tensor": "w"}
            if i != 2:
                args["ignore_index"] = 1
            p.add(name, tensors, op, ["x", "t"], args, twice=k < 4)
    if 0 not in shape:
        for reduction in REDUCTIONS:
            args = {"reduction": reduction, "weight": {"tensor": "w"}, "label_smoothing": 0.1}
            p.add(f"cross_entropy_{k}_{reduction}_of_probabilities",
                  {"x": T(shape), "t": probabilities(shape, "float32"), "w": T([count])},
                  "cross_entropy", ["x", "t"], args, twice=k < 2)
p.add("cross_entropy_of_probabilities_plain", {"x": T([2, 3]), "t": T([2, 3])}, "cross_entropy", ["x", "t"])
p.add("nll_loss_all_ignored", {"x": T([2, 3]), "t": T([2], "int64", data=[-100, -100])}, "nll_loss",
      ["x", "t"], twice=False)
p.add("nll_loss_transposed", {"a": T([3, 2]), "t": classes([2], 3)}, "nll_loss", ["x", "t"],
      before=[{"op": "transpose", "in": ["a", 0, 1], "out": ["x"]}])
p.add("nll_loss_image_of_other_layout", {"a": T([2, 2, 2, 3]), "t": classes([2, 2, 2], 3)}, "nll_loss",
      ["x", "t"], before=[{"op": "movedim", "in": ["a", 3, 1], "out": ["x"]}])
for op in ("nll_loss", "cross_entropy"):
    refused(op, 0, {"x": T([2, 3]), "t": T([2], "int64", data=[1, 3])}, ["x", "t"])
    refused(op, 1, {"x": T([2, 3]), "t": T([2], "int64", data=[1, -1])}, ["x", "t"])
    refused(op, 2, {"x": T([2, 3]), "t": classes([3], 3)}, ["x", "t"])
    refused(op, 3, {"x": T([2, 3, 2]), "t": classes([2, 3], 3)}, ["x", "t"])
    refused(op, 4, {"x": T([2, 3]), "t": classes([2], 3), "w": T([2], grad=False)}, ["x", "t"],
            {"weight": {"tensor": "w"}})
    refused(op, 5, {"x": T([2, 3]), "t": classes([2], 3), "w": T([3])}, ["x", "t"],
            {"weight": {"tensor": "w"}})
    refused(op, 6, {"x": T([2, 3]), "t": T([2], grad=False)}, ["x", "t"])
    refused(op, 7, {"x": T([2, 3, 2, 2]), "t": classes([2, 2, 3], 3)}, ["x", "t"])
    refused(op, 8, {"x": T([]), "t": classes([], 1)}, ["x", "t"])
refused("cross_entropy", 9, {"x": T([2, 3]), "t": classes([2], 3)}, ["x", "t"], {"label_smoothing": 1.5})
refused("cross_entropy", 10, {"x": T([2, 3]), "t": T([2, 3], "int64", low=0, high=1)}, ["x", "t"])
refused("cross_entropy", 11, {"x": T([2, 3]), "t": T([2, 3])}, ["x", "t"], {"ignore_index": 1})
refused("mse_loss", 3, {"x": T([2]), "t": T([2])}, ["x", "t"], {"reduction": "batchmean"})

# Pairs and triples.
for i, reduction in enumerate(REDUCTIONS):
    dtype = DTYPES[i % 2]
    args = {"reduction": reduction}
    p.add(f"gaussian_nll_loss_{reduction}",
          {"x": T([2, 3], dtype), "t": T([2, 3], dtype), "v": T([2, 3], dtype, True, 16, 128)},
          "gaussian_nll_loss", ["x", "t", "v"], {**args, "full": i == 1})
    p.add(f"gaussian_nll_loss_of_rows_{reduction}",
          {"x": T([2, 3], dtype), "t": T([2, 3], dtype), "v": T([[2], [2, 1], [1, 3]][i], dtype, True, 16, 128)},
          "gaussian_nll_loss", ["x", "t", "v"], args)
    p.add(f"margin_ranking_loss_{reduction}",
          {"x": T([3], dtype), "z": T([3], dtype), "t": signs([3], dtype)}, "margin_ranking_loss",
          ["x", "z", "t"], {**args, "margin": [0, 0.5, 1][i]})
    for shape in ([3], [2, 3]):
        p.add(f"cosine_embedding_loss_{len(shape)}_{reduction}",
              {"x": T(shape, dtype), "z": T(shape, dtype), "t": signs(shape[:-1], dtype)},
              "cosine_embedding_loss", ["x", "z", "t"], {**args, "margin": [0, 0.5, 0.1][i]})
    p.add(f"triplet_margin_loss_{reduction}",
          {"x": T([2, 3], dtype), "z": T([2, 3], dtype), "u": T([2, 3], dtype)}, "triplet_margin_loss",
          ["x", "z", "u"], {**args, "margin": 2.0, "p": [2.0, 1, 2.0][i], "swap": i == 2})
p.add("multilabel_soft_margin_loss_weighted", {"x": T([2, 3]), "t": probabilities([2, 3], "float32"), "w": T([3])},
      "multilabel_soft_margin_loss", ["x", "t"], {"weight": {"tensor": "w"}})
refused("gaussian_nll_loss", 0, {"x": T([2]), "t": T([2]), "v": T([2], data=[1.0, -1.0])}, ["x", "t", "v"])
refused("gaussian_nll_loss", 1, {"x": T([2, 3]), "t": T([2, 3]), "v": T([3], low=1)}, ["x", "t", "v"])
refused("margin_ranking_loss", 0, {"x": T([2]), "z": T([1, 2]), "t": T([2])}, ["x", "z", "t"])
refused("cosine_embedding_loss", 0, {"x": T([2, 3]), "z": T([2, 3]), "t": signs([], "float32")}, ["x", "z", "t"])
refused("cosine_embedding_loss", 1, {"x": T([2, 3]), "z": T([2, 3]), "t": signs([2, 3], "float32")},
        ["x", "z", "t"])
refused("triplet_margin_loss", 0, {"x": T([2, 3]), "z": T([3]), "u": T([2, 3])}, ["x", "z", "u"])
refused("triplet_margin_loss", 1, {"x": T([2, 3]), "z": T([2, 3]), "u": T([2, 3])}, ["x", "z", "u"],
        {"margin": 0.0})
refused("soft_margin_loss", 0, {"x": T([2]), "t": T([2])}, ["x", "t"])
p.write()
