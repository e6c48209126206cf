#!/usr/bin/env python3
"""Writes view_more.jsonl: operators on views and indices beyond the family `view`.

Usage: view_more.py FOLDER > view_more.jsonl, where FOLDER holds oracle.py, which runs the programs
in PyTorch (see FORMAT.md).
"""
import json
import random
import sys

sys.path.insert(0, sys.argv[1])
import oracle  # noqa: E402

rng = random.Random(3)
programs = []


def tensor(shape, kind="float32", grad=True, low=-128, high=128):
    count = 1
    for size in shape:
        count *= size
    if kind == "bool":
        data = [rng.random() < 0.5 for _ in range(count)]
    elif kind.startswith("int"):
        data = [rng.randrange(low, high) for _ in range(count)]
    else:
        data = [rng.randrange(low, high) / 64 for _ in range(count)]
    made = {"dtype": kind, "shape": shape, "data": data}
    if grad and kind.startswith("float"):
        made["requires_grad"] = True
    return made


def values(shape, kind, data):
    return {"dtype": kind, "shape": shape, "data": data}


def index(shape, size, start=0):
    return tensor(shape, "int64", low=start, high=size)


def add(name, tensors, op, inputs, args=None, outs=("y",), before=(), inplace=False, dtypes=False):
    """A program of one operator; its results' gradients, also doubly where they require one."""
    steps = list(before) + [{"op": op, "in": inputs, "args": args or {}, "out": list(outs)}]
    program = {"name": name, "tensors": tensors, "steps": steps, "saved": True}
    if inplace:
        program["inplace"] = True
    trial = oracle.run(json.loads(json.dumps(program)), events=False)
    found = trial["expect"]
    if "error" not in found:
        roots = [out for out in outs if found["values"].get(out, {}).get("requires_grad")]
        if roots:
            gradients = []
            for i, root in enumerate(roots):
                value = found["values"][root]
                tensors[f"g{i}"] = tensor(value["shape"], value["dtype"], grad=False)
                gradients.append(f"g{i}")
            program["backward"] = {"of": roots, "gradient": gradients}
    programs.append(program)
    if dtypes or "error" in found or "backward" not in program:
        return
    leaves = [n for n, t in tensors.items() if t.get("requires_grad")]
    twice = {"name": name + "_twice", "tensors": json.loads(json.dumps(tensors)), "saved": True}
    gradients = []
    for name in program["backward"]["gradient"]:
        twice["tensors"][name]["requires_grad"] = True
        gradients.append(name)
    names = [f"d_{leaf}" for leaf in leaves]
    twice["steps"] = steps + [{
        "op": "grad", "of": roots, "wrt": leaves, "gradient": gradients, "create_graph": True,
        "allow_unused": True, "out": names}]
    trial = oracle.run(json.loads(json.dumps(twice)), events=False)["expect"]
    if "error" in trial:
        return
    roots = [n for n in names if trial["values"].get(n, {}).get("requires_grad")]
    if not roots:
        return
    gradients = []
    for i, root in enumerate(roots):
        value = trial["values"][root]
        twice["tensors"][f"h{i}"] = tensor(value["shape"], value["dtype"], grad=False)
        gradients.append(f"h{i}")
    twice["backward"] = {"of": roots, "gradient": gradients}
    programs.append(twice)


def x(*shape):
    return {"x": tensor(list(shape))}


def refused(name, tensors, op, inputs, args=None):
    add("refused_" + name, tensors, op, inputs, args)


T = {"op": "t", "in": ["x"], "out": ["xt"]}

# Along dimensions, by an index
add("gather_last", {**x(3, 4), "i": index([3, 2], 4)}, "gather", ["x", -1, "i"])
add("gather_less", {**x(3, 4), "i": index([2, 5], 4)}, "gather", ["x", 1, "i"])
add("gather_empty", {**x(3, 4), "i": index([3, 0], 4)}, "gather", ["x", 1, "i"])
add("gather_number", {**x(), "i": index([], 1)}, "gather", ["x", 0, "i"])
add("gather_strided", {**x(3, 4), "i": index([2, 3], 4)}, "gather", ["xt", 0, "i"], before=[T])
add("gather_int32", {**x(3, 4), "i": {**index([3, 2], 4), "dtype": "int32"}}, "gather", ["x", 1, "i"])
for kind in ("float64", "int64", "int32", "bool"):
    add(f"gather_{kind}", {"x": tensor([3, 4], kind, grad=False), "i": index([3, 2], 4)}, "gather",
        ["x", 1, "i"], dtypes=True)
