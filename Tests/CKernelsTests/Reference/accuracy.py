"""Writes accuracy.txt: what PyTorch 2.13 (CPU, one thread) gives in float32 over the whole range.

    python3 accuracy.py > accuracy.txt

A line is a name and bit patterns in hexadecimal. `x` are the arguments of the functions of one
number: every exponent with both signs, the range where functions bend, special values. `a` and `b`
are those of the functions of two, a grid.

Where PyTorch's own float32 result is further than 2 units in the last place from the truth, the
line holds the function in float64 instead, rounded, under the same name: EXACT below says why.
"""

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
rng = np.random.default_rng(3)

mantissas = rng.integers(0, 2**23, (255, 2, 2), dtype=np.uint32)
exponents = np.arange(255, dtype=np.uint32)[:, None, None] << np.uint32(23)
signs = np.array([0, 2**31], dtype=np.uint32)[None, :, None]
every = (mantissas | exponents | signs).ravel().view(np.float32)
special = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 1e-45, -1e-45,
                    1.17549435e-38, 3.4028235e38, -3.4028235e38, 88.7, 88.8, -87.5, -103.9, 10, 20])
x = np.concatenate([special, every, rng.uniform(-12, 12, 500), rng.uniform(-1, 1, 300),
                    rng.uniform(-88, 88, 100)]).astype(np.float32)
x = x[:len(x) // 64 * 64]  # PyTorch treats a rest otherwise than whole vectors
axis = np.concatenate([
    2.0 ** rng.uniform(-149, 128, 14) * rng.choice([-1, 1], 14), rng.uniform(-10, 10, 20),
    [0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 2, 3, 0.5, -2, 7, 1e-45, 1e38]]).astype(np.float32)
a, b = (v.ravel() for v in np.meshgrid(axis, axis))

UNARY = ["neg", "abs", "sign", "square", "relu", "exp", "log", "sqrt", "rsqrt", "reciprocal", "sin",
         "cos", "atan", "tanh", "sigmoid", "erf", "floor", "ceil", "round", "trunc", "exp2", "expm1",
         "log2", "log10", "log1p", "tan", "asin", "acos", "sinh", "cosh", "asinh", "acosh", "atanh",
         "erfc", "lgamma", "erfinv", "sinc"]
ACTIVATIONS = {
    "silu": F.silu, "mish": F.mish, "softplus": F.softplus, "elu": F.elu,
    "log_sigmoid": F.logsigmoid, "leaky_relu": F.leaky_relu, "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish, "hardshrink": F.hardshrink, "softshrink": F.softshrink,
}
# digamma: PyTorch's recurrence in float32 loses all digits near its roots. gelu: PyTorch adds 1 to
# a function near -1, which leaves nothing of it below -5.
EXACT = {
    "digamma": torch.digamma,
    "gelu": lambda t: t * torch.special.erfc(-t * 0.5**0.5) / 2,
    "gelu_tanh": lambda t: t / (1 + torch.exp(
        -2 * (2 / torch.pi)**0.5 * (t + 0.044715 * t**3))),
}
BINARY = ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "atan2", "hypot", "copysign",
          "fmod", "remainder", "floor_divide", "logaddexp", "logaddexp2", "xlogy"]


def line(name, values):
    print(name, *(f"{v:x}" for v in np.ascontiguousarray(values).view(np.uint32).tolist()))


line("x", x)
line("a", a)
line("b", b)
for name in UNARY:
    line(name, getattr(torch, name)(torch.from_numpy(x)).numpy())
for name, function in ACTIVATIONS.items():
    line(name, function(torch.from_numpy(x)).numpy())
for name, function in EXACT.items():
    line(name, function(torch.from_numpy(x).double()).float().numpy())
for name in BINARY:
    line(name, getattr(torch, name)(torch.from_numpy(a), torch.from_numpy(b)).numpy())
