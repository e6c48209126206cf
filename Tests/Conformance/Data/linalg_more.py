#!/usr/bin/env python3
"""Writes linalg_more.jsonl: products, decompositions and refusals beyond the family linalg.

Needs the oracle (oracle.py, which FORMAT.md describes) on the PYTHONPATH, and PyTorch. An operator
named `linalg.x` is torch.linalg.x, `x_squares` the same without the signs that it leaves open.
"""
import pathlib
import random

import torch

import oracle

plain_resolve = oracle.resolve


def resolve(name):
    if name == "einsum":  # The equation is no tensor's name.
        return lambda operands, equation: torch.einsum(equation, operands)
    if name.endswith("_squares"):
        return squares(getattr(torch.linalg, name[:-8]))
    if name == "linalg.matrix_norm":  # JSON has no infinity.
        return lambda a, ord="fro", **settings: torch.linalg.matrix_norm(
            a, float(ord) if "inf" in str(ord) else ord, **settings)
    if name == "linalg.lstsq":
        return lambda a, b: torch.linalg.lstsq(a, b).solution
    return getattr(torch.linalg, name[7:]) if name.startswith("linalg.") else plain_resolve(name)


def squares(function):
    """A decomposition whose vectors' signs are free: their squares, and other results as they are."""
    def squared(a, **settings):
        result = function(a, **settings)
        if function is torch.linalg.svd:
            return result.U * result.U, result.S, result.Vh * result.Vh
        if function is torch.linalg.eigh:
            return result[0], result[1] * result[1]
        return result.Q * result.Q, result.R * result.R
    return squared


oracle.resolve = resolve

rng = random.Random(20)
programs = []


def values(shape, dtype="float64", grad=True):
    count = 1
    for size in shape:
        count *= size
    integral = dtype.startswith("int")
    data = [rng.randint(-4, 4) if integral else rng.randint(-128, 128) / 64 for _ in range(count)]
    spec = {"dtype": dtype, "shape": list(shape), "data": data}
    if grad and not integral and dtype != "bool":
        spec["requires_grad"] = True
    return spec


def add(name, tensors, steps, of="y", **more):
    """A program whose gradient flows in from `of`, a fixed number to each element."""
    program = {"name": name, "tensors": tensors, "steps": steps, "saved": True, **more}
    if of is not None:
        result = oracle.run({"tensors": tensors, "steps": steps})["expect"]
        if "error" not in result:
            value = result["values"][of]
            if value["requires_grad"]:
                tensors["v"] = values(value["shape"], value["dtype"], grad=False)
                program["backward"] = {"of": [of], "gradient": ["v"]}
    programs.append(program)


def call(name, op, *shapes, args=None, dtype="float64", inputs=None, outs=("y",), steps=(), of="y",
         grads=None):
    names = "abcdef"[:len(shapes)]
    tensors = {n: values(s, dtype, grad=grads is None or n in grads)
               for n, s in zip(names, shapes)}
    first = {"op": op, "in": inputs or list(names), "args": args or {}, "out": list(outs)}
    add(name, tensors, [first, *steps], of)


# Products.
for dtype in ("float32", "float64"):
    call(f"bmm_{dtype}", "bmm", (2, 3, 4), (2, 4, 2), dtype=dtype)
    call(f"addmm_{dtype}", "addmm", (3, 2), (3, 4), (4, 2), dtype=dtype)
    call(f"addmv_{dtype}", "addmv", (3,), (3, 4), (4,), args={"beta": 0.5, "alpha": 2}, dtype=dtype)
    call(f"matmul_large_{dtype}", "matmul", (2, 9, 17), (17, 11), dtype=dtype)