refused("gather_range", {**x(3, 4), "i": values([1, 1], "int64", [4])}, "gather", ["x", 1, "i"])
refused("gather_negative", {**x(3, 4), "i": values([1, 1], "int64", [-1])}, "gather", ["x", 1, "i"])
refused("gather_rank", {**x(3, 4), "i": index([3], 3)}, "gather", ["x", 1, "i"])
refused("gather_larger", {**x(3, 4), "i": index([4, 2], 3)}, "gather", ["x", 1, "i"])
refused("gather_dim", {**x(3, 4), "i": index([3, 4], 3)}, "gather", ["x", 2, "i"])

add("index_select_last", {**x(3, 4), "i": index([5], 4)}, "index_select", ["x", -1, "i"])
add("index_select_none", {**x(3, 4), "i": index([0], 4)}, "index_select", ["x", 1, "i"])
add("index_select_number", {**x(), "i": index([1], 1)}, "index_select", ["x", 0, "i"])
add("index_select_bare", {**x(3, 4), "i": index([], 3)}, "index_select", ["x", 0, "i"])
add("index_select_strided", {**x(3, 4), "i": index([3], 4)}, "index_select", ["xt", 0, "i"], before=[T])
refused("index_select_matrix", {**x(3, 4), "i": index([2, 2], 3)}, "index_select", ["x", 0, "i"])
refused("index_select_dim", {**x(3, 4), "i": index([2], 3)}, "index_select", ["x", 2, "i"])

add("take_along_dim", {**x(3, 1), "i": index([3, 4], 1)}, "take_along_dim", ["x", "i", 1])
add("take_along_dim_broadcast", {**x(3, 4), "i": index([1, 2], 4)}, "take_along_dim", ["x", "i", -1])
add("take_along_dim_all", {**x(3, 4), "i": index([2, 2], 12)}, "take_along_dim", ["x", "i"])
refused("take_along_dim_rank", {**x(3, 4), "i": index([2], 3)}, "take_along_dim", ["x", "i", 1])
add("take", {**x(3, 4), "i": index([2, 3], 12, -12)}, "take", ["x", "i"])
add("take_strided", {**x(3, 4), "i": index([5], 12)}, "take", ["xt", "i"], before=[T])
refused("take_range", {**x(3, 4), "i": values([1], "int64", [12])}, "take", ["x", "i"])
clone = {"op": "clone", "in": ["x"], "out": ["c"]}
add("put_", {**x(3, 4), "i": values([2], "int64", [5, -1]), "s": tensor([2])}, "put_", ["c", "i", "s"],
    before=[clone])
add("put_accumulate", {**x(3, 4), "i": values([2, 2], "int64", [5, 5, 0, 11]), "s": tensor([4])},
    "put_", ["c", "i", "s"], {"accumulate": True}, before=[clone])
refused("put_count", {**x(3, 4), "i": values([2], "int64", [5, 1]), "s": tensor([3])}, "put",
        ["x", "i", "s"])

# Written along dimensions
places = values([2, 3], "int64", [0, 1, 2, 2, 0, 1])
twice = values([2, 3], "int64", [0, 1, 2, 0, 0, 1])
add("scatter", {**x(3, 3), "i": places, "s": tensor([2, 3])}, "scatter", ["x", 0, "i", "s"])
add("scatter_value", {**x(3, 3), "i": places}, "scatter", ["x", -2, "i", 2.5])
add("scatter_", {**x(3, 3), "i": places, "s": tensor([2, 3])}, "scatter_", ["c", 0, "i", "s"], before=[clone])
add("scatter_value_", {**x(3, 3), "i": places}, "scatter_", ["c", 0, "i", 2.5], before=[clone])
add("scatter_number", {**x(), "i": values([], "int64", [0]), "s": tensor([])}, "scatter", ["x", 0, "i", "s"])
add("scatter_empty", {**x(3, 3), "i": index([0], 1), "s": tensor([2, 3], grad=False)}, "scatter", ["x", 0, "i", "s"])
add("scatter_strided", {**x(4, 3), "i": values([1, 4], "int64", [2, 0, 1, 1]), "s": tensor([1, 4])}, "scatter",
    ["xt", 0, "i", "s"], before=[T])
