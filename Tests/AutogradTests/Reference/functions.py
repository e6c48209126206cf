"""Writes functions.jsonl: what PyTorch makes of custom functions, their results, gradients and mistakes."""

import torch
from cases import case, floats, write
from torch.autograd import Function, grad
from torch.autograd.function import once_differentiable


def node(log, label, fn):
    """The node's name, and where its edges lead."""
    names = ["None" if n is None else n.name() + f"[{i}]" for n, i in fn.next_functions]
    log.note(f"{label}: {fn.name()} -> {', '.join(names)}".replace("torch::autograd::", ""))


class LegendrePolynomial3(Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


@case
def tutorial(log):
    x = floats(1, 2)
    y = LegendrePolynomial3.apply(x)
    node(log, "y", y.grad_fn)
    log.note("y", y)
    y.sum().backward()
    log.note("x.grad", x.grad)


@case
def double_backward(log):
    x = floats(1, 2)
    w = floats(3, 4)
    y = LegendrePolynomial3.apply(x * w)
    (first,) = grad(y.sum(), [x], create_graph=True)
    log.note("derivatives", first, *grad(first.sum(), [x, w]))


class Exp(Function):
    @staticmethod
    def forward(ctx, x):
        result = x.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, g):
        (result,) = ctx.saved_tensors
        return g * result


@case
def saved_result(log):
    x = floats(1, 2)
    (first,) = grad(Exp.apply(x).sum(), [x], create_graph=True)
    (second,) = grad(first.sum(), [x], create_graph=True)
    log.note("derivatives", first, second, *grad(second.sum(), [x]))


class Weighted(Function):
    """x · k + w, with a number among the inputs."""

    @staticmethod
    def forward(ctx, x, w, k):
        ctx.k = k
        return x * k + w

    @staticmethod
    def backward(ctx, g):
        _case_log[0].note("needs", *ctx.needs_input_grad[:2])
        return g * ctx.k, g, None


_case_log = [None]


@case
def number_among_inputs(log):
    _case_log[0] = log
    x, w = floats(1, 2), floats(3, 4)
    y = Weighted.apply(x, w, 3)
    node(log, "y", y.grad_fn)
    log.note("by x", *grad(y.sum(), [x], retain_graph=True))
    log.note("by both", *grad(y.sum(), [x, w]))
    y = Weighted.apply(x, floats(3, 4, grad=False), 3)
    node(log, "y", y.grad_fn)
    y.sum().backward()
    log.note("x.grad", x.grad)


class SortWithPositions(Function):
    @staticmethod
    def forward(ctx, x):
        values, positions = x.sort()
        ctx.mark_non_differentiable(positions)
        ctx.save_for_backward(positions)
        return values, positions

    @staticmethod
    def backward(ctx, g, of_positions):
        _case_log[0].note("given", g, of_positions)
        (positions,) = ctx.saved_tensors
        return torch.zeros_like(g).scatter(0, positions, g)


@case
def not_differentiable(log):
    _case_log[0] = log
    x = floats(3, 1, 2)
    values, positions = SortWithPositions.apply(x)
    log.note(f"positions require {positions.requires_grad}", positions)
    (values * floats(1, 10, 100, grad=False)).sum().backward()
    log.note("x.grad", x.grad)


class TwoResults(Function):
    @staticmethod
    def forward(ctx, x, materializes):
        ctx.set_materialize_grads(materializes)
        return x * 2, x * 3

    @staticmethod
    def backward(ctx, a, b):
        _case_log[0].note("given", *[None if g is None else g for g in (a, b)])
        return (0 if a is None else a * 2) + (0 if b is None else b * 3), None


@case
def missing_gradients(log):
    _case_log[0] = log
    for materializes in (True, False):
        x = floats(1, 2)
        TwoResults.apply(x, materializes)[1].sum().backward()
        log.note("x.grad", x.grad)


