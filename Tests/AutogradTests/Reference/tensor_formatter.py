"""Writes tensor_formatter.jsonl: tensors and the text that PyTorch prints for them, one per line.

    python3 tensor_formatter.py > tensor_formatter.jsonl

A line's elements are `data`, repeated as often as the shape needs.
"""
import itertools
import json
import math
import random

import torch

choose = random.Random(20)
INF, NAN = math.inf, math.nan


def element(value):
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def case(shape, data, dtype="float32", requires_grad=False, function=None):
    count = math.prod(shape)
    values = list(itertools.islice(itertools.cycle(data), count)) if count else []
    tensor = torch.tensor(values, dtype=getattr(torch, dtype)).reshape(shape)
    if requires_grad:
        tensor.requires_grad_()
    period = len(data)
    if function is not None:
        tensor = function(tensor)
        period = count
    line = {
        "shape": list(tensor.shape),
        "dtype": dtype,
        "data": [element(value) for value in tensor.detach().flatten()[:period].tolist()],
        "requires_grad": tensor.requires_grad,
        "grad_fn": tensor.grad_fn.name() if tensor.grad_fn is not None else None,
        "text": str(tensor),
    }
    print(json.dumps(line, separators=(",", ":")))


def floats(count, kind):
    if kind == "unit":
        return [round(choose.random(), choose.choice([1, 2, 6])) for _ in range(count)]
    if kind == "normal":
        return [round(choose.gauss(0, 1), 7) for _ in range(count)]
    if kind == "hundreds":
        return [round(choose.gauss(0, 300), 4) for _ in range(count)]
    if kind == "whole":
        return [float(choose.randrange(-40, 40)) for _ in range(count)]
    if kind == "large whole":
        return [float(choose.randrange(-(10**8), 10**9)) for _ in range(count)]
    if kind == "magnitudes":
        return [choose.choice([-1, 1]) * float(f"{10 ** choose.uniform(-9, 9):.6g}") for _ in range(count)]
    if kind == "special":
        return [choose.choice([NAN, INF, -INF, 0.0, -0.0, 1.5, -2.0, 3.0]) for _ in range(count)]
    if kind == "special whole":
        return [choose.choice([NAN, INF, -INF, 0.0, -0.0, -2.0, 30.0]) for _ in range(count)]
    if kind == "special only":
        return [choose.choice([NAN, INF, -INF, 0.0, -0.0]) for _ in range(count)]
    return [choose.randrange(10**5) / 10**4 + 0.00005 for _ in range(count)]


KINDS = ["unit", "normal", "hundreds", "whole", "large whole", "magnitudes", "special",
         "special whole", "special only", "ties"]
SHAPES = [(), (1,), (3,), (7,), (13,), (40,), (1, 1), (2, 3), (5, 1), (1, 12), (3, 17), (2, 2, 3),
          (1, 3, 1), (2, 1, 9), (2, 2, 1, 3), (1, 2, 1, 2, 2), (1, 1, 1, 1, 1)]
LARGE = [(1001,), (1002, 1), (2, 501), (7, 143), (501, 2), (40, 30), (6, 6, 40), (3, 20, 20),
         (8, 5, 7, 4), (2, 2, 8, 8, 8), (1, 1, 1, 1, 1001), (10**6,), (1000, 1000)]


def main():
    for shape in SHAPES:
        for kind in KINDS:
            case(shape, floats(math.prod(shape), kind), choose.choice(["float32", "float64"]))
    for shape in LARGE:
        for kind in choose.sample(KINDS, 4):
            case(shape, floats(37, kind), choose.choice(["float32", "float64"]))
        case(shape, [choose.randrange(-999, 99999) for _ in range(23)], "int64")
        case(shape, [choose.random() < 0.5 for _ in range(11)], "bool")

    for shape in SHAPES:
        count = math.prod(shape)
        case(shape, [choose.randrange(-9, 10) for _ in range(count)], "int64")
        bits = choose.randrange(4, 63)
        case(shape, [choose.randrange(-(2**bits), 2**bits) for _ in range(count)], "int64")
        case(shape, [choose.randrange(-2000, 3000) for _ in range(count)], "int32")
        case(shape, [choose.random() < 0.5 for _ in range(count)], "bool")
    case((3,), [True], "bool")
    case((2,), [-(2**63), 2**63 - 1], "int64")

    for shape in (0,), (0, 3), (2, 0), (3, 0, 4), (0, 0), (1, 0, 1, 1):
        for dtype in "float32", "float64", "int64", "int32", "bool":
            case(shape, [0], dtype)
        case(shape, [0], "float32", requires_grad=True)
        case(shape, [0], "float64", requires_grad=True, function=lambda x: x * 2)

    # The edges of each rule, and numbers that round at a tie or carry into a new digit.
    edges = [
        [1e8, 1e8 - 1], [1e8 + 8, 1e8], [1e-4, 2e-4], [1.0001e-4, 5e-4], [0.001, 1.0], [0.0009, 1.0],
        [1000.0, 1.0], [1001.0, 1.0], [1001.5, 1.0], [99999999.0], [123456789.0], [0.99995], [0.99994999],
        [9.99995, 1.0], [999.99995], [9999.99999], [0.00015, 0.1], [0.03125, 0.15625], [2.00005, 2.00015],
        [99999.5, 1e9], [99995.0, 1e9], [1.00005e10], [9.99995e9], [9.99985e-5], [5e-324], [2.5e-320, 1.0],
        [2.2250738585072014e-308], [1.7976931348623157e308], [3.4028234663852886e38], [1e-45], [1e-38, 1e38],
        [0.0], [-0.0], [0.0, -0.0], [NAN], [INF], [-INF], [-0.5], [0.5, 1.5, 2.5], [-INF, 1.0], [NAN, 1e-9],
        [-1e-5, 1e-5], [INF, 123456.5], [100000.0, -INF, NAN], [1.0], [-1.0], [3.5], [0.1, -0.0],
    ]
    for data in edges:
        for dtype in "float32", "float64":
            if dtype == "float64" or all(not abs(value) > 3.5e38 or math.isinf(value) for value in data):
                case((len(data),), data, dtype)
        case((), data[:1], "float64")

    functions = [
        None,
        lambda x: x * 3,
        lambda x: x.clone(),
        lambda x: x.sum(),
        lambda x: x.unsqueeze(0),
        lambda x: x.expand(2, *x.shape),
        lambda x: torch.nn.functional.log_softmax(x, -1),
        lambda x: torch.nn.functional.binary_cross_entropy_with_logits(x, x, reduction="none"),
    ]
    for shape in [(1,), (2,), (5,), (6,), (7,), (8,), (9,), (13,), (2, 4), (3, 5), (2, 2, 3), (1200,)]:
        for function in functions:
            for dtype in choose.sample(["float32", "float64"], choose.choice([1, 2])):
                data = floats(min(math.prod(shape), 41), choose.choice(["unit", "normal", "whole"]))
                if function is None or shape != (1200,):
                    case(shape, data, dtype, True, function)


main()
