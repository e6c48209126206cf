"""Writes TorchReference.swift: what PyTorch 2.13 (CPU, one thread) gives for the tests' inputs.

    python3 torch_reference.py > ../TorchReference.swift
"""

import numpy as np
import torch

torch.set_num_threads(1)


def samples(count, dtype, seed=0):
    """The same numbers as Samples.swift's `samples`: Weyl steps, mixed, as fractions in [-1, 1)."""
    i = np.arange(count, dtype=np.uint64) + np.uint64(seed * 1_000_003 + 1)
    z = i * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(11)).astype(np.float64) / 2.0**52 - 1).astype(dtype)


def bits(values):
    return np.ascontiguousarray(values).view(np.uint64 if values.dtype == np.float64 else np.uint32)


def digest(values):
    """FNV-1a over the bit patterns."""
    h = 0xCBF29CE484222325
    for b in bits(values).ravel().tolist():
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def literal(name, type, values):
    print(f"  static let {name}: [{type}] = [")
    line = "   "
    for v in values:
        item = f" {v:#x},"
        if len(line) + len(item) > 100:
            print(line)
            line = "   "
        line += item
    print(line)
    print("  ]")


LENGTHS = list(range(201)) + [255, 256, 257, 1000, 4095, 4097, 16384, 33333, 65536, 70001, 100000]
ROWS = [1, 3, 4, 7, 16, 17, 63, 64, 65, 257, 1000]
COLUMNS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65, 130, 513]
FUNCTIONS = ["exp", "log", "sin", "cos", "atan", "tanh", "sigmoid", "erf"]
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 88.7, 88.8, -87.5, -103.0,
           -104.5, 709.7, 709.9, -745.0, -746.0, 1e-40, -1e-40, 1e-45, 5e-324, 1e30, -1e30, 3e38,
           np.pi, 100.0, -100.0, 1e5, 0.625, 9.0, -9.0]

print("// What PyTorch 2.13 gives, as bit patterns. Written by Reference/torch_reference.py.\n")
print("enum TorchReference {")
print("  static let lengths =")
print(f"    Array(0...200) + {LENGTHS[201:]}")
print(f"  static let rows = {ROWS}")
print(f"  static let columns = {COLUMNS}")
for dtype, suffix, type in ((np.float32, "Float", "UInt32"), (np.float64, "Double", "UInt64")):
    sums = np.array([torch.from_numpy(samples(n, dtype, n)).sum().item() for n in LENGTHS], dtype)
    literal(f"sums{suffix}", type, bits(sums).tolist())
    strided = [torch.from_numpy(samples(3 * n, dtype, n))[::3].sum().item() for n in LENGTHS]
    literal(f"stridedSums{suffix}", type, bits(np.array(strided, dtype)).tolist())
    products = [
        torch.from_numpy(1 + samples(n, dtype, n) / dtype(64)).prod().item() for n in LENGTHS]
    literal(f"products{suffix}", type, bits(np.array(products, dtype)).tolist())
    digests = [
        digest(torch.from_numpy(samples(r * c, dtype, r).reshape(r, c)).sum(0).numpy())
        for r in ROWS for c in COLUMNS]
    literal(f"columnSumDigests{suffix}", "UInt64", digests)
    magnitudes = 2.0 ** (np.arange(60) % 12 - 5)
    x = np.concatenate([np.array(SPECIAL), samples(60, np.float64, 7) * magnitudes]).astype(dtype)
    literal(f"arguments{suffix}", type, bits(x).tolist())
    for f in FUNCTIONS:
        literal(f"{f}{suffix}", type, bits(getattr(torch, f)(torch.from_numpy(x)).numpy()).tolist())
print("}")
