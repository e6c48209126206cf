#!/usr/bin/env python3
"""Writes convolution_more.jsonl: convolutions and sliding blocks, plain, random and refused.

Needs the oracle (oracle.py, which FORMAT.md describes) on the PYTHONPATH, and PyTorch.
`--random N SEED` writes N random programs to standard output instead.
"""
import json
import pathlib
import random
import sys
import warnings

import torch.nn.functional as F

import oracle

warnings.filterwarnings("ignore", message="Using padding='same'")
oracle.FUNCTIONAL |= {"conv3d", "conv_transpose1d", "conv_transpose3d", "fold"}
plain_resolve = oracle.resolve


def resolve(name):
    if name == "unfold":  # A tensor's own takes no kernel.
        return lambda x, *a, **k: F.unfold(x, **k) if "kernel_size" in k else x.unfold(*a, **k)
    return plain_resolve(name)


oracle.resolve = resolve

rng = random.Random(31)
programs = []


def values(shape, dtype="float32", grad=True):
    count = 1
    for size in shape:
        count *= size
    integral = dtype in ("int64", "int32", "bool")
    data = [rng.randint(-4, 4) if integral else rng.randint(-128, 128) / 64 for _ in range(count)]
    spec = {"dtype": dtype, "shape": list(shape), "data": data}
    if grad and not integral:
        spec["requires_grad"] = True
    return spec


def laid_out(name, shape, layout, dtype, grad):
    """A tensor of a shape whose elements do not lie in its order, and the steps that make it."""
    if layout == "transposed" and len(shape) > 1:
        spec = values([*shape[:-2], shape[-1], shape[-2]], dtype, grad)
        return spec, [{"op": "transpose", "in": [f"{name}_", -2, -1], "out": [name]}]
    if layout == "expanded":
        return (values([1, *shape[1:]], dtype, grad),
                [{"op": "expand", "in": [f"{name}_"], "args": {"sizes": list(shape)}, "out": [name]}])
    if layout == "sliced":
        spec = values([*shape[:-1], shape[-1] + 2], dtype, grad)
        return spec, [{"op": "narrow", "in": [f"{name}_", -1, 1, shape[-1]], "out": [name]}]
    if layout == "channels_last":
        n = len(shape)
        order = [0, n - 1, *range(1, n - 1)]
        spec = values([shape[0], *shape[2:], shape[1]], dtype, grad)
        return spec, [{"op": "permute", "in": [f"{name}_"], "args": {"sizes": order}, "out": [name]}]
    return values(shape, dtype, grad), []


def call(name, op, shapes, args=None, dtype="float32", grads="xwb", layouts=None, order=1,
         flow=True):
    """y = op(x, w, b); with `order` 2 the gradients of (∂y·v)'s squares, too."""
    tensors, steps = {}, []
    for n, shape in zip("xwb", shapes):
        spec, before = laid_out(n, shape, (layouts or {}).get(n), dtype, n in grads)
        tensors[f"{n}_" if before else n] = spec
        steps += before
    steps.append({"op": op, "in": list("xwb"[:len(shapes)]), "args": args or {}, "out": ["y"]})
    program = {"name": name, "tensors": tensors, "steps": steps, "saved": True}
    result = oracle.run({"tensors": tensors, "steps": steps})["expect"]
    if "error" not in result and result["values"]["y"]["requires_grad"] and flow:
        value = result["values"]["y"]
        leaves = [n for n in tensors if tensors[n].get("requires_grad")]
        if order == 1:
            tensors["v"] = values(value["shape"], dtype, grad=False)
            program["backward"] = {"of": ["y"], "gradient": ["v"]}
        else:
            tensors["v"] = values(value["shape"], dtype)
            outs = [f"g{n}" for n in leaves]
            steps.append({"op": "grad", "of": ["y"], "wrt": leaves, "gradient": ["v"],
                          "create_graph": True, "out": outs})
            sums = []
            for n in outs:
                steps.append({"op": "mul", "in": [n, n], "out": [f"{n}2"]})
                steps.append({"op": "sum", "in": [f"{n}2"], "out": [f"{n}s"]})
                sums.append(f"{n}s")
            program["backward"] = {"of": sums, "gradient": [None] * len(sums)}
    programs.append(program)