add("scatter_add_again", {**x(3, 3), "i": twice, "s": tensor([2, 3])}, "scatter_add", ["x", 0, "i", "s"])
add("scatter_add_", {**x(3, 3), "i": twice, "s": tensor([2, 3])}, "scatter_add_", ["c", -2, "i", "s"], before=[clone])
for kind in ("int64", "int32", "bool"):
    for op in ("scatter", "scatter_add"):
        add(f"{op}_{kind}", {"x": tensor([3, 3], kind), "i": places, "s": tensor([2, 3], kind)}, op,
            ["x", 0, "i", "s"], dtypes=True)
refused("scatter_larger", {**x(3, 3), "i": index([2, 4], 3), "s": tensor([2, 4])}, "scatter", ["x", 0, "i", "s"])
refused("scatter_src", {**x(3, 3), "i": places, "s": tensor([2, 2])}, "scatter", ["x", 0, "i", "s"])
refused("scatter_dtype", {**x(3, 3), "i": places, "s": tensor([2, 3], "float64")}, "scatter", ["x", 0, "i", "s"])
refused("scatter_range", {**x(3, 3), "i": values([1, 1], "int64", [3]), "s": tensor([1, 1])}, "scatter",
        ["x", 0, "i", "s"])
for reduce in ("sum", "prod", "mean", "amax", "amin"):
    for include in (True, False):
        add(f"scatter_reduce_{reduce}_{include}", {**x(3, 3), "i": twice, "s": tensor([2, 3])},
            "scatter_reduce", ["x", 0, "i", "s", {"sum": 0}] if False else ["x", 0, "i", "s"],
            {"reduce": reduce, "include_self": include})
        add(f"scatter_reduce_{reduce}_{include}_int64",
            {"x": tensor([3, 3], "int64"), "i": twice, "s": tensor([2, 3], "int64")}, "scatter_reduce",
            ["x", 0, "i", "s"], {"reduce": reduce, "include_self": include})
add("scatter_reduce_zeros", {"x": {**values([4], "float32", [2, 0, 3, 4]), "requires_grad": True},
                             "i": values([4], "int64", [0, 0, 1, 2]),
                             "s": {**values([4], "float32", [0, 5, 6, 0]), "requires_grad": True}},
    "scatter_reduce", ["x", 0, "i", "s"], {"reduce": "prod"})
add("scatter_reduce_ties", {"x": {**values([3], "float32", [2, 0, 3]), "requires_grad": True},
                            "i": values([4], "int64", [0, 0, 0, 2]),
                            "s": {**values([4], "float32", [2, 1, 2, 5]), "requires_grad": True}},
    "scatter_reduce", ["x", 0, "i", "s"], {"reduce": "amax"})
add("scatter_reduce_nan", {"x": values([2], "float32", [1, "nan"]), "i": values([3], "int64", [0, 0, 1]),
                           "s": values([3], "float32", ["nan", 2, 5])},
    "scatter_reduce", ["x", 0, "i", "s"], {"reduce": "amin"})

add("index_add", {**x(3, 2), "i": index([4], 3), "s": tensor([4, 2])}, "index_add", ["x", 0, "i", "s"],
    {"alpha": 2})
add("index_add_one", {**x(3, 2), "i": index([1], 2), "s": tensor([3, 1])}, "index_add", ["x", -1, "i", "s"])
add("index_add_", {**x(3, 2), "i": index([2], 3), "s": tensor([2, 2])}, "index_add_", ["c", 0, "i", "s"],
    before=[clone])
add("index_add_number", {**x(), "i": index([1], 1), "s": tensor([1])}, "index_add", ["x", 0, "i", "s"])
add("index_copy", {**x(3, 2), "i": values([2], "int64", [2, 0]), "s": tensor([2, 2])}, "index_copy",
    ["x", 0, "i", "s"])
add("index_copy_", {**x(3, 2), "i": values([1], "int64", [1]), "s": tensor([3, 1])}, "index_copy_",
    ["c", -1, "i", "s"], before=[clone])
add("index_fill", {**x(3, 2), "i": values([2], "int64", [2, -3])}, "index_fill", ["x", 0, "i", 1.5])
add("index_fill_tensor", {**x(3, 2), "i": values([3], "int64", [2, 0, 2]), "v": tensor([])}, "index_fill",
    ["x", 0, "i", "v"])
