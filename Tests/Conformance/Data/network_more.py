#!/usr/bin/env python3
"""Writes network_more.jsonl: linear maps, embeddings, attention, dropout, samples.

usage: network_more.py ORACLE_FOLDER > network_more.jsonl
"""
import random
import sys

import operator_programs
import torch.nn.functional as F
from operator_programs import oracle

oracle.FUNCTIONAL |= {
    "bilinear", "dropout", "alpha_dropout", "feature_alpha_dropout", "dropout1d", "dropout2d",
    "dropout3d", "gumbel_softmax", "softmin",
}
plain_resolve = oracle.resolve


def resolve(name):
    if name in ("dropout_", "alpha_dropout_"):
        return lambda x, p=.5, training=True: getattr(F, name[:-1])(x, p, training, inplace=True)
    return plain_resolve(name)


oracle.resolve = resolve
r = random.Random(72)
p = operator_programs.Programs(r, events=False)
T = p.tensor
EVERY_SECOND = {"slice": [None, None, 2]}


def seeded(name, tensors, op, inputs, args=None, before=(), backward=True, after=()):
    steps = [*before, {"op": op, "in": inputs, "args": args or {}, "out": ["y"]}, *after]
    program = {"name": name, "seed": r.randrange(1000), "tensors": tensors, "steps": steps}
    if backward:
        steps.append({"op": "sum", "in": ["y"], "out": ["s"]})
        program["backward"] = {"of": ["s"], "gradient": [None]}
    p.all.append(oracle.run(program, p.events))


# linear, bilinear
for k, shape in enumerate(([3], [2, 3], [2, 2, 3], [2, 1, 2, 3], [0, 3], [2, 0, 3])):
    for i, bias in enumerate((None, [2], [1], [1, 2], [])):
        dtype = ("float32", "float64")[(k + i) % 2]
        tensors = {"x": T(shape, dtype), "w": T([2, 3], dtype)}
        if bias is not None:
            tensors["b"] = T(bias, dtype)
        p.add(f"linear_{k}_{i}", tensors, "linear", list(tensors), twice=i < 2)
for k, (leaf, step) in enumerate((
        ([3, 2], {"op": "transpose", "in": ["a", 0, 1], "out": ["x"]}),
        ([2, 2, 3], {"op": "transpose", "in": ["a", 0, 1], "out": ["x"]}),
        ([2, 2, 6], {"op": "index", "in": ["a"], "index": ["ellipsis", EVERY_SECOND], "out": ["x"]}),
        ([1, 2, 3], {"op": "expand", "in": ["a"], "args": {"sizes": [2, 2, 3]}, "out": ["x"]}))):
    for bias in (True, False):
        tensors = {"a": T(leaf), "w": T([2, 3]), **({"b": T([2])} if bias else {})}
        p.add(f"linear_of_layout_{k}_{bias}", tensors, "linear", ["x", "w"] + ["b"] * bias, before=[step])
p.add("linear_vector_weight", {"x": T([2, 3]), "w": T([3])}, "linear", ["x", "w"])
p.add("linear_partial", {"x": T([2, 3], grad=False), "w": T([2, 3]), "b": T([2], grad=False)}, "linear",
      ["x", "w", "b"])
for k, (x, w, b) in enumerate((([2, 3], [4, 5], None), ([2, 2, 3], [4, 5], [4]), ([2, 3], [4, 3], [5]),
                               ([2, 3], [2, 4, 3], None), ([], [2, 3], None), ([2, 3], [4, 3], [2, 4, 1]))):
    tensors = {"x": T(x), "w": T(w), **({"b": T(b)} if b else {})}
    p.add(f"linear_refused_{k}", tensors, "linear", list(tensors))
for batch in ([], [2], [2, 2]):
    p.add(f"bilinear_{len(batch)}", {"x": T(batch + [3]), "z": T(batch + [2]), "w": T([2, 3, 2]), "b": T([2])},
          "bilinear", ["x", "z", "w", "b"])
p.add("bilinear_refused", {"x": T([2, 3]), "z": T([2, 2]), "w": T([2, 2, 3])}, "bilinear", ["x", "z", "w"])

# embedding
for k, args in enumerate(({}, {"padding_idx": 1}, {"padding_idx": -1}, {"scale_grad_by_freq": True},
                          {"padding_idx": 0, "scale_grad_by_freq": True})):
    for i, shape in enumerate(([], [3], [2, 3], [0, 2])):
        kind = ("int64", "int32")[(k + i) % 2]
        p.add(f"embedding_{k}_{i}", {"i": T(shape, kind, low=0, high=4), "w": T([4, 2])}, "embedding",
              ["i", "w"], args)
p.add("embedding_renormalized",
      {"i": T([2, 2], "int64", low=0, high=4), "w": T([4, 2])}, "embedding", ["i", "w"], {"max_norm": 0.5})