def geometry(dims, transposed):
    """Random sizes and arguments that mostly fit."""
    groups = rng.choice([1, 1, 1, 2, 3])
    per_in, per_out = rng.randint(1, 3), rng.randint(1, 3)
    kernel = [rng.randint(1, 3) for _ in range(dims)]
    args, all_args = {}, {}
    for key, most, least in (("stride", 3, 1), ("padding", 2, 0), ("dilation", 2, 1)):
        kind = rng.random()
        numbers = [rng.randint(least, most) for _ in range(dims)]
        if kind < 0.4:
            numbers = [least] * dims
        elif kind < 0.6:
            numbers = [numbers[0]] * dims
            args[key] = numbers[0]
        else:
            args[key] = numbers
        all_args[key] = numbers
    if groups > 1:
        args["groups"] = groups
    size = [rng.randint(1, 6 if dims < 3 else 4) for _ in range(dims)]
    if transposed:
        padding = [rng.randint(0, max(all_args["stride"][i], all_args["dilation"][i]) - 1)
                   for i in range(dims)]
        if any(padding) or rng.random() < 0.2:
            args["output_padding"] = padding
    elif rng.random() < 0.9:
        for i in range(dims):
            span = all_args["dilation"][i] * (kernel[i] - 1) + 1 - 2 * all_args["padding"][i]
            size[i] = max(size[i], span)
    if not transposed and rng.random() < 0.15:
        args["padding"] = rng.choice(["same", "valid"])
        if args["padding"] == "same" and rng.random() < 0.9:
            args.pop("stride", None)
    batch = rng.choice([1, 1, 2, 3])
    x = [batch, per_in * groups, *size]
    if rng.random() < 0.12:
        x = x[1:]
    out = per_out * groups
    w = [x[-dims - 1], per_out, *kernel] if transposed else [out, per_in, *kernel]
    return x, w, [out], args


def random_program(name):
    dims = rng.choice([1, 2, 2, 2, 3])
    transposed = rng.random() < 0.35
    dtype = rng.choice(["float32", "float64", "float64"])
    if rng.random() < 0.04:
        dtype = rng.choice(["int64", "int32"])
    x, w, b, args = geometry(dims, transposed)
    shapes = [x, w, b] if rng.random() < 0.6 else [x, w]
    grads = rng.choice(["xwb", "xwb", "xw", "x", "w", "b", ""])
    if rng.random() < 0.06:  # a mistake
        wrong = rng.choice(shapes)
        i = rng.randrange(len(wrong))
        wrong[i] = max(0, wrong[i] + rng.choice([-1, 1, 2]))
        if wrong is x and i >= len(x) - dims and 0 in x:
            x[i] = 1
        if wrong is w and i >= 2:
            w[i] = max(w[i], 1)
    layouts = {n: rng.choice([None, None, None, "transposed", "sliced", "expanded", "channels_last"])
               for n in "xw"}
    op = f"conv_transpose{dims}d" if transposed else f"conv{dims}d"
    call(name, op, shapes, args, dtype, grads, layouts, rng.choice([1, 1, 1, 2]))


def random_blocks(name):
    kernel = [rng.randint(1, 3), rng.randint(1, 3)]
    args = {"kernel_size": kernel}
    numbers = {"stride": [1, 1], "padding": [0, 0], "dilation": [1, 1]}
    for key, most, least in (("stride", 3, 1), ("padding", 2, 0), ("dilation", 2, 1)):
        if rng.random() < 0.5:
            numbers[key] = [rng.randint(least, most) for _ in range(2)]
            args[key] = numbers[key]
    size = [rng.randint(2, 6), rng.randint(2, 6)]
    channels, batch = rng.randint(1, 3), rng.randint(1, 2)
    dtype = rng.choice(["float32", "float64"])
    unbatched = rng.random() < 0.2
    if rng.random() < 0.5:
        shape = [batch, channels, *size]
        call(name, "unfold", [shape[1:] if unbatched else shape], args, dtype,
             order=rng.choice([1, 2]), layouts={"x": rng.choice([None, "transposed", "sliced"])})
        return
    count = 1
    for i in range(2):
        room = size[i] + 2 * numbers["padding"][i] - numbers["dilation"][i] * (kernel[i] - 1) - 1
        count *= room // numbers["stride"][i] + 1
    shape = [batch, channels * kernel[0] * kernel[1], max(count, 1)]
    args["output_size"] = size
    call(name, "fold", [shape[1:] if unbatched else shape], args, dtype,
         order=rng.choice([1, 2]), layouts={"x": rng.choice([None, "transposed", "sliced"])})