add("index_fill_", {**x(3, 2), "i": values([1], "int64", [1])}, "index_fill_", ["c", 1, "i", -2.0], before=[clone])
refused("index_add_count", {**x(3, 2), "i": index([3], 3), "s": tensor([4, 2])}, "index_add", ["x", 0, "i", "s"])
refused("index_add_range", {**x(3, 2), "i": values([1], "int64", [3]), "s": tensor([1, 2])}, "index_add",
        ["x", 0, "i", "s"])
refused("index_add_shape", {**x(3, 2), "i": index([1], 3), "s": tensor([1, 3])}, "index_add", ["x", 0, "i", "s"])
refused("index_copy_range", {**x(3, 2), "i": values([1], "int64", [3]), "s": tensor([1, 2])}, "index_copy",
        ["x", 0, "i", "s"])
refused("index_fill_range", {**x(3, 2), "i": values([1], "int64", [3])}, "index_fill", ["x", 0, "i", 1.0])

# By a mask
mask = values([2, 3], "bool", [True, False, True, True, False, True])
row = values([3], "bool", [True, False, True])
add("masked_select_row", {**x(2, 3), "m": row}, "masked_select", ["x", "m"])
add("masked_select_spread", {**x(3), "m": mask}, "masked_select", ["x", "m"])
add("masked_select_none", {**x(3), "m": values([3], "bool", [False] * 3)}, "masked_select", ["x", "m"])
add("masked_select_number", {**x(), "m": values([], "bool", [True])}, "masked_select", ["x", "m"])
add("masked_scatter", {**x(2, 3), "m": mask, "s": tensor([2, 3])}, "masked_scatter", ["x", "m", "s"])
add("masked_scatter_row", {**x(2, 3), "m": row, "s": tensor([4])}, "masked_scatter", ["x", "m", "s"])
add("masked_scatter_", {**x(2, 3), "m": mask, "s": tensor([5])}, "masked_scatter_", ["c", "m", "s"], before=[clone])
add("masked_fill_tensor", {**x(2, 3), "m": mask, "v": tensor([])}, "masked_fill", ["x", "m", "v"])
add("masked_fill_", {**x(2, 3), "m": row}, "masked_fill_", ["c", "m", 2.5], before=[clone])
add("masked_fill_tensor_", {**x(2, 3), "m": mask, "v": tensor([])}, "masked_fill_", ["c", "m", "v"], before=[clone])
refused("masked_select_dtype", {**x(2, 3), "m": index([2, 3], 2)}, "masked_select", ["x", "m"])
refused("masked_select_shape", {**x(2, 3), "m": values([2], "bool", [True, False])}, "masked_select", ["x", "m"])
refused("masked_scatter_count", {**x(2, 3), "m": mask, "s": tensor([3])}, "masked_scatter", ["x", "m", "s"])
refused("masked_fill_dims", {**x(2, 3), "m": mask, "v": tensor([1])}, "masked_fill", ["x", "m", "v"])
for kind in ("float32", "int64", "bool"):
    add(f"nonzero_{kind}", {"x": tensor([3, 4], kind, grad=False, low=-1, high=2)}, "nonzero", ["x"])
add("nonzero_number", {"x": values([], "float32", [2])}, "nonzero", ["x"])
add("nonzero_empty", {"x": values([0, 2], "float32", [])}, "nonzero", ["x"])
add("argwhere", {"x": tensor([2, 3], "int64", low=0, high=2)}, "argwhere", ["x"])
add("where_condition", {"m": mask}, "where", ["m"], outs=("a", "b"))
add("where_condition_number", {"m": values([], "bool", [True])}, "where", ["m"], outs=("a", ))

# Rearranged
add("flip_last", x(2, 3), "flip", ["x", [-1]])
add("flip_none", x(2, 3), "flip", ["x", []])
add("flip_strided", x(2, 3), "flip", ["xt", [0]], before=[T])
add("flip_empty", x(2, 0), "flip", ["x", [0, 1]])
add("fliplr", x(2, 3), "fliplr", ["x"])
add("flipud", x(3), "flipud", ["x"])
refused("flip_twice", x(2, 3), "flip", ["x", [0, -2]])
add("roll_flat", x(2, 3), "roll", ["x", 4])
add("roll_two", x(3, 4), "roll", ["x", [-1, 6], [0, -1]])
add("roll_strided", x(3, 4), "roll", ["xt", 1, 0], before=[T])
add("roll_number", x(), "roll", ["x", 3, 0])
refused("roll_count", x(2, 3), "roll", ["x", [1, 2], [0]])
for k in (-1, 1, 2, 4):
    add(f"rot90_{k}", x(2, 3), "rot90", ["x", k, [0, 1]])
