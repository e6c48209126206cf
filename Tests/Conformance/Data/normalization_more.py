#!/usr/bin/env python3
"""Writes normalization_more.jsonl: normalisations, directions and distances of vectors.

Needs the oracle (oracle.py, which FORMAT.md describes) on the PYTHONPATH, and PyTorch.
"""
import pathlib
import random

import oracle

oracle.FUNCTIONAL |= {"instance_norm", "local_response_norm", "pairwise_distance"}

rng = random.Random(22)
programs = []


def values(shape, dtype="float64", grad=True, positive=False, far=0):
    count = 1
    for size in shape:
        count *= size
    if dtype in ("int64", "int32"):
        return {"dtype": dtype, "shape": list(shape),
                "data": [rng.randint(-4, 4) for _ in range(count)]}
    data = [far + (abs(v) + 0.25 if positive else v)
            for v in (rng.randint(-256, 256) / 128 for _ in range(count))]
    spec = {"dtype": dtype, "shape": list(shape), "data": data}
    if grad:
        spec["requires_grad"] = True
    return spec


def add(name, tensors, steps, of=("y",), **more):
    """A program whose gradient flows in from `of`, a fixed number to each element."""
    program = {"name": name, "tensors": tensors, "steps": steps, "saved": True, **more}
    if not program["saved"]:
        del program["saved"]
    result = oracle.run({"tensors": tensors, "steps": steps})["expect"]
    if "error" not in result:
        roots = [n for n in of if result["values"].get(n, {}).get("requires_grad")]
        for n in roots:
            value = result["values"][n]
            tensors[f"v_{n}"] = values(value["shape"], value["dtype"], grad=False)
        if roots:
            program["backward"] = {"of": roots, "gradient": [f"v_{n}" for n in roots]}
    programs.append(program)


def parameters(size, dtype, which):
    shape = size if isinstance(size, tuple) else (size,)
    return {n: values(shape, dtype) for n in which}


def call(name, op, tensors, inputs, args=None, **more):
    keywords = {n: {"tensor": n} for n in ("weight", "bias", "running_mean", "running_var")
                if n in tensors}
    add(name, tensors, [{"op": op, "in": inputs, "args": {**keywords, **(args or {})},
                         "out": ["y"]}], **more)


def running(channels, dtype="float64"):
    return {"running_mean": values((channels,), dtype, grad=False),
            "running_var": values((channels,), dtype, grad=False, positive=True)}


BOTH = ("weight", "bias")
SUBSETS = ((), ("weight",), ("bias",), BOTH)


def twice(name, op, tensors, inputs, args=None, wrt=("x",), again=("x",)):
    """A gradient with create_graph, of which a second one is taken, and a third."""
    keywords = {n: {"tensor": n} for n in ("weight", "bias", "running_mean", "running_var")
                if n in tensors}
    first = [f"g_{n}" for n in wrt]
    second = [f"h_{n}" for n in again]
    step = {"op": op, "in": inputs, "args": {**keywords, **(args or {})}, "out": ["y"]}
    result = oracle.run({"tensors": tensors, "steps": [step]})["expect"]
    if "error" in result:
        programs.append({"name": name, "tensors": tensors, "steps": [step]})
        return
    tensors["v"] = values(result["values"]["y"]["shape"], result["values"]["y"]["dtype"])
    steps = [
        step,
        {"op": "grad", "of": ["y"], "wrt": list(wrt), "gradient": ["v"], "create_graph": True,
         "out": first},
        *({"op": "mul", "in": [f"g_{n}", f"g_{n}"], "out": [f"s_{n}"]} for n in wrt),
        {"op": "grad", "of": [f"s_{n}" for n in wrt], "wrt": list(again),
         "gradient": [f"u_{n}" for n in wrt], "create_graph": True, "allow_unused": True,
         "out": second},
    ]
    for n in wrt:
        tensors[f"u_{n}"] = values(tensors[n]["shape"], tensors[n]["dtype"], grad=False)
    add(name, tensors, steps, of=tuple(second), saved=name.endswith(("_plain", "_0")))