def write(path):
    done = [oracle.run(p) for p in programs]
    if path is None:
        for p in done:
            print(json.dumps(p, separators=(",", ":")))
    else:
        oracle.write(done, path)


if sys.argv[1:2] == ["--random"]:
    rng = random.Random(int(sys.argv[3]))
    for i in range(int(sys.argv[2])):
        (random_blocks if rng.random() < 0.15 else random_program)(f"random_{i}")
    write(None)
    sys.exit()

# One of each.
for dtype in ("float32", "float64"):
    second = 2 if dtype == "float64" else 1
    for dims in (1, 2, 3):
        size, window = [[5], [4, 3], [2, 3, 2]][dims - 1], [[3], [2, 3], [2, 2, 1]][dims - 1]
        args = {"groups": 2, "padding": 1, "stride": 2}
        if dims == 3 and dtype == "float32":
            continue
        for transposed in (False, True):
            op = f"conv_transpose{dims}d" if transposed else f"conv{dims}d"
            tag = f"{op}_{dtype}"
            call(tag, op, [[2, 2, *size], [2, 1 + transposed, *window], [4 if transposed else 2]], args,
                 dtype)
            call(f"{tag}_second", op, [[1, 2, *size], [2, 1, *window], [2]], args, dtype, order=second)
            call(f"{tag}_plain", op, [[2, 2, *size], [2, 2, *window]], {}, dtype)
            call(f"{tag}_plain_second", op, [[1, 1, *size], [1, 2, *window] if transposed
                                             else [2, 1, *window]], {}, dtype, order=second)
            call(f"{tag}_unbatched", op, [[2, *size], [2, 2, *window]], {"dilation": 2, "padding": 2},
                 dtype)
    call(f"depthwise_{dtype}", "conv2d", [[1, 3, 4, 4], [3, 1, 3, 3], [3]], {"groups": 3, "padding": 1},
         dtype, order=second)
    call(f"multiplied_depthwise_{dtype}", "conv2d", [[2, 2, 5, 5], [6, 1, 3, 3]],
         {"groups": 2, "stride": 2}, dtype)
    call(f"pointwise_{dtype}", "conv2d", [[2, 5, 4, 4], [3, 5, 1, 1], [3]], {"stride": 2}, dtype)
    call(f"many_channels_{dtype}", "conv2d", [[1, 9, 1, 3], [17, 9, 1, 2]], {}, dtype)
    call(f"wide_{dtype}", "conv2d", [[1, 1, 2, 36], [2, 1, 3, 3], [2]], {"padding": 1}, dtype)
    call(f"stem_{dtype}", "conv2d", [[1, 2, 9, 9], [2, 2, 7, 7]], {"padding": 3, "stride": 2}, dtype)
    for args in ({"padding": "same"}, {"padding": "valid"}, {"padding": "same", "dilation": 2}):
        mode = "_".join(str(v) for v in args.values())
        call(f"mode_{mode}_{dtype}", "conv2d", [[1, 2, 5, 4], [2, 2, 3, 3], [2]], args, dtype)
        call(f"mode_{mode}_even_{dtype}", "conv2d", [[1, 1, 4, 5], [2, 1, 2, 4]], args, dtype, order=second)
    call(f"output_padding_{dtype}", "conv_transpose2d", [[1, 2, 2, 3], [2, 1, 3, 3], [1]],
         {"stride": 2, "padding": 1, "output_padding": 1}, dtype, order=second)
    call(f"output_padding_each_{dtype}", "conv_transpose2d", [[2, 2, 3, 4], [2, 3, 3, 2]],
         {"stride": [3, 2], "padding": [1, 0], "output_padding": [2, 0], "dilation": [1, 2]}, dtype)
    call(f"empty_batch_{dtype}", "conv2d", [[0, 2, 4, 4], [3, 2, 3, 3], [3]], {}, dtype)
    call(f"empty_batch_second_{dtype}", "conv2d", [[0, 2, 4, 4], [3, 2, 3, 3], [3]], {}, dtype, order=2)
    call(f"empty_batch_transposed_{dtype}", "conv_transpose2d", [[0, 2, 4, 4], [2, 3, 3, 3]], {}, dtype)
    call(f"no_channels_{dtype}", "conv2d", [[2, 0, 4, 4], [3, 0, 3, 3], [3]], {}, dtype)
