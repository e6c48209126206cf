"""Writes functional.jsonl: vjp, jvp, jacobian, hessian, vhp, hvp and the verdicts of gradcheck in PyTorch."""

import torch
from cases import case, floats, write
from torch.autograd import Function, functional, grad, gradcheck, gradgradcheck


def flat(result):
    if isinstance(result, torch.Tensor):
        return [result]
    return [tensor for part in result for tensor in flat(part)]


def inputs():
    """The two inputs of the functions below: [2, 3] and [3]."""
    return floats(0.5, -1, 2, 1.5, 0.25, -0.75).detach().view(2, 3), floats(1, 2, -1).detach()


def one(x):
    return (x.sin() * x).sum(0)


def several(x, w):
    return x.mv(w).tanh(), (x * x).sum() * w, w.exp()


def number(x, w):
    return (x.mv(w).tanh() * x.sum(1)).sum() + (w**3).sum()


def unused(x, w):
    return (x * x).sum(), x.exp()


def linear(x, w):
    return (x.mv(w)).sum()


# A network of two layers: its loss by its input and its parameters.
def network_inputs():
    numbers = torch.arange(1, 26, dtype=torch.float64).cos()
    x, w1, b1, w2 = numbers.split([4, 6, 3, 12])
    return x.view(2, 2), w1.view(3, 2), b1, w2.view(4, 3)


def network(x, w1, b1, w2):
    hidden = (x.mm(w1.t()) + b1).sigmoid()
    logits = hidden.mm(w2.t())
    return -logits.log_softmax(1)[:, 1].mean()


V_X, V_W = floats(1, 2, 3, -1, -2, -3, grad=False).view(2, 3), floats(0.5, 1, -2, grad=False)
V_OUT = (floats(1, -2, grad=False), floats(3, 0, 1, grad=False), floats(1, 1, 2, grad=False))


@case
def vjp(log):
    x, w = inputs()
    log.note("one", *flat(functional.vjp(one, x, V_W)))
    log.note("several", *flat(functional.vjp(several, (x, w), V_OUT)))
    log.note("number", *flat(functional.vjp(number, (x, w))))
    log.note("unused", *flat(functional.vjp(unused, (x, w), (floats(2)[0].detach(), V_X))))


@case
def jvp(log):
    x, w = inputs()
    log.note("one", *flat(functional.jvp(one, x, V_X)))
    log.note("several", *flat(functional.jvp(several, (x, w), (V_X, V_W))))
    log.note("unused", *flat(functional.jvp(unused, (x, w), (V_X, V_W))))


@case
def jacobian(log):
    x, w = inputs()
    log.note("one", functional.jacobian(one, x))
    log.note("several", *flat(functional.jacobian(several, (x, w))))
    log.note("unused", *flat(functional.jacobian(unused, (x, w))))


@case
def hessian(log):
    x, w = inputs()
    log.note("one", functional.hessian(lambda x: one(x).sum(), x))
    log.note("number", *flat(functional.hessian(number, (x, w))))
    log.note("linear", *flat(functional.hessian(linear, (x, w))))


@case
def products_with_hessian(log):
    x, w = inputs()
    log.note("one vhp", *flat(functional.vhp(lambda x: one(x).sum(), x, V_X)))
    log.note("one hvp", *flat(functional.hvp(lambda x: one(x).sum(), x, V_X)))
    log.note("number vhp", *flat(functional.vhp(number, (x, w), (V_X, V_W))))
    log.note("number hvp", *flat(functional.hvp(number, (x, w), (V_X, V_W))))
    log.note("linear vhp", *flat(functional.vhp(linear, (x, w), (V_X, V_W))))


@case
def of_network(log):
    at = network_inputs()
    v = tuple(torch.ones_like(t) for t in at)
    log.note("vjp", *flat(functional.vjp(network, at)))
    log.note("jvp", *flat(functional.jvp(network, at, v)))
    log.note("hvp", *flat(functional.hvp(network, at, v)))
    log.note("vhp", *flat(functional.vhp(network, at, v)))
    log.note("hessian", *flat(functional.hessian(network, at)))