# Batches: two to five dimensions, training or not, with what parameters.
SHAPES = ((5, 3), (4, 3, 5), (2, 2, 3, 3), (2, 2, 2, 1, 3), (2, 2, 5, 4))
for dtype in ("float32", "float64"):
    for shape in SHAPES:
        for training in (False, True):
            which = SUBSETS[rng.randrange(4)] if dtype == "float32" else BOTH
            call(f"batch_norm_{dtype}_{len(shape)}d_{shape[-1]}_{training}", "batch_norm",
                 {"x": values(shape, dtype), **running(shape[1], dtype),
                  **parameters(shape[1], dtype, which)},
                 ["x"], {"training": training}, inplace=True)
for which in SUBSETS:
    label = "_".join(which) or "plain"
    for training in (False, True):
        call(f"batch_norm_{label}_{training}", "batch_norm",
             {"x": values((3, 2, 4)), **running(2), **parameters(2, "float64", which)},
             ["x"], {"training": training, "momentum": 0.25, "eps": 0.125}, inplace=True)
    call(f"batch_norm_own_{label}", "batch_norm",
         {"x": values((3, 2, 4)), **parameters(2, "float64", which)},
         ["x", None, None], {"training": True})
    call(f"instance_norm_{label}", "instance_norm",
         {"x": values((3, 2, 4)), **running(2), **parameters(2, "float64", which)},
         ["x"], {"momentum": 0.25}, inplace=True)
    call(f"instance_norm_own_{label}", "instance_norm",
         {"x": values((2, 3, 2, 2), "float32"), **parameters(3, "float32", which)}, ["x"])
    call(f"instance_norm_running_{label}", "instance_norm",
         {"x": values((3, 2, 4)), **running(2), **parameters(2, "float64", which)},
         ["x"], {"use_input_stats": False}, inplace=True)
    for dtype in ("float32", "float64"):
        call(f"layer_norm_{label}_{dtype}", "layer_norm",
             {"x": values((3, 5), dtype), **parameters(5, dtype, which)}, ["x", [5]])
        call(f"layer_norm_{label}_{dtype}_two", "layer_norm",
             {"x": values((2, 3, 4), dtype), **parameters((3, 4), dtype, which)}, ["x", [3, 4]],
             {"eps": 0.01})
        call(f"group_norm_{label}_{dtype}", "group_norm",
             {"x": values((2, 6, 5), dtype), **parameters(6, dtype, which)}, ["x", 3])
        call(f"group_norm_{label}_{dtype}_2d", "group_norm",
             {"x": values((3, 4), dtype), **parameters(4, dtype, which)}, ["x", 2],
             {"eps": 0.01})
for dtype in ("float32", "float64"):
    call(f"layer_norm_all_{dtype}", "layer_norm",
         {"x": values((3, 4), dtype), **parameters((3, 4), dtype, BOTH)}, ["x", [3, 4]])
    call(f"layer_norm_wide_{dtype}", "layer_norm",
         {"x": values((17, 9), dtype), **parameters(9, dtype, BOTH)}, ["x", [9]])
    call(f"layer_norm_one_{dtype}", "layer_norm",
         {"x": values((3, 1), dtype), **parameters(1, dtype, BOTH)}, ["x", [1]])
    call(f"group_norm_wide_{dtype}", "group_norm",
         {"x": values((1, 4, 5, 5), dtype), **parameters(4, dtype, BOTH)}, ["x", 2])
    call(f"group_norm_each_{dtype}", "group_norm",
         {"x": values((2, 4, 3, 3), dtype), **parameters(4, dtype, BOTH)}, ["x", 4])
    call(f"group_norm_whole_{dtype}", "group_norm",
         {"x": values((2, 3, 2, 2, 2), dtype), **parameters(3, dtype, BOTH)}, ["x", 1])
    call(f"rms_norm_{dtype}", "rms_norm", {"x": values((3, 5), dtype)}, ["x", [5]])
    call(f"rms_norm_weight_{dtype}", "rms_norm",
         {"x": values((2, 3, 4), dtype), **parameters((3, 4), dtype, ("weight",))},
         ["x", [3, 4]], {"eps": 0.01})
call("rms_norm_mixed", "rms_norm",
     {"x": values((3, 5), "float32"), **parameters(5, "float64", ("weight",))}, ["x", [5]])
call("rms_norm_mixed_too", "rms_norm",
     {"x": values((3, 5)), **parameters(5, "float32", ("weight",))}, ["x", [5]])