for dtype in ("int64", "int32"):
    call(f"conv2d_{dtype}", "conv2d", [[2, 2, 4, 4], [3, 2, 3, 3], [3]], {"padding": 1}, dtype)
    call(f"conv_transpose2d_{dtype}", "conv_transpose2d", [[2, 2, 4, 4], [2, 3, 3, 3]], {}, dtype)

# Refusals.
image, kernel = [2, 4, 6, 6], [6, 4, 3, 3]
for name, op, shapes, args in [
    ("channels", "conv2d", [[2, 3, 6, 6], kernel], {}),
    ("rank_2", "conv2d", [[6, 6], kernel], {}), ("rank_5", "conv2d", [[2, 4, 6, 6, 6], kernel], {}),
    ("unbatched_channels", "conv2d", [[2, 4, 6], kernel], {}),
    ("kernel_too_large", "conv2d", [[2, 4, 2, 2], kernel], {}),
    ("padding", "conv2d", [image, kernel], {"padding": -1}),
    ("padding_of_one", "conv2d", [image, kernel], {"padding": [1, -1]}),
    ("stride", "conv2d", [image, kernel], {"stride": 0}),
    ("negative_stride", "conv2d", [image, kernel], {"stride": -1}),
    ("dilation", "conv2d", [image, kernel], {"dilation": 0}),
    ("no_groups", "conv2d", [image, kernel], {"groups": 0}),
    ("groups_of_channels", "conv2d", [image, kernel], {"groups": 3}),
    ("groups_of_results", "conv2d", [image, [6, 2, 3, 3]], {"groups": 4}),
    ("few_results", "conv2d", [image, [2, 1, 3, 3]], {"groups": 4}),
    ("bias", "conv2d", [image, kernel, [5]], {}), ("bias_rank", "conv2d", [image, kernel, [6, 1]], {}),
    ("stride_list", "conv2d", [image, kernel], {"stride": [1, 2, 3]}),
    ("padding_list", "conv2d", [image, kernel], {"padding": [1, 2, 3]}),
    ("dilation_list", "conv2d", [image, kernel], {"dilation": [1, 2, 3]}),
    ("weight_rank", "conv2d", [image, [6, 4, 3]], {}), ("weight_rank_2", "conv2d", [image, [6, 4]], {}),
    ("same_strided", "conv2d", [image, kernel], {"padding": "same", "stride": 2}),
    ("same_channels", "conv2d", [[2, 3, 6, 6], kernel], {"padding": "same"}),
    ("same_weight_rank", "conv2d", [image, [6, 4, 3]], {"padding": "same"}),
    ("same_dilation_list", "conv2d", [image, kernel], {"padding": "same", "dilation": [1, 1, 1]}),
    ("no_results", "conv2d", [image, [0, 4, 3, 3]], {}),
    ("no_height", "conv2d", [[2, 4, 0, 6], kernel], {"padding": 2}),
    ("conv1d_rank", "conv1d", [[2, 4, 6, 6], [6, 4, 3]], {}),
    ("conv1d_kernel", "conv1d", [[4, 2], [6, 4, 3]], {}),
    ("conv3d_rank", "conv3d", [[4, 2, 2], [6, 2, 3, 3, 3]], {}),
    ("transposed_channels", "conv_transpose2d", [[2, 3, 6, 6], [4, 6, 3, 3]], {}),
    ("transposed_bias", "conv_transpose2d", [image, [4, 6, 3, 3], [5]], {"groups": 2}),
    ("output_padding", "conv_transpose2d", [image, [4, 6, 3, 3]], {"output_padding": 1}),
    ("output_padding_1d", "conv_transpose1d", [[2, 4, 6], [4, 6, 3]], {"output_padding": 2, "stride": 2}),
    ("negative_output_padding", "conv_transpose2d", [image, [4, 6, 3, 3]], {"output_padding": -1}),
    ("transposed_groups", "conv_transpose2d", [image, [4, 6, 3, 3]], {"groups": 3}),
    ("transposed_rank", "conv_transpose2d", [[4, 6], [4, 6, 3, 3]], {}),
    ("unfold_rank", "unfold", [[6, 6]], {"kernel_size": 3}),
    ("unfold_small", "unfold", [[2, 4, 2, 2]], {"kernel_size": 3}),
    ("unfold_no_kernel", "unfold", [image], {"kernel_size": 0}),
    ("unfold_stride", "unfold", [image], {"kernel_size": 3, "stride": 0}),
    ("unfold_padding", "unfold", [image], {"kernel_size": 3, "padding": -1}),
    ("unfold_dilation", "unfold", [image], {"kernel_size": 3, "dilation": 0}),
    ("unfold_list", "unfold", [image], {"kernel_size": [3, 3, 3]}),
    ("unfold_no_channels", "unfold", [[2, 0, 6, 6]], {"kernel_size": 3}),
    ("fold_blocks", "fold", [[2, 12, 24]], {"output_size": [6, 7], "kernel_size": [2, 3]}),
    ("fold_channels", "fold", [[2, 13, 25]], {"output_size": [6, 7], "kernel_size": [2, 3]}),
    ("fold_rank", "fold", [[1, 2, 12, 25]], {"output_size": [6, 7], "kernel_size": [2, 3]}),
    ("fold_small", "fold", [[2, 12, 4]], {"output_size": 1, "kernel_size": [2, 3]}),
    ("fold_list", "fold", [[2, 12, 25]], {"output_size": [6, 7, 3], "kernel_size": [2, 3]}),
]:
    call(f"{name}_refused", op, shapes, args, grads="")