@case
def recorded(log):
    x, w = inputs()
    x.requires_grad_()
    row = functional.jacobian(one, x, create_graph=True)
    log.note("jacobian", *grad((row * row).sum(), [x]))
    _, product = functional.vjp(one, x, V_W, create_graph=True)
    log.note("vjp", *grad((product * product).sum(), [x]))
    _, product = functional.jvp(one, x, V_X, create_graph=True)
    log.note("jvp", *grad((product * product).sum(), [x]))
    _, product = functional.hvp(lambda x: one(x).sum(), x, V_X, create_graph=True)
    log.note("hvp", *grad((product * product).sum(), [x]))
    matrix = functional.hessian(lambda x: one(x).sum(), x, create_graph=True)
    log.note("hessian", *grad((matrix * matrix).sum(), [x]))
    plain = functional.jacobian(one, x)
    log.note(f"requires {plain.requires_grad}")


def refused(name, call):
    def program(log):
        call(*inputs())

    program.__name__ = name
    case(program)


refused("vjp_needs_v", lambda x, w: functional.vjp(one, x))
refused("jvp_needs_v", lambda x, w: functional.jvp(one, x))
refused("hvp_needs_v", lambda x, w: functional.hvp(number, (x, w)))
refused("v_of_other_shape", lambda x, w: functional.vjp(one, x, V_X))
refused("v_of_other_count", lambda x, w: functional.jvp(several, (x, w), (V_X,)))
refused("entry_of_v_of_other_shape", lambda x, w: functional.vhp(number, (x, w), (V_X, V_X)))
refused("hessian_of_several_numbers", lambda x, w: functional.hessian(one, x))
refused("hvp_of_several_numbers", lambda x, w: functional.hvp(one, x, V_X))
refused("strict_vjp", lambda x, w: functional.vjp(unused, (x, w), (floats(2)[0].detach(), V_X), strict=True))
refused("strict_vjp_constant", lambda x, w: functional.vjp(lambda x: x.detach(), x, V_X, strict=True))
refused("strict_jacobian", lambda x, w: functional.jacobian(unused, (x, w), strict=True))
refused("strict_jvp_of_linear", lambda x, w: functional.jvp(lambda x: (x * 2).sum(), x, V_X, strict=True))
refused("strict_hessian_of_linear", lambda x, w: functional.hessian(lambda x: x.sum(), x, strict=True))
refused("strict_hvp_of_linear", lambda x, w: functional.hvp(lambda x: x.sum(), x, V_X, strict=True))
refused("strict_jacobian_recorded", lambda x, w: functional.jacobian(lambda x: x * 2, x.requires_grad_(), create_graph=True, strict=True))


# ---- gradcheck


class WrongSquare(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x * 2.1


class NotLinear(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        return torch.ones_like(g) * 1e-9 + g


class Unsteady(Function):
    calls = 0

    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        Unsteady.calls += 1
        return g + 1e-8 * Unsteady.calls * g


class WrongSecond(Function):
    """Its derivative is right and cuts off what it depends on."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x.detach() * 2


def checked(name, call):
    def program(log):
        x, w = inputs()
        log.note(f"{call(x.requires_grad_(), w.requires_grad_())}")

    program.__name__ = name
    case(program)


checked("gradcheck_passes", lambda x, w: gradcheck(several, (x, w)))
checked("gradcheck_passes_for_part", lambda x, w: gradcheck(several, (x, w.detach())))
checked("gradcheck_passes_for_constant", lambda x, w: gradcheck(lambda x: torch.ones(2, dtype=torch.float64), (x,)))
checked("gradcheck_fails", lambda x, w: gradcheck(WrongSquare.apply, (x,), check_undefined_grad=False))
checked("gradcheck_of_second_input_fails", lambda x, w: gradcheck(lambda x, w: (x.sum(), WrongSquare.apply(w)), (x, w), check_undefined_grad=False))
checked("gradcheck_cut_off", lambda x, w: gradcheck(lambda x: x.detach() * 2, (x,)))
checked("gradcheck_not_linear", lambda x, w: gradcheck(NotLinear.apply, (x,)))
checked("gradcheck_unsteady", lambda x, w: gradcheck(Unsteady.apply, (x,)))
checked("gradcheck_unsteady_tolerated", lambda x, w: gradcheck(Unsteady.apply, (x,), nondet_tol=1e-3))
checked("gradcheck_needs_input", lambda x, w: gradcheck(one, (x.detach(),)))
checked("gradcheck_expanded", lambda x, w: gradcheck(one, (w.detach().expand(2, 3).requires_grad_(),)))
checked("gradgradcheck_passes", lambda x, w: gradgradcheck(number, (x, w)))
checked("gradgradcheck_fails", lambda x, w: gradgradcheck(WrongSecond.apply, (x,)))
checked("gradcheck_of_wrong_second_passes", lambda x, w: gradcheck(WrongSecond.apply, (x,)))

write(__file__)