for far in (100,):
    call(f"batch_norm_far_{far}", "batch_norm",
         {"x": values((2, 3, 20), "float32", far=far), **parameters(3, "float32", BOTH)},
         ["x", None, None], {"training": True})
    call(f"layer_norm_far_{far}", "layer_norm",
         {"x": values((2, 40), "float32", far=far), **parameters(40, "float32", BOTH)},
         ["x", [40]])
    call(f"group_norm_far_{far}", "group_norm",
         {"x": values((2, 4, 16), "float32", far=far), **parameters(4, "float32", BOTH)},
         ["x", 2])

for dtype in ("float32", "float64"):
    for shape, size in (((2, 4, 3), 2), ((1, 3, 2, 2), 3), ((1, 2, 2, 1, 2), 1), ((1, 2, 2), 3)):
        call(f"local_response_norm_{len(shape)}d_{size}_{dtype}", "local_response_norm",
             {"x": values(shape, dtype)}, ["x", size],
             {"alpha": 0.5, "beta": 0.5, "k": 2} if size == 2 else {})

# Some gradients only, and layouts.
for grads in ("", "x", "w", "b", "wb"):
    tensors = {"x": values((3, 2, 4), grad="x" in grads), "weight": values((2,), grad="w" in grads),
               "bias": values((2,), grad="b" in grads), **running(2)}
    call(f"batch_norm_wrt_{grads or 'none'}", "batch_norm", dict(tensors), ["x"],
         {"training": True}, inplace=True)
    group = {k: v for k, v in tensors.items() if not k.startswith("running")}
    call(f"group_norm_wrt_{grads or 'none'}", "group_norm", dict(group), ["x", 2])
    layer = {"x": values((3, 4), grad="x" in grads), "weight": values((4,), grad="w" in grads),
             "bias": values((4,), grad="b" in grads)}
    call(f"layer_norm_wrt_{grads or 'none'}", "layer_norm", layer, ["x", [4]])
for op, args in (("batch_norm", {"training": True}), ("batch_norm", {}), ("instance_norm", {}),
                 ("group_norm", {"num_groups": 2}), ("layer_norm", {"normalized_shape": [3, 2]})):
    tensors = {"a": values((3, 2, 4)), "b": values((2, 4))}
    sizes = [4]
    if op == "layer_norm":
        steps = [{"op": "transpose", "in": ["a", 0, 2], "out": ["x"]},
                 {"op": "transpose", "in": ["x", 1, 2], "out": ["x"]}]
        tensors["w"] = values((2, 3))
        steps.append({"op": "t", "in": ["w"], "out": ["weight"]})
    else:
        steps = [{"op": "permute", "in": ["a"], "args": {"sizes": [0, 2, 1]}, "out": ["x"]},
                 {"op": "select", "in": ["b", 0, 1], "out": ["weight"]}]
    if op == "batch_norm":
        tensors.update(running(4))
    keywords = {n: {"tensor": n} for n in ("running_mean", "running_var") if n in tensors}
    add(f"{op}_turned_{len(args)}", tensors, steps + [
        {"op": op, "in": ["x"], "args": {"weight": {"tensor": "weight"}, **keywords, **args},
         "out": ["y"]}])
add("layer_norm_expanded", {"a": values((1, 4))}, [
    {"op": "expand", "in": ["a"], "args": {"sizes": [3, 4]}, "out": ["x"]},
    {"op": "layer_norm", "in": ["x", [4]], "out": ["y"]}])
for op, args in (("batch_norm", {"training": True}), ("layer_norm", {"normalized_shape": [4]}),
                 ("group_norm", {"num_groups": 2})):
    for shape in ((0, 2, 4), (3, 2, 0)):
        if op == "layer_norm":
            args = {"normalized_shape": [shape[2]]}
        size = shape[2] if op == "layer_norm" else 2
        call(f"{op}_empty_{shape[0]}", op,
             {"x": values(shape), **parameters(size, "float64", BOTH)},
             ["x", None, None] if op == "batch_norm" else ["x"], args)
    add(f"{op}_of_sum", {"x": values((3, 2, 4), "float32")}, [
        {"op": op, "in": ["x", None, None] if op == "batch_norm" else ["x"], "args": args,
         "out": ["y"]}, {"op": "sum", "in": ["y"], "out": ["z"]}], of=())