call("addmm_scalar_self", "addmm", (), (3, 4), (4, 2), args={"beta": 2, "alpha": 0.5})
call("addmm_beta_zero", "addmm", (2,), (3, 4), (4, 2), args={"beta": 0})
call("addmm_int64", "addmm", (2,), (3, 4), (4, 2), args={"beta": 2, "alpha": 3}, dtype="int64")
call("mm_int32", "mm", (3, 4), (4, 2), dtype="int32")
call("bmm_int64", "bmm", (2, 3, 4), (2, 4, 2), dtype="int64")
call("bmm_empty", "bmm", (2, 3, 0), (2, 0, 2))
call("addmv_plain", "addmv", (), (3, 4), (4,))
call("addr", "addr", (3, 4), (3,), (4,), args={"beta": 0.5, "alpha": 2})
call("addr_row", "addr", (4,), (3,), (4,))
call("addbmm", "addbmm", (3, 2), (2, 3, 4), (2, 4, 2), args={"beta": 0.5, "alpha": 2})
call("addbmm_row", "addbmm", (2,), (2, 3, 4), (2, 4, 2))
call("baddbmm_factors", "baddbmm", (3, 2), (2, 3, 4), (2, 4, 2), args={"beta": 0.5, "alpha": 2})
call("vdot", "vdot", (4,), (4,))
call("dot_empty", "dot", (0,), (0,))
call("inner_vectors", "inner", (4,), (4,))
call("inner_matrices", "inner", (3, 4), (2, 4))
call("inner_number", "inner", (3, 4), ())
call("ger_of_one", "outer", (1,), (4,))
call("cross", "linalg.cross", (3,), (3,))
call("cross_broadcast", "linalg.cross", (2, 3), (1, 3))
call("cross_dim", "linalg.cross", (3, 2), (3, 2), args={"dim": 0})
call("kron", "kron", (2, 3), (3, 2))
call("kron_ranks", "kron", (2,), (3, 2))
call("kron_numbers", "kron", (), (3,))
call("kron_int64", "kron", (2, 2), (2, 2), dtype="int64")
call("multi_dot_two", "linalg.multi_dot", (3, 4), (4, 2), inputs=[["a", "b"]])
call("multi_dot_three", "linalg.multi_dot", (3, 4), (4, 2), (2, 5), inputs=[["a", "b", "c"]])
call("multi_dot_right", "linalg.multi_dot", (5, 4), (4, 5), (5, 1), inputs=[["a", "b", "c"]])
call("multi_dot_vectors", "linalg.multi_dot", (3,), (3, 4), (4,), inputs=[["a", "b", "c"]])
call("multi_dot_four", "linalg.multi_dot", (2, 5), (5, 3), (3, 6), (6, 2),
     inputs=[["a", "b", "c", "d"]])
call("multi_dot_five", "linalg.multi_dot", (4,), (4, 5), (5, 3), (3, 6), (6,),
     inputs=[["a", "b", "c", "d", "e"]])
call("tensordot", "tensordot", (2, 3, 4), (4, 2, 5), args={"dims": [[2, 0], [0, 1]]})
call("tensordot_one", "tensordot", (2, 3, 4), (4, 2), args={"dims": 1})
call("tensordot_none", "tensordot", (2, 3), (2,), args={"dims": 0})
call("tensordot_all", "tensordot", (2, 3), (2, 3), args={"dims": 2})
call("tensordot_broadcast", "tensordot", (2, 3), (1, 4), args={"dims": [[1], [0]]})
call("tensordot_negative", "tensordot", (2, 3, 4), (2, 4, 3), args={"dims": [[-1, 1], [1, -1]]})
for i, (a, b) in enumerate([
    ((3,), (2, 3, 4)), ((2, 2, 3), (3,)), ((1, 2, 3), (2, 3, 4)), ((2, 2, 3), (1, 3, 4)),
    ((2, 1, 2, 3), (1, 3, 3, 2)), ((2, 3, 2, 3), (3,)), ((3,), (2, 2, 3, 2)), ((0, 2, 3), (3, 2)),
    ((2, 0, 3), (2, 3, 0)), ((1, 1), (1,)),
]):
    call(f"matmul_ranks_{i}", "matmul", a, b)
    call(f"matmul_ranks_{i}_left", "matmul", a, b, grads="a")
    call(f"matmul_ranks_{i}_right", "matmul", a, b, grads="b")
    call(f"matmul_ranks_{i}_none", "matmul", a, b, grads="")
for op, shapes in [("mm", ((3, 2), (4, 3))), ("addmm", ((2, 4), (3, 2), (4, 3)))]:
    names = "abc"[:len(shapes)]
    turned = names[-2:]
    add(f"{op}_of_transposed", {n: values(s) for n, s in zip(names, shapes)},
        [{"op": "t", "in": [n], "out": [f"{n}t"]} for n in turned]
        + [{"op": op, "in": [*names[:-2], *(f"{n}t" for n in turned)], "out": ["y"]}])