call("too_small_refused", "conv_transpose2d", [[1, 1, 2, 2], [1, 1, 3, 3]], {"padding": 9}, "float64",
     grads="")
call("bool_refused", "conv2d", [[1, 2, 3, 3], [1, 2, 2, 2]], {}, "bool", grads="")
call("unfold_int64_refused", "unfold", [[1, 2, 3, 3]], {"kernel_size": 2}, "int64", grads="")
for name, dtypes in [("weight", ("float32", "float64", "float32")), ("bias", ("float32", "float32", "float64"))]:
    programs.append({
        "name": f"dtype_of_{name}_refused",
        "tensors": {n: values(s, d) for n, s, d in zip("xwb", ([1, 2, 3, 3], [1, 2, 2, 2], [1]), dtypes)},
        "steps": [{"op": "conv2d", "in": ["x", "w", "b"], "out": ["y"]}]})

# Sliding blocks.
for dtype in ("float32", "float64"):
    call(f"unfold_{dtype}", "unfold", [[2, 2, 4, 5]], {"kernel_size": [2, 3], "padding": 1, "stride": 2},
         dtype, order=2)
    call(f"fold_{dtype}", "fold", [[2, 6, 9]], {"output_size": [4, 5], "kernel_size": [2, 3]}, dtype, order=2)
call("unfold_unbatched", "unfold", [[2, 4, 5]], {"kernel_size": 2, "dilation": 2})
call("fold_unbatched", "fold", [[8, 6]], {"output_size": [4, 5], "kernel_size": 2, "dilation": 2})
call("unfold_empty_batch", "unfold", [[0, 2, 4, 5]], {"kernel_size": 2})
call("unfold_bool", "unfold", [[1, 2, 3, 3]], {"kernel_size": 2}, "bool")

# Random ones, of which what PyTorch did is not too long to keep.
for i in range(200):
    (random_blocks if i % 6 == 0 else random_program)(f"random_{i}")
    if len(json.dumps(oracle.run(programs[-1]))) > 3000:
        programs.pop()
write(pathlib.Path(__file__).with_name("convolution_more.jsonl"))