# What changes before the backward pass.
add("batch_norm_then_again", {"x": values((3, 2, 4)), **running(2)}, [
    {"op": "batch_norm", "in": ["x", "running_mean", "running_var"], "args": {"training": True},
     "out": ["a"]},
    {"op": "batch_norm", "in": ["a", "running_mean", "running_var"], "args": {"training": False},
     "out": ["y"]}], inplace=True)
add("batch_norm_statistics_changed", {"x": values((3, 2, 4)), **running(2)}, [
    {"op": "batch_norm", "in": ["x", "running_mean", "running_var"], "out": ["y"]},
    {"op": "add_", "in": ["running_mean", 1], "out": ["m"]}], inplace=True)
add("instance_norm_statistics_changed", {"x": values((3, 2, 4)), **running(2)}, [
    {"op": "batch_norm", "in": ["x", "running_mean", "running_var"], "out": ["y"]},
    {"op": "instance_norm", "in": ["x", "running_mean", "running_var"], "out": ["z"]}],
    inplace=True)

# Second and third derivatives.
for training in (True, False):
    for which in ((), BOTH):
        call_tensors = {"x": values((2, 2, 3)), **running(2), **parameters(2, "float64", which)}
        twice(f"batch_norm_twice_{training}_{len(which)}", "batch_norm", call_tensors, ["x"],
              {"training": training}, wrt=("x", *which), again=("x", "v", *which[:1]))
twice("batch_norm_twice_2d", "batch_norm", {"x": values((3, 2)), **parameters(2, "float64", BOTH)},
      ["x", None, None], {"training": True}, wrt=("x",), again=("x",))
twice("batch_norm_twice_of_weight", "batch_norm",
      {"x": values((2, 3, 2, 2)), **parameters(3, "float64", BOTH)}, ["x", None, None],
      {"training": True}, wrt=("weight",), again=("x", "v"))
for which in ((), BOTH):
    label = "_".join(which) or "plain"
    twice(f"layer_norm_twice_{label}", "layer_norm",
          {"x": values((3, 4)), **parameters(4, "float64", which)}, ["x", [4]],
          wrt=("x", *which), again=("x", "v", *(n for n in which if n == "weight")))
    twice(f"group_norm_twice_{label}", "group_norm",
          {"x": values((1, 4, 2)), **parameters(4, "float64", which)}, ["x", 2],
          wrt=("x", *which), again=("x", "v", *(n for n in which if n == "weight")))
    twice(f"instance_norm_twice_{label}", "instance_norm",
          {"x": values((2, 2, 3)), **parameters(2, "float64", which)}, ["x"],
          wrt=("x",), again=("x", "v"))
twice("layer_norm_twice_two", "layer_norm", {"x": values((2, 2, 3), "float32"),
                                            **parameters((2, 3), "float32", BOTH)},
      ["x", [2, 3]], wrt=("x", "weight"), again=("x", "weight"))
twice("layer_norm_twice_of_weight", "layer_norm",
      {"x": values((3, 4)), **parameters(4, "float64", BOTH)}, ["x", [4]],
      wrt=("weight", "bias"), again=("x", "v"))
twice("group_norm_twice_of_weight", "group_norm",
      {"x": values((1, 4, 2)), **parameters(4, "float64", BOTH)}, ["x", 2],
      wrt=("weight", "bias"), again=("x", "v"))
twice("rms_norm_twice", "rms_norm", {"x": values((3, 4)), **parameters(4, "float64", ("weight",))},
      ["x", [4]], wrt=("x", "weight"), again=("x", "weight", "v"))
twice("local_response_norm_twice", "local_response_norm", {"x": values((1, 2, 2))}, ["x", 2],
      again=("x", "v"))
twice("normalize_twice", "normalize", {"x": values((2, 3))}, ["x"], again=("x", "v"))
for op in ("cosine_similarity", "pairwise_distance"):
    twice(f"{op}_twice", op, {"x": values((2, 3)), "z": values((2, 3))}, ["x", "z"],
          wrt=("x", "z"), again=("x", "v"))