add("bmm_of_transposed", {"a": values((2, 3, 2)), "b": values((2, 4, 3))},
    [{"op": "transpose", "in": ["a", 1, 2], "out": ["p"]},
     {"op": "transpose", "in": ["b", -1, -2], "out": ["q"]},
     {"op": "bmm", "in": ["p", "q"], "out": ["y"]}])
for op in ("kron", "inner"):
    add(f"{op}_of_transposed", {"a": values((3, 2)), "b": values((2, 2))},
        [{"op": "t", "in": ["a"], "out": ["p"]}, {"op": "t", "in": ["b"], "out": ["q"]},
         {"op": op, "in": ["p", "q"], "out": ["y"]}] if op == "kron" else
        [{"op": "t", "in": ["b"], "out": ["q"]}, {"op": op, "in": ["a", "q"], "out": ["y"]}])

# Refusals of products.
for name, op, *shapes in [
    ("bmm_ranks", "bmm", (2, 3), (2, 3, 4)), ("bmm_sizes", "bmm", (2, 3, 4), (2, 3, 4)),
    ("bmm_batches", "bmm", (2, 3, 4), (3, 4, 2)), ("dot_ranks", "dot", (2, 3), (3,)),
    ("dot_sizes", "dot", (3,), (4,)), ("mv_sizes", "mv", (2, 3), (4,)),
    ("mv_ranks", "mv", (3,), (3,)), ("outer_ranks", "outer", (2, 3), (3,)),
    ("addmm_sizes", "addmm", (4,), (2, 3), (4, 4)), ("addmm_self", "addmm", (3,), (2, 3), (3, 4)),
    ("addmv_sizes", "addmv", (2,), (2, 3), (4,)), ("addr_ranks", "addr", (2, 2), (2, 2), (2,)),
    ("baddbmm_sizes", "baddbmm", (1,), (2, 3, 4), (2, 3, 4)),
    ("addbmm_ranks", "addbmm", (1,), (3, 4), (2, 4, 4)),
    ("matmul_number", "matmul", (), (3,)), ("matmul_sizes", "matmul", (2, 3, 4), (2, 3, 4)),
    ("matmul_batches", "matmul", (2, 3, 4), (3, 4, 2)),
    ("inner_sizes", "inner", (2, 3), (4,)), ("cross_sizes", "linalg.cross", (2, 4), (2, 4)),
    ("cross_ranks", "linalg.cross", (2, 3), (3,)),
]:
    call(f"{name}_refused", op, *shapes)
add("bmm_dtypes_refused", {"a": values((1, 2, 2), "float32"), "b": values((1, 2, 2))},
    [{"op": "bmm", "in": ["a", "b"], "out": ["y"]}])
call("multi_dot_one_refused", "linalg.multi_dot", (3, 4), inputs=[["a"]])
call("multi_dot_sizes_refused", "linalg.multi_dot", (3, 4), (3, 4), (4, 2),
     inputs=[["a", "b", "c"]])
call("tensordot_sizes_refused", "tensordot", (2, 3), (4, 2), args={"dims": 1})

# einsum.
for i, (equation, *shapes) in enumerate([
    ("ij,jk->ik", (2, 3), (3, 4)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)), ("i,i->", (3,), (3,)),
    ("i,j->ij", (2,), (3,)), ("ij->ji", (2, 3)), ("ij->j", (2, 3)), ("ii->i", (3, 3)),
    ("ii", (3, 3)), ("ij,ij->i", (2, 3), (2, 3)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    ("...ij,...jk->...ik", (2, 2, 3), (3, 2)), ("bn,anm,bm->ba", (2, 3), (4, 3, 2), (2, 2)),
    ("ij,kj", (2, 3), (4, 3)), ("Ab,bC", (2, 3), (3, 2)), ("ijk,jil->kl", (2, 3, 2), (3, 2, 4)),
    ("ij,k->j", (2, 3), (4,)), ("iij,j->i", (2, 2, 3), (3,)), ("i...->...", (2, 3)),
    ("ij , j -> i", (2, 3), (3,)), ("ij,jk->ik", (2, 1), (3, 4)), ("", ()), (",->", (), ()),
    ("ij,jk->i", (2, 3), (3, 4)), ("bhqd,bhkd->bhqk", (2, 2, 3, 2), (2, 2, 4, 2)),
]):
    call(f"einsum_{i}", "einsum", *shapes, inputs=[list("abc"[:len(shapes)])],
         args={"equation": equation})