for k, (index, table, args) in enumerate((([4], [4, 2], {}), ([-1], [4, 2], {}), ([0], [4], {}),
                                          ([0], [4, 2], {"padding_idx": 4}), ([0], [4, 2], {"padding_idx": -5}))):
    p.add(f"embedding_refused_{k}", {"i": T([1], "int64", data=index), "w": T(table)}, "embedding", ["i", "w"],
          args)
p.add("embedding_refused_floats", {"i": T([2], grad=False), "w": T([4, 2])}, "embedding", ["i", "w"])

# attention
Q, K = [2, 2, 3, 4], [2, 2, 5, 4]
for dtype in ("float32", "float64"):
    for k, args in enumerate(({}, {"is_causal": True}, {"scale": 0.3}, {"scale": 2.0, "is_causal": True})):
        p.add(f"attention_{dtype}_{k}", {"q": T(Q, dtype), "k": T(K, dtype), "v": T(K, dtype)},
              "scaled_dot_product_attention", ["q", "k", "v"], args)
    for k, (shape, kind, grad) in enumerate((([3, 5], dtype, False), ([1, 5], "bool", False),
                                             ([2, 1, 3, 5], dtype, False), ([2, 3, 5], dtype, False),
                                             ([3, 5], dtype, True), ([2, 2, 3, 5], "bool", False))):
        p.add(f"attention_masked_{dtype}_{k}",
              {"q": T(Q, dtype), "k": T(K, dtype), "v": T(K, dtype), "m": T(shape, kind, grad)},
              "scaled_dot_product_attention", ["q", "k", "v"], {"attn_mask": {"tensor": "m"}})
    p.add(f"attention_shared_{dtype}",
          {"q": T([1, 4, 3, 2], dtype), "k": T([1, 2, 3, 2], dtype), "v": T([1, 2, 3, 2], dtype)},
          "scaled_dot_product_attention", ["q", "k", "v"], {"enable_gqa": True})
for k, (q, key, v) in enumerate((([3, 4], [5, 4], [5, 4]), ([2, 3, 4], [2, 5, 4], [2, 5, 2]),
                                 ([2, 2, 3, 4], [2, 2, 5, 4], [2, 2, 5, 3]), ([1, 2, 2, 3, 4], [1, 2, 2, 5, 4], [1, 2, 2, 5, 4]),
                                 ([2, 2, 3, 4], [1, 2, 5, 4], [1, 2, 5, 4]), ([0, 2, 3, 4], [0, 2, 3, 4], [0, 2, 3, 4]),
                                 ([1, 1, 0, 2], [1, 1, 3, 2], [1, 1, 3, 2]), ([1, 1, 2, 2], [1, 1, 0, 2], [1, 1, 0, 2]))):
    p.add(f"attention_by_operators_{k}", {"q": T(q), "k": T(key), "v": T(v)},
          "scaled_dot_product_attention", ["q", "k", "v"], {"is_causal": k == 1}, twice=k != 5)
p.add("attention_of_heads_together", {"a": T([2, 3, 2, 4]), "k": T(Q), "v": T(Q)},
      "scaled_dot_product_attention", ["q", "k", "v"],
      before=[{"op": "transpose", "in": ["a", 1, 2], "out": ["q"]}])
p.add("attention_of_slices", {"a": T([2, 2, 3, 8]), "k": T(Q), "v": T(Q)}, "scaled_dot_product_attention",
      ["q", "k", "v"],
      before=[{"op": "index", "in": ["a"], "index": ["ellipsis", EVERY_SECOND], "out": ["q"]}])
p.add("attention_that_sees_nothing",
      {"q": T(Q), "k": T(Q), "v": T(Q),
       "m": T([3, 3], "bool", data=[True, True, False, False, False, False, False, True, True])},
      "scaled_dot_product_attention", ["q", "k", "v"], {"attn_mask": {"tensor": "m"}})
seeded("attention_dropped", {"q": T(Q), "k": T(K), "v": T(K)}, "scaled_dot_product_attention",
       ["q", "k", "v"], {"dropout_p": 0.5})
for k, (q, key, v, args) in enumerate((
        ([2, 3, 4], [2, 3, 5], [2, 3, 5], {}), ([4], [4], [4], {}), ([1, 4, 3, 4], [1, 3, 3, 4], [1, 3, 3, 4], {"enable_gqa": True}),
        ([1, 4, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], {}), ([2, 3, 4], [2, 3, 4], [2, 3, 4], {"dropout_p": 1.5}))):
    p.add(f"attention_refused_{k}", {"q": T(q), "k": T(key), "v": T(v)}, "scaled_dot_product_attention",
          ["q", "k", "v"], args)
for k, mask in enumerate((T([3, 3], "int64"), T([3, 3], "float64"), T([4, 3]), T([3]))):
    p.add(f"attention_mask_refused_{k}", {"q": T(Q), "k": T(Q), "v": T(Q), "m": mask},
          "scaled_dot_product_attention", ["q", "k", "v"], {"attn_mask": {"tensor": "m"}})