# Vectors.
for dtype in ("float32", "float64"):
    for p in (0, 0.5, 1, 1.5, 2, 2.0, 3):
        call(f"normalize_{p}_{dtype}", "normalize", {"x": values((3, 4), dtype)}, ["x"], {"p": p})
        if p:
            call(f"pairwise_distance_{p}_{dtype}", "pairwise_distance",
                 {"x": values((3, 4), dtype), "z": values((3, 4), dtype)}, ["x", "z"],
                 {"p": p, "keepdim": p == 1})
    for dim in (0, -1, [0, 2], [1]):
        call(f"normalize_dim_{dim}_{dtype}", "normalize", {"x": values((2, 3, 2), dtype)}, ["x"],
             {"dim": dim, "eps": 0.5})
    for dim in (0, 1, -1):
        call(f"cosine_similarity_{dim}_{dtype}", "cosine_similarity",
             {"x": values((2, 3, 2), dtype), "z": values((2, 3, 2), dtype)}, ["x", "z"],
             {"dim": dim})
for i, (a, b) in enumerate([((2, 3), (3,)), ((3,), (2, 3)), ((2, 1, 3), (2, 1)), ((3,), (3,)),
                            ((2, 3), (2, 3)), ((), ()), ((2, 0), (2, 0)), ((0, 3), (0, 3)),
                            ((2, 3), (1, 3)), ((2, 3), (2, 4))]):
    for op in ("cosine_similarity", "pairwise_distance"):
        args = {"dim": -1} if op == "cosine_similarity" else {}
        call(f"{op}_shapes_{i}", op, {"x": values(a), "z": values(b)}, ["x", "z"], args)
for i, (a, b) in enumerate([("float32", "float64"), ("float64", "int64"), ("int64", "int64"),
                            ("int32", "float32")]):
    for op in ("cosine_similarity", "pairwise_distance"):
        call(f"{op}_dtypes_{i}", op, {"x": values((2, 3), a), "z": values((2, 3), b)}, ["x", "z"])
zero = {"dtype": "float64", "shape": [2, 3], "data": [0, 0, 0, 1, -2, 2], "requires_grad": True}
call("normalize_zero", "normalize", {"x": dict(zero)}, ["x"])
call("cosine_similarity_zero", "cosine_similarity", {"x": dict(zero), "z": values((2, 3))},
     ["x", "z"])
call("cosine_similarity_same", "cosine_similarity", {"x": values((2, 3))}, ["x", "x"])
call("pairwise_distance_same", "pairwise_distance", {"x": values((2, 3))}, ["x", "x"])
call("pairwise_distance_eps", "pairwise_distance", {"x": values((2, 3)), "z": values((2, 3))},
     ["x", "z"], {"eps": 0.5})