for i, (equation, *shapes) in enumerate([
    ("ij,jk->ik", (2, 3), (4, 5)), ("ij->k", (2, 3)), ("ij->ii", (2, 3)), ("ij", (2,)),
    ("ij,jk", (2, 3)), ("i1", (2, 3)), ("ii", (2, 3)), ("i..", (2, 3)),
]):
    call(f"einsum_refused_{i}", "einsum", *shapes, inputs=[list("abc"[:len(shapes)])],
         args={"equation": equation})

# Parts of matrices.
for op in ("tril", "triu"):
    call(op, op, (3, 4))
    call(f"{op}_above", op, (2, 3, 2), inputs=["a", 1])
    call(f"{op}_below", op, (4, 3), inputs=["a", -1])
    call(f"{op}_far", op, (2, 3), inputs=["a", -9])
    call(f"{op}_vector_refused", op, (3,))
call("tril_int64", "tril", (3, 3), dtype="int64")
add("tril_in_place", {"a": values((3, 3))},
    [{"op": "neg", "in": ["a"], "out": ["b"]}, {"op": "tril_", "in": ["b", -1], "out": ["y"]}])
call("diagonal", "diagonal", (3, 4))
call("diagonal_offset", "diagonal", (3, 4), args={"offset": 2})
call("diagonal_below", "diagonal", (2, 3, 4), args={"offset": -1, "dim1": -2, "dim2": -1})
call("diagonal_beyond", "diagonal", (3, 4), args={"offset": 9})
call("diagonal_refused", "diagonal", (3, 4), args={"dim1": 1, "dim2": -1})
call("diag_embed", "diag_embed", (2, 3))
call("diag_embed_offset", "diag_embed", (2,), args={"offset": -1})
call("trace", "trace", (3, 4))
call("trace_int64", "trace", (3, 4), dtype="int64")
call("trace_refused", "trace", (3,))


# Decompositions. With `signs` what flows through the graph depends on signs that are free.
def decompose(name, op, *shapes, outs=("y",), steps=(), args=None, grads=None, of="y", positive=(),
              signs=False, dtype="float64"):
    """A positive-definite input is made from a matrix b as b·bT + 1."""
    names = "abcdef"[:len(shapes)]
    tensors, before, inputs = {}, [], []
    for n, shape in zip(names, shapes):
        tensors[n] = values(shape, dtype, grad=grads is None or n in grads)
        if n in positive:
            size = shape[-1]
            tensors["one"] = {"dtype": dtype, "shape": [size, size],
                              "data": [float(i == j) for i in range(size) for j in range(size)]}
            before += [{"op": "transpose", "in": [n, -2, -1], "out": [f"{n}t"]},
                       {"op": "matmul", "in": [n, f"{n}t"], "out": [f"{n}s"]},
                       {"op": "add", "in": [f"{n}s", "one"], "out": [f"{n}p"]}]
            inputs.append(f"{n}p")
        else:
            inputs.append(n)
    add(name, tensors,
        [*before, {"op": op, "in": inputs, "args": args or {}, "out": list(outs)}, *steps], of)
    programs[-1]["signs"] = signs


for dtype in ("float32", "float64"):
    decompose(f"cholesky_{dtype}", "linalg.cholesky", (3, 3), positive="a", dtype=dtype)
    decompose(f"solve_{dtype}", "linalg.solve", (3, 3), (3, 2), positive="a", dtype=dtype)
    decompose(f"det_{dtype}", "linalg.det", (3, 3), dtype=dtype)
    decompose(f"svdvals_{dtype}", "linalg.svdvals", (3, 2), dtype=dtype)
    decompose(f"eigvalsh_{dtype}", "linalg.eigvalsh", (3, 3), positive="a", dtype=dtype)
    decompose(f"matrix_exp_{dtype}", "linalg.matrix_exp", (3, 3), dtype=dtype)