add("rot90_dims", x(2, 3, 2), "rot90", ["x", 1, [-1, 0]])
refused("rot90_same", x(2, 3), "rot90", ["x", 1, [0, -2]])
add("repeat_none", x(2, 3), "repeat", ["x"], {"sizes": [0, 2]})
add("repeat_number", x(), "repeat", ["x"], {"sizes": [2, 3]})
add("repeat_strided", x(2, 3), "repeat", ["xt"], {"sizes": [1, 2]}, before=[T])
refused("repeat_few", x(2, 3), "repeat", ["x"], {"sizes": [2]})
add("tile", x(2, 3), "tile", ["x", [2]])
add("tile_more", x(2), "tile", ["x", [2, 1, 2]])
add("repeat_interleave", x(2, 3), "repeat_interleave", ["x", 2])
add("repeat_interleave_dim", x(2, 3), "repeat_interleave", ["x", 2], {"dim": -1})
add("repeat_interleave_tensor", {**x(2, 3), "r": values([2], "int64", [0, 3])}, "repeat_interleave",
    ["x", "r"], {"dim": 0})
add("repeat_interleave_one", {**x(2, 2), "r": values([1], "int64", [2])}, "repeat_interleave", ["x", "r"])
refused("repeat_interleave_count", {**x(2, 3), "r": values([2], "int64", [1, 3])}, "repeat_interleave",
        ["x", "r"], {"dim": 1})
refused("repeat_interleave_negative", {**x(2, 3), "r": values([2], "int64", [1, -3])}, "repeat_interleave",
        ["x", "r"], {"dim": 0})
add("unfold", x(2, 5), "unfold", ["x", -1, 3, 2])
add("unfold_first", x(5, 2), "unfold", ["x", 0, 2, 1])
add("unfold_number", x(), "unfold", ["x", 0, 1, 1])
refused("unfold_size", x(2, 3), "unfold", ["x", 1, 4, 1])
refused("unfold_step", x(2, 3), "unfold", ["x", 1, 2, 0])
for op in ("tril", "triu"):
    add(f"{op}_batch", x(2, 2, 3), op, ["x"])
    add(f"{op}_strided", x(2, 3), op, ["xt", -1], before=[T])
    add(f"{op}_", x(3, 3), op + "_", ["c", 1], before=[clone])
    add(f"{op}_far", x(2, 3), op, ["x", 9])
    add(f"{op}_int64", {"x": tensor([3, 3], "int64")}, op, ["x"])
    refused(op, x(3), op, ["x"])
    add(f"{op}_indices", {}, op + "_indices", [3, 4])
    add(f"{op}_indices_offset", {}, op + "_indices", [3, 3, -1])

# Padded
add("pad_negative", x(3, 4), "pad", ["x", [-1, 2, 1, -2]])
add("pad_nothing", x(3, 4), "pad", ["x", [0, 0]])
add("pad_int64", {"x": tensor([2, 2], "int64")}, "pad", ["x", [1, 1]], {"value": 7})
add("pad_strided", x(2, 3), "pad", ["xt", [1, 0]], before=[T])
for mode in ("reflect", "replicate", "circular"):
    add(f"pad_{mode}_1d", x(2, 4), "pad", ["x", [2, 1]], {"mode": mode})
    add(f"pad_{mode}_1d_batch", x(2, 1, 4), "pad", ["x", [0, 3]], {"mode": mode})
    add(f"pad_{mode}_2d", x(2, 3, 4), "pad", ["x", [1, 2, 2, 1]], {"mode": mode})
    add(f"pad_{mode}_2d_batch", x(1, 2, 3, 3), "pad", ["x", [1, 0, 0, 2]], {"mode": mode})
    add(f"pad_{mode}_3d", x(1, 2, 3, 2), "pad", ["x", [1, 1, 0, 2, 1, 1]], {"mode": mode})
    refused(f"pad_{mode}_rank", x(4), "pad", ["x", [1, 1]], {"mode": mode})