# Refusals.
X = (4, 6, 5)
for i, (op, inputs, args, more) in enumerate([
    ("batch_norm", ["x", None, None], {}, {}),
    ("batch_norm", ["x", "m", None], {}, {"m": (6,)}),
    ("batch_norm", ["x", "m", None], {"training": True}, {"m": (6,)}),
    ("batch_norm", ["x", None, "m"], {"training": True}, {"m": (6,)}),
    ("batch_norm", ["x", "m", "n"], {}, {"m": (3,), "n": (6,)}),
    ("batch_norm", ["x", "m", "n"], {"training": True}, {"m": (6,), "n": (7,)}),
    ("batch_norm", ["x", "m", "n", "w"], {"training": True}, {"m": (6,), "n": (6,), "w": (5,)}),
    ("batch_norm", ["x", "m", "n", None, "w"], {}, {"m": (6,), "n": (6,), "w": (5,)}),
    ("batch_norm", ["x", None, None], {"training": True, "eps": 0}, {}),
    ("batch_norm", ["x", None, None], {"training": True, "eps": -0.5}, {}),
    ("batch_norm", ["x", "m", "m"], {"eps": -0.5}, {"m": (6,)}),
    ("batch_norm", ["o", None, None], {"training": True}, {"o": (1, 3)}),
    ("batch_norm", ["o", None, None], {"training": True}, {"o": (1, 3, 1, 1)}),
    ("batch_norm", ["i", None, None], {"training": True}, {}),
    ("batch_norm", ["f", None, None, "w"], {"training": True}, {"w": (3,)}),
    ("batch_norm", ["f", "w", "w"], {"training": True}, {"w": (3,)}),
    ("batch_norm", ["x", "m", "m", "w"], {}, {"m": (6,), "w": (2, 3)}),
    ("batch_norm", ["x", "r", "m"], {}, {"m": (6,), "r": "grad"}),
    ("instance_norm", ["x"], {"use_input_stats": False}, {}),
    ("instance_norm", ["x", "m", "n"], {"use_input_stats": False}, {"m": (3,), "n": (6,)}),
    ("instance_norm", ["x", "m", "n"], {}, {"m": (6,), "n": (3,)}),
    ("instance_norm", ["x", None, None, "w"], {}, {"w": (5,)}),
    ("instance_norm", ["x", None, None, None, "w"], {}, {"w": (5,)}),
    ("instance_norm", ["x", None, None, None, "w"], {}, {"w": (2, 3)}),
    ("instance_norm", ["x", "m", None], {}, {"m": (6,)}),
    ("instance_norm", ["o"], {}, {"o": (2, 3, 1)}),
    ("instance_norm", ["o"], {}, {"o": (2, 3)}),
    ("instance_norm", ["o"], {}, {"o": (3,)}),
    ("instance_norm", ["x"], {"eps": 0}, {}),
    ("instance_norm", ["i"], {}, {}),
    ("instance_norm", ["f", "w", "w"], {}, {"w": (3,)}),
    ("instance_norm", ["f", None, None, "w"], {}, {"w": (3,)}),
    ("layer_norm", ["x", []], {}, {}),
    ("layer_norm", ["x", [6]], {}, {}),
    ("layer_norm", ["x", [6, 5], "w"], {}, {"w": (5,)}),
    ("layer_norm", ["x", [5], "w", "b"], {}, {"w": (5,), "b": (6,)}),
    ("layer_norm", ["x", [4, 6, 5, 1]], {}, {}),
    ("layer_norm", ["i", [4]], {}, {}),
    ("layer_norm", ["f", [4], "w"], {}, {"w": (4,)}),
    ("layer_norm", ["x", [5], "g"], {}, {}),
    ("group_norm", ["x", 4], {}, {}),
    ("group_norm", ["x", 0], {}, {}),
    ("group_norm", ["x", -1], {}, {}),
    ("group_norm", ["o", 1], {}, {"o": (3,)}),
    ("group_norm", ["o", 3], {}, {"o": (1, 3)}),
    ("group_norm", ["o", 1], {}, {"o": (1, 1, 1)}),
    ("group_norm", ["o", 1], {}, {"o": (1, 3)}),
    ("group_norm", ["x", 3, "w"], {}, {"w": (5,)}),
    ("group_norm", ["x", 3, "w"], {}, {"w": (2, 3)}),
    ("group_norm", ["x", 3, "w", "b"], {}, {"w": (6,), "b": (5,)}),
    ("group_norm", ["i", 3], {}, {}),
    ("group_norm", ["f", 3, "w"], {}, {"w": (3,)}),
    ("rms_norm", ["x", []], {}, {}),
    ("rms_norm", ["x", [6]], {}, {}),
    ("rms_norm", ["x", [5], "w"], {}, {"w": (6,)}),
    ("rms_norm", ["i", [4]], {}, {}),
    ("rms_norm", ["o", [1]], {}, {"o": ()}),
    ("normalize", ["i"], {}, {}),
    ("normalize", ["x"], {"dim": 3}, {}),
    ("normalize", ["o"], {}, {"o": (3,)}),
    ("cosine_similarity", ["x", "x"], {"dim": 3}, {}),
    ("cosine_similarity", ["x", "x"], {"eps": -1}, {}),
    ("cosine_similarity", ["o", "o"], {}, {"o": (3,)}),
]):
    tensors = {}
    for n in {n for n in inputs if isinstance(n, str)}:
        if n == "x":
            tensors[n] = values(X)
        elif n == "i":
            tensors[n] = values((2, 3, 4), "int64")
        elif n == "f":
            tensors[n] = values((2, 3, 4), "float32")
        elif n == "g":
            tensors[n] = values((5,), "float32")
        elif more.get(n) == "grad":
            tensors[n] = values((6,))
        else:
            tensors[n] = values(more[n], grad=n not in "mn" and inputs[0] != "f", positive=n in "mn")
    add(f"refused_{op}_{i}", tensors, [{"op": op, "in": inputs, "args": args, "out": ["y"]}])


if __name__ == "__main__":
    results = [oracle.run(p) for p in programs]
    oracle.write(results, pathlib.Path(__file__).with_suffix(".jsonl"))
