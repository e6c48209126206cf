"""Writes random.jsonl: what PyTorch's CPU generator gives, a seed and the calls after it per line.

    python3 random.py > random.jsonl

Each call keeps the first and the last value and the FNV-1a hash of all the bytes; normal numbers in
float64 are rounded to float32 before, because their last bits are those of the C library's
logarithm, sine and cosine. Run it on a CPU with AVX2 or later.
"""
import json
import random

import torch

MASK = 2**64 - 1


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return f"{value:016x}"


def run(call):
    op, count, dtype = call["op"], call["count"], getattr(torch, call["dtype"])
    if op == "randint":
        values = torch.randint(call["low"], call["high"], (count,), dtype=dtype)
    elif op == "randperm":
        values = torch.randperm(count)
    else:
        values = getattr(torch, op)(count, dtype=dtype)
    if op == "randn":
        values = values.float()
    ends = [float(values[0]), float(values[-1])] if count else []
    return {**call, "ends": ends, "hash": fnv1a(values.numpy().tobytes())}


def case(name, seed, calls):
    torch.manual_seed(seed)
    line = {"name": name, "seed": seed & MASK, "calls": [run(call) for call in calls]}
    print(json.dumps(line, separators=(",", ":")))


def call(op, count, dtype="float32", **bounds):
    return {"op": op, "dtype": "int64" if op == "randperm" else dtype, "count": count, **bounds}


def integers(count, low, high, dtype="int64"):
    return call("randint", count, dtype, low=low, high=high)


def main():
    for op in "rand", "randn":
        for dtype in "float32", "float64":
            case(f"{op} {dtype}, sizes 0 to 70", 42, [call(op, n, dtype) for n in range(71)])
            case(f"{op} {dtype}, large", 7, [call(op, n, dtype) for n in (1000, 4096, 100003)])
    case("randn float32, a million", 1, [call("randn", 1_000_000)])

    for seed in 0, 2**32, 2**32 + 7, 2**63 + 5, MASK, -1, -12345:
        case(f"seed {seed}", seed, [call("rand", 3), call("randn", 3), call("randn", 20)])

    bounds = {
        "bool": [(0, 2), (0, 1)],
        "int32": [(0, 100), (-5, 7), (-(2**31), 2**31 - 1), (0, 2**28 - 1), (0, 2**28)],
        "int64": [(0, 100), (-5, 7), (0, 2**28 - 1), (0, 2**28), (0, 2**32), (-(2**63), 2**63 - 1)],
        "float32": [(0, 100), (-3, 2**24), (0, 2**28), (2**25 + 1, 2**26 + 3)],
        "float64": [(0, 100), (-(2**33) - 1, 2**35 + 1), (-(2**63), 2**63 - 1), (1, 2**60 + 1)],
    }
    for dtype, pairs in bounds.items():
        calls = [integers(n, low, high, dtype) for low, high in pairs for n in (0, 1, 70)]
        case(f"randint {dtype}", 11, calls)
    case("randperm", 13, [call("randperm", n) for n in (0, 1, 2, 3, 10, 70, 1000, 100003)])

    # The calls of the reference programs for the generator.
    for seed in 42, 309275:
        for op, n in ("rand", 5), ("rand", 36), ("randn", 1), ("randn", 7), ("randn", 16), ("randn", 33):
            case(f"{op} {n} twice, seed {seed}", seed, [call(op, n), call(op, n)])
        case(f"randint 9, seed {seed}", seed, [integers(9, 0, 100)])
        case(f"randperm 13, seed {seed}", seed, [call("randperm", 13)])
        case(f"randn 5 float64, seed {seed}", seed, [call("randn", 5, "float64")])

    choose = random.Random(1)
    for seed in range(1000, 1020):
        calls = []
        for _ in range(20):
            n = choose.choice([0, 1, 1, 2, 5, 7, 15, 16, 17, 33, 100, 700])
            kind = choose.randrange(6)
            if kind == 0:
                calls.append(integers(n, -7, choose.choice([3, 2**30]), choose.choice(["int32", "int64"])))
            elif kind == 1:
                calls.append(call("randperm", n))
            else:
                dtype = choose.choice(["float32", "float64"])
                calls.append(call("rand" if kind == 2 else "randn", n, dtype))
        case(f"a mix, seed {seed}", seed, calls)


main()