decompose("cholesky_batch", "linalg.cholesky", (2, 3, 3), positive="a")
decompose("cholesky_upper", "linalg.cholesky", (3, 3), positive="a", args={"upper": True})
decompose("cholesky_one", "linalg.cholesky", (1, 1), positive="a")
decompose("cholesky_empty", "linalg.cholesky", (0, 3, 3))
decompose("cholesky_solve", "cholesky_solve", (3, 2), (3, 3), positive="b")
decompose("cholesky_solve_upper", "cholesky_solve", (2, 3, 1), (3, 3), positive="b",
          args={"upper": True})
decompose("cholesky_inverse", "cholesky_inverse", (3, 3), positive="a")
for op in ("linalg.inv", "inverse", "linalg.pinv", "det", "logdet", "linalg.det"):
    decompose(f"{op}_of_3", op, (3, 3), positive="a")
    decompose(f"{op}_of_batch", op, (2, 2, 2), positive="a")
decompose("inv_empty", "linalg.inv", (0, 0))
decompose("det_empty", "linalg.det", (2, 0, 0))
decompose("solve_vector", "linalg.solve", (3, 3), (3,), positive="a")
decompose("solve_vectors", "linalg.solve", (2, 3, 3), (2, 3), positive="a")
decompose("solve_right", "linalg.solve", (3, 3), (2, 3), positive="a", args={"left": False})
decompose("solve_broadcast", "linalg.solve", (2, 3, 3), (3, 1), positive="a")
decompose("solve_general", "linalg.solve", (4, 4), (4, 2))
decompose("solve_left_only", "linalg.solve", (3, 3), (3, 2), positive="a", grads="a")
for upper in (False, True):
    for left in (False, True):
        decompose(f"solve_triangular_{upper}_{left}", "linalg.solve_triangular", (3, 3), (3, 3),
                  positive="a", args={"upper": upper, "left": left})
decompose("solve_triangular_unit", "linalg.solve_triangular", (2, 3, 3), (3, 2),
          args={"upper": True, "unitriangular": True})
decompose("slogdet", "linalg.slogdet", (3, 3), outs=("sign", "y"))
decompose("slogdet_batch", "linalg.slogdet", (2, 3, 3), outs=("sign", "y"))
decompose("lu_factor", "linalg.lu_factor", (3, 3), outs=("y", "pivots"))
decompose("lu_factor_wide", "linalg.lu_factor", (2, 2, 4), outs=("y", "pivots"))
decompose("lu_factor_tall", "linalg.lu_factor", (4, 2), outs=("y", "pivots"))
for name, shape in [("square", (3, 3)), ("wide", (2, 4)), ("tall", (4, 2))]:
    decompose(f"lu_{name}", "linalg.lu", shape, outs=("p", "l", "u"),
              steps=[{"op": "mul", "in": ["l", 2], "out": ["m"]},
                     {"op": "matmul", "in": ["m", "u"], "out": ["y"]}])
    decompose(f"qr_{name}", "qr_squares", shape, outs=("y", "r"), signs=True)
    decompose(f"qr_{name}_r", "qr_squares", shape, outs=("q", "y"), signs=True)
    decompose(f"qr_{name}_both", "qr_squares", shape, outs=("q", "r"),
              steps=[{"op": "matmul", "in": ["q", "r"], "out": ["y"]}], signs=True)
    decompose(f"svd_{name}", "svd_squares", shape, outs=("u", "s", "vh"),
              args={"full_matrices": False},
              steps=[{"op": "mul", "in": ["u", "s"], "out": ["us"]},
                     {"op": "matmul", "in": ["us", "vh"], "out": ["y"]}], signs=True)
    decompose(f"svd_{name}_u", "svd_squares", shape, outs=("y", "s", "vh"),
              args={"full_matrices": False}, signs=True)
    decompose(f"svd_{name}_vh", "svd_squares", shape, outs=("u", "s", "y"),
              args={"full_matrices": False}, signs=True)
    decompose(f"pinv_{name}", "linalg.pinv", shape)
    decompose(f"svdvals_{name}", "linalg.svdvals", shape, grads="")
    decompose(f"matrix_rank_{name}", "linalg.matrix_rank", shape)
    decompose(f"lstsq_{name}", "linalg.lstsq", shape, (shape[0], 2))