# dropout
SHAPES = {"dropout": [[4], [3, 4], [2, 3, 2]], "alpha_dropout": [[5], [3, 4]],
          "feature_alpha_dropout": [[3, 2, 2], [2, 3]], "dropout1d": [[3, 4], [2, 3, 2]],
          "dropout2d": [[2, 3, 2, 2], [2, 3, 2]], "dropout3d": [[3, 2, 1, 2], [2, 3, 1, 2, 2]]}
for op, shapes in SHAPES.items():
    for k, shape in enumerate(shapes):
        for q in (0.0, 0.3, 0.5, 1.0):
            for training in (True, False) if q == 0.3 else (True,):
                dtype = ("float32", "float64")[k % 2]
                seeded(f"{op}_{k}_{q}_{training}", {"x": T(shape, dtype)}, op, ["x"],
                       {"p": q, "training": training})
seeded("dropout_transposed", {"a": T([4, 3])}, "dropout", ["x"], {"p": 0.4},
       before=[{"op": "transpose", "in": ["a", 0, 1], "out": ["x"]}])
seeded("dropout_twice", {"x": T([5])}, "dropout", ["x"],
       after=[{"op": "dropout", "in": ["y"], "out": ["y"]}])
for op in ("dropout_", "alpha_dropout_"):
    for q in (0.4, 1.0):
        seeded(f"{op}{q}", {"a": T([3, 3])}, op, ["x"], {"p": q, "training": True},
               before=[{"op": "mul", "in": ["a", "a"], "out": ["x"]}])
for op, x, q in (("dropout", T([3]), 1.5), ("dropout", T([3]), -0.5), ("dropout", T([3], "int64"), 0.5),
                 ("dropout1d", T([3]), 0.5), ("feature_alpha_dropout", T([3]), 0.5)):
    seeded(f"{op}_refused_{q}_{x['dtype']}", {"x": x}, op, ["x"], {"p": q, "training": True})

# samples
for k, shape in enumerate(([5], [3, 4], [2, 3, 2])):
    dtype = ("float32", "float64")[k % 2]
    chances = T(shape, dtype, True, 3, 61)
    seeded(f"bernoulli_{k}", {"x": chances}, "bernoulli", ["x"])
    for hard in (True, False):
        seeded(f"gumbel_softmax_{k}_{hard}", {"x": T(shape, dtype)}, "gumbel_softmax", ["x"],
               {"tau": 0.5, "hard": hard, "dim": -1})
    p.add(f"softmin_{k}", {"x": T(shape, dtype)}, "softmin", ["x"], {"dim": 0})
    for op, more in (("bernoulli_", [0.3]), ("exponential_", [2.0]), ("uniform_", [-1.0, 2.0]),
                     ("normal_", [1.0, 2.0])):
        copy = {"op": "mul", "in": ["x", "x"], "out": ["c"]}
        seeded(f"{op}{k}", {"x": T(shape, dtype)}, op, ["c"] + more, before=[copy])
        if len(shape) > 1:
            seeded(f"{op}transposed_{k}", {"x": T([6, 7], dtype)}, op, ["z"] + more,
                   before=[copy, {"op": "transpose", "in": ["c", 0, 1], "out": ["z"]}])
            seeded(f"{op}sliced_{k}", {"x": T([6, 7], dtype)}, op, ["z"] + more,
                   before=[copy, {"op": "index", "in": ["c"], "index": ["ellipsis", EVERY_SECOND], "out": ["z"]}])
seeded("bernoulli_each", {"x": T([2, 3]), "q": T([3], low=3, high=61)}, "bernoulli_", ["c", "q"],
       before=[{"op": "mul", "in": ["x", "x"], "out": ["c"]}])
for k, (shape, number, again) in enumerate((([6], 1, False), ([6], 3, False), ([2, 5], 2, False), ([6], 8, True),
                                            ([2, 5], 4, True), ([2, 5], 1, True))):
    for dtype in ("float32", "float64"):
        seeded(f"multinomial_{k}_{dtype}", {"x": T(shape, dtype, False, 1, 64)}, "multinomial", ["x"],
               {"num_samples": number, "replacement": again}, backward=False)
for k, (x, number) in enumerate(((T([2], data=[1.0, -1.0]), 1), (T([2], data=[0.0, 0.0]), 1), (T([2], low=1), 3),
                                 (T([2], low=1), 0), (T([2, 2, 2], low=1), 1), (T([2], "int64", low=1), 1),
                                 (T([2], data=["nan", 1.0]), 1))):
    seeded(f"multinomial_refused_{k}", {"x": x}, "multinomial", ["x"], {"num_samples": number}, backward=False)
for k, (op, x, more) in enumerate((("bernoulli_", T([2]), [1.5]), ("exponential_", T([2]), [-1.0]),
                                   ("exponential_", T([2], "int64"), []), ("bernoulli", T([2], low=100), []),
                                   ("bernoulli", T([2], "int64"), []))):
    x.pop("requires_grad", None)
    seeded(f"samples_refused_{k}", {"x": x}, op, ["x"] + more, backward=False)

p.write()