refused("pad_odd", x(3, 4), "pad", ["x", [1]])
refused("pad_many", x(3), "pad", ["x", [1, 1, 1, 1]])
refused("pad_reflect_far", x(2, 4), "pad", ["x", [4, 0]], {"mode": "reflect"})
refused("pad_circular_far", x(2, 4), "pad", ["x", [5, 0]], {"mode": "circular"})

# Diagonals
add("diagonal_above", x(3, 4), "diagonal", ["x", 1])
add("diagonal_below", x(3, 4), "diagonal", ["x"], {"offset": -2, "dim1": -2, "dim2": -1})
add("diagonal_batch", x(2, 3, 4), "diagonal", ["x", 0, -1, 0])
add("diagonal_outside", x(2, 2), "diagonal", ["x", 5])
refused("diagonal_same", x(2, 2), "diagonal", ["x", 0, 1, 1])
add("diag_matrix", x(3, 4), "diag", ["x", 1])
add("diag_vector", x(3), "diag", ["x", -1])
refused("diag", x(2, 2, 2), "diag", ["x"])
add("diag_embed", x(2, 3), "diag_embed", ["x"])
add("diag_embed_dims", x(2, 3), "diag_embed", ["x"], {"offset": 1, "dim1": 0, "dim2": 2})
add("diagflat", x(2, 2), "diagflat", ["x", 1])
add("block_diag", {"x": tensor([2, 3]), "w": tensor([2]), "z": tensor([])}, "block_diag", ["x", "w", "z"])
add("select_scatter", {**x(2, 3), "s": tensor([2])}, "select_scatter", ["x", "s", -1, -2])
add("slice_scatter", {**x(4, 2), "s": tensor([2, 2])}, "slice_scatter", ["x", "s"],
    {"start": 1, "end": 4, "step": 2})
add("slice_scatter_open", {**x(4, 2), "s": tensor([4, 1])}, "slice_scatter", ["x", "s", 1, -1])
add("diagonal_scatter", {**x(3, 4), "s": tensor([3])}, "diagonal_scatter", ["x", "s", 1])
refused("select_scatter", {**x(2, 3), "s": tensor([3])}, "select_scatter", ["x", "s", 1, 0])
refused("slice_scatter", {**x(2, 3), "s": tensor([3])}, "slice_scatter", ["x", "s"], {"start": 1})

# Taken apart and put together
abc = ("a", "b", "c")
add("split_last", x(2, 5), "split", ["x", 2, -1], outs=abc)
add("split_sizes", x(5, 2), "split", ["x", [1, 0, 4]], outs=abc)
add("split_empty", x(0, 2), "split", ["x", 0], outs=("a",))
refused("split_zero", x(2), "split", ["x", 0])
refused("split_sizes", x(5), "split", ["x", [1, 2]])
refused("split_number", x(), "split", ["x", 1])
add("chunk_last", x(2, 5), "chunk", ["x", 2, -1], outs=("a", "b"))
add("chunk_empty", x(0, 2), "chunk", ["x", 3], outs=abc)
refused("chunk", x(2), "chunk", ["x", 0])
add("tensor_split", x(2, 5), "tensor_split", ["x", 3, -1], outs=abc)
add("tensor_split_positions", x(5, 2), "tensor_split", ["x", [1, 4]], outs=abc)
refused("tensor_split", x(2), "tensor_split", ["x", 0])
add("hsplit", x(2, 4), "hsplit", ["x", 2], outs=("a", "b"))
add("hsplit_vector", x(4), "hsplit", ["x", [1, 3]], outs=abc)
add("vsplit", x(4, 2), "vsplit", ["x", 2], outs=("a", "b"))
add("dsplit", x(1, 2, 3), "dsplit", ["x", [1]], outs=("a", "b"))
refused("hsplit", x(2, 3), "hsplit", ["x", 2])
refused("vsplit", x(4), "vsplit", ["x", 2])
for op in ("hstack", "vstack", "dstack", "column_stack"):
    add(op, {"x": tensor([2, 3]), "w": tensor([2, 3])}, op, [["x", "w"]])
    add(op + "_vectors", {"x": tensor([2]), "w": tensor([2])}, op, [["x", "w"]])
    add(op + "_numbers", {"x": tensor([]), "w": tensor([])}, op, [["x", "w"]])