class NoGradient(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        return None


class Noting(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        _case_log[0].note("noting", None if g is None else g)
        return g * 2


@case
def nothing_flows(log):
    _case_log[0] = log
    x = floats(1, 2)
    NoGradient.apply(Noting.apply(x)).sum().backward()
    log.note("x.grad", None if x.grad is None else x.grad)


class Doubling(Function):
    @staticmethod
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, g):
        return g * 2


@case
def dirty(log):
    x = floats(1, 2)
    y = x * 3
    result = Doubling.apply(y)
    log.note(f"same {result is y}", y._version, y)
    node(log, "y", y.grad_fn)
    y.sum().backward()
    log.note("x.grad", x.grad)


@case
def dirty_view(log):
    x = floats(1, 2, 3, 4)
    y = x * 3
    view = y[:2]
    result = Doubling.apply(view)
    log.note(f"same {result is view}", y)
    node(log, "view", view.grad_fn)
    node(log, "y", y.grad_fn)
    (y * y).sum().backward()
    log.note("x.grad", x.grad)


class Identity(Function):
    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, g):
        return g * 7


@case
def input_as_result(log):
    x = floats(1, 2)
    y = x * 3
    result = Identity.apply(y)
    log.note(f"same {result is y}, view {result._is_view()}, of y {result._base is y}")
    node(log, "result", result.grad_fn)
    result.sum().backward()
    log.note("x.grad", x.grad)
    plain = floats(1, grad=False)
    result = Identity.apply(plain)
    log.note(f"same {result is plain}, view {result._is_view()}, requires {result.requires_grad}")


class FirstRow(Function):
    @staticmethod
    def forward(ctx, x):
        return x[0]

    @staticmethod
    def backward(ctx, g):
        return torch.stack([g * 7, g * 0])


@case
def view_as_result(log):
    x = floats(1, 2, 3, 4)
    y = x.view(2, 2) * 3
    result = FirstRow.apply(y)
    log.note(f"view {result._is_view()}", result)
    node(log, "result", result.grad_fn)
    result.sum().backward()
    log.note("x.grad", x.grad)


class OnceDifferentiable(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g


@case
def once(log):
    x, v = floats(1, 2), floats(3, 4)
    (first,) = grad(OnceDifferentiable.apply(x), [x], [v], create_graph=True)
    log.note("first", first)
    node(log, "first", first.grad_fn)
    (plain,) = grad(OnceDifferentiable.apply(x), [x], [v.detach()], create_graph=True)
    log.note(f"requires {plain.requires_grad}", plain)
    first.sum().backward()


@case
def without_recording(log):
    x = floats(1, 2)
    with torch.no_grad():
        y = LegendrePolynomial3.apply(x)
    log.note(f"requires {y.requires_grad}", y)


@case
def saved_then_changed(log):
    x = floats(1, 2) * 1
    y = LegendrePolynomial3.apply(x)
    x.mul_(2)
    y.sum().backward()


@case
def twice(log):
    x = floats(1, 2)
    y = LegendrePolynomial3.apply(x).sum()
    y.backward()
    y.backward()


@case
def twice_without_saving(log):
    x = floats(1, 2)
    y = Noting.apply(x)
    _case_log[0] = log
    y.backward(floats(1, 1, grad=False))
    y.backward(floats(1, 1, grad=False))
    log.note("x.grad", x.grad)


def returning(name, result):
    class Bad(Function):
        @staticmethod
        def forward(ctx, x, w):
            return x * w

        @staticmethod
        def backward(ctx, g):
            return result(g)

    def program(log):
        x, w = floats(1, 2), floats(3, 4)
        Bad.apply(x, w).sum().backward()
        log.note("grads", None if x.grad is None else x.grad, w.grad)

    program.__name__ = name
    case(program)


def fail(g):
    raise KeyError("own")


returning("too_few_gradients", lambda g: g)
returning("too_many_gradients", lambda g: (g, g, g))
returning("nothing_too_many", lambda g: (g, g, None))
returning("no_gradient_of_first", lambda g: (None, g))
returning("gradient_of_other_shape", lambda g: (floats(1, 2, 3, grad=False), g))
returning("gradient_to_sum", lambda g: (torch.ones(3, 2, dtype=torch.float64), g))
returning("gradient_of_other_type", lambda g: (g.float(), g))
returning("error_of_own", fail)

write(__file__)