decompose("svd_full", "svd_squares", (3, 3), outs=("y", "s", "vh"), signs=True)
decompose("svd_full_values", "svd_squares", (4, 2), outs=("u", "y", "vh"), grads="", signs=True)
decompose("qr_complete", "qr_squares", (2, 3), outs=("q", "y"), args={"mode": "complete"},
          signs=True)
decompose("qr_r", "qr_squares", (3, 2), outs=("q", "y"), args={"mode": "r"}, grads="", signs=True)
decompose("eigh", "eigh_squares", (3, 3), outs=("l", "p"), positive="a",
          steps=[{"op": "matmul", "in": ["p", "l"], "out": ["y"]}], signs=True)
decompose("eigh_batch_upper", "eigh_squares", (2, 3, 3), outs=("y", "p"), args={"UPLO": "U"},
          signs=True)
for n in (0, 1, 2, 3, 5, 6, -1, -2, -3):
    decompose(f"matrix_power_{n}", "linalg.matrix_power", (2, 2), positive="a", args={"n": n})
decompose("matrix_exp_batch", "linalg.matrix_exp", (2, 2, 2))

for order in ("fro", "nuc", 1, -1, 2, -2, "inf", "-inf"):
    call(f"matrix_norm_{order}", "linalg.matrix_norm", (3, 4), args={"ord": order})
    call(f"matrix_norm_{order}_dims", "linalg.matrix_norm", (2, 3, 2),
         args={"ord": order, "dim": [2, 0]})
    call(f"matrix_norm_{order}_kept", "linalg.matrix_norm", (2, 3, 2),
         args={"ord": order, "keepdim": True})
call("matrix_norm_float32", "linalg.matrix_norm", (3, 4), dtype="float32")
call("matrix_norm_dims_refused", "linalg.matrix_norm", (3, 4), args={"dim": [1, -1]})
call("matrix_norm_rank_refused", "linalg.matrix_norm", (3,))
call("linalg_norm", "linalg.norm", (3, 4))
call("linalg_norm_vector", "linalg.norm", (3,))
decompose("cond", "linalg.cond", (3, 3))
decompose("cond_batch", "linalg.cond", (2, 3, 2))
decompose("cond_least", "linalg.cond", (3, 3), args={"p": -2})
for program in programs[-3:]:  # PyTorch shows the dimension of `narrow` as it was given.
    program["saved"] = False
decompose("cond_frobenius", "linalg.cond", (3, 3), args={"p": "fro"}, grads="")
decompose("cond_one", "linalg.cond", (2, 3, 3), args={"p": 1}, grads="")

# Refusals of decompositions.
for op in ("linalg.inv", "linalg.cholesky", "linalg.det", "linalg.slogdet", "eigh_squares",
           "linalg.matrix_power", "linalg.matrix_exp"):
    args = {"n": 2} if op.endswith("power") else {}
    call(f"{op}_square_refused", op, (2, 3), args=args)
    call(f"{op}_rank_refused", op, (3,), args=args)
for op in ("linalg.inv", "svd_squares", "qr_squares", "linalg.lu"):
    call(f"{op}_int64_refused", op, (2, 2), dtype="int64")
zeros = {"dtype": "float64", "shape": [2, 2], "data": [1.0, 2.0, 2.0, 4.0], "requires_grad": True}
for op in ("linalg.inv", "linalg.cholesky"):
    add(f"{op}_singular_refused", {"a": dict(zeros)}, [{"op": op, "in": ["a"], "out": ["y"]}])
add("solve_singular_refused", {"a": dict(zeros), "b": values((2,))},
    [{"op": "linalg.solve", "in": ["a", "b"], "out": ["y"]}])
call("solve_sizes_refused", "linalg.solve", (3, 3), (2, 2))
call("solve_triangular_sizes_refused", "linalg.solve_triangular", (3, 3), (2, 2),
     args={"upper": True})
call("lstsq_sizes_refused", "linalg.lstsq", (3, 2), (2, 2))


oracle.write([oracle.run(p, events=not p.pop("signs", False)) for p in programs],
             pathlib.Path(__file__).with_name("linalg_more.jsonl"))