refused("hstack", {"x": tensor([2, 3]), "w": tensor([3, 3])}, "hstack", [["x", "w"]])
add("cat_last", {"x": tensor([2, 3]), "w": tensor([2, 1])}, "cat", [["x", "w"]], {"dim": -1})
add("stack_last", {"x": tensor([2]), "w": tensor([2])}, "stack", [["x", "w"]], {"dim": -1})
add("unbind_last", x(2, 3), "unbind", ["x"], {"dim": -1}, outs=abc)
add("broadcast_tensors", {"x": tensor([2, 3]), "w": tensor([3])}, "broadcast_tensors", ["x", "w"], outs=("a", "b"))
refused("broadcast_tensors", {"x": tensor([2, 3]), "w": tensor([2])}, "broadcast_tensors", ["x", "w"])
for indexing in ("ij", "xy"):
    add(f"meshgrid_{indexing}", {"x": tensor([2]), "w": tensor([3])}, "meshgrid", ["x", "w"],
        {"indexing": indexing}, outs=("a", "b"))
add("meshgrid_three", {"x": tensor([2]), "w": tensor([]), "z": tensor([3])}, "meshgrid", ["x", "w", "z"],
    {"indexing": "xy"}, outs=abc)
add("cartesian_prod", {"x": tensor([2]), "w": tensor([3])}, "cartesian_prod", ["x", "w"])
refused("cartesian_prod", {"x": tensor([2, 2]), "w": tensor([3])}, "cartesian_prod", ["x", "w"])
add("combinations", x(4), "combinations", ["x"])
add("combinations_again", x(3), "combinations", ["x", 3, True])
add("combinations_none", x(3), "combinations", ["x", 0])
refused("combinations", x(2, 2), "combinations", ["x"])

# Dimensions
add("movedim_several", x(2, 3, 4), "movedim", ["x", [0, -1], [1, 0]])
add("moveaxis", x(2, 3, 4), "moveaxis", ["x", -1, 0])
refused("movedim_count", x(2, 3), "movedim", ["x", [0, 1], [0]])
refused("movedim_twice", x(2, 3), "movedim", ["x", [0, 0], [0, 1]])
add("swapaxes", x(2, 3), "swapaxes", ["x", 0, -1])
add("swapdims", x(2, 3), "swapdims", ["x", 0, 1])
add("adjoint", x(2, 3), "adjoint", ["x"])
add("unflatten", x(2, 6), "unflatten", ["x", -1, [2, -1]])
refused("unflatten", x(2, 6), "unflatten", ["x", 1, [4, -1]])
add("ravel", x(2, 3), "ravel", ["x"])
add("ravel_strided", x(2, 3), "ravel", ["xt"], before=[T])
add("squeeze_several", x(1, 2, 1, 3), "squeeze", ["x", [0, -2]])
add("squeeze_none", x(1, 2), "squeeze", ["x", []])
add("squeeze_last", x(2, 1), "squeeze", ["x", -1])
add("unsqueeze_last", x(2, 3), "unsqueeze", ["x", -1])
add("select_last", x(2, 3), "select", ["x", -1, 0])
add("narrow_from_end", x(4, 3), "narrow", ["x", 0, -3, 2])
refused("narrow_beyond", x(4, 3), "narrow", ["x", 0, 2, 3])
add("expand_as", {**x(3), "w": tensor([2, 3], grad=False)}, "expand_as", ["x", "w"])
add("view_as", {**x(6), "w": tensor([2, 3], grad=False)}, "view_as", ["x", "w"])
add("reshape_as", {**x(3, 2), "w": tensor([6], grad=False)}, "reshape_as", ["xt", "w"], before=[T])
add("broadcast_to", x(2, 1), "broadcast_to", ["x", [2, 3]])
add("reshape_alias", x(3, 4), "reshape", ["part"], {"sizes": [3, 1, 2]},
    before=[{"op": "narrow", "in": ["x", 1, 1, 2], "out": ["part"]}])
for n in (1, 2, 3):
    add(f"atleast_{n}d_number", x(), f"atleast_{n}d", ["x"])
    add(f"atleast_{n}d_vector", x(2), f"atleast_{n}d", ["x"])

for program in programs:
    print(json.dumps(oracle.run(program), separators=(",", ":")))
