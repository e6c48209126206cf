"""Writes saved_tensors.jsonl: hooks on saved tensors and checkpoints in PyTorch."""

import torch
from cases import case, floats, write
from torch.autograd import grad
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.checkpoint import checkpoint, checkpoint_sequential, set_checkpoint_early_stop


def noting(log, name, change=lambda x: x):
    def pack(x):
        log.note(f"{name} packs", x)
        return [x]

    def unpack(packed):
        log.note(f"{name} unpacks", packed[0])
        return change(packed[0])

    return saved_tensors_hooks(pack, unpack)


@case
def inputs_and_results(log):
    x, w = floats(1, 2), floats(3, 4)
    with noting(log, "hook"):
        y = (x * w).exp()
    y.sum().backward()
    log.note("grads", x.grad, w.grad)


@case
def nested(log):
    x = floats(0.1, 0.2)
    with noting(log, "outer"):
        a = x.exp()
        with noting(log, "inner"):
            b = a.exp()
        c = b.exp()
    c.sum().backward()
    log.note("grad", x.grad)


@case
def unpacking_changes(log):
    x = floats(1, 2)
    with noting(log, "hook", lambda x: x * 10):
        y = x * x
    y.sum().backward()
    log.note("grad", x.grad)


@case
def double_backward(log):
    x = floats(1, 2)
    with noting(log, "hook"):
        y = x.exp() * x
    (first,) = grad(y.sum(), [x], create_graph=True)
    (second,) = grad(first.sum(), [x])
    log.note("derivatives", first, second)


@case
def twice_with_retain_graph(log):
    x = floats(1, 2)
    with noting(log, "hook"):
        y = x.tanh()
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    log.note("grad", x.grad)


@case
def changed_in_place_since(log):
    x = floats(1, 2)
    y = x * 1
    with saved_tensors_hooks(lambda x: x.clone(), lambda x: x):
        z = y * y
    y.mul_(5)
    z.sum().backward()
    log.note("grad", x.grad)


@case
def in_place_operators(log):
    x = floats(1, 2)
    y = x * 1
    with noting(log, "hook"):
        y.exp_()
        y.sin_()
    y.sum().backward()
    log.note("grad", x.grad)


@case
def graph_twice(log):
    x = floats(1, 2)
    with saved_tensors_hooks(lambda x: x, lambda x: x):
        y = x.exp()
    y.sum().backward()
    y.sum().backward()


@case
def unpacking_fails(log):
    def unpack(x):
        raise KeyError("lost")

    x = floats(1, 2)
    with saved_tensors_hooks(lambda x: x, unpack):
        y = x.exp()
    y.sum().backward()


# ---- checkpoints


def block(log, label="call"):
    def function(x):
        log.note(f"{label}, records {torch.is_grad_enabled()}")
        return (x * 2).tanh().exp()

    return function


@case
def checkpointed(log):
    x = floats(1, 2)
    y = checkpoint(block(log), x, use_reentrant=False)
    log.note("value", y)
    y.sum().backward()
    log.note("grad", x.grad)


@case
def checkpointed_twice(log):
    x = floats(1, 2)
    y = checkpoint(block(log), x, use_reentrant=False)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    log.note("grad", x.grad)


@case
def checkpointed_second_order(log):
    x = floats(0.5, 0.25)
    y = checkpoint(block(log), x, use_reentrant=False)
    (first,) = grad(y.sum(), [x], create_graph=True)
    (second,) = grad(first.sum(), [x])
    log.note("derivatives", first, second)


@case
def checkpointed_nested(log):
    inner = block(log, "inner")

    def outer(x):
        log.note("outer")
        return checkpoint(inner, x * 3, use_reentrant=False).sin()

    x = floats(0.1, 0.2)
    checkpoint(outer, x, use_reentrant=False).sum().backward()
    log.note("grad", x.grad)


@case
def checkpointed_random(log):
    def noisy(x):
        return (x * torch.rand(4, dtype=torch.float64)).exp()

    for preserves in (True, False):
        torch.manual_seed(7)
        x = floats(1, 2, 3, 4)
        y = checkpoint(noisy, x, use_reentrant=False, preserve_rng_state=preserves)
        between = torch.rand(2, dtype=torch.float64)
        y.sum().backward()
        log.note("grad", x.grad, between, torch.rand(2, dtype=torch.float64))


@case
def checkpointed_without_recording(log):
    x = floats(1, 2)
    with torch.no_grad():
        y = checkpoint(block(log), x, use_reentrant=False)
    log.note(f"requires {y.requires_grad}", y)


@case
def checkpointed_two_inputs(log):
    x, w = floats(1, 2), floats(3, 4)
    y = checkpoint(lambda x, k, w: x * k * w, x, 5, w, use_reentrant=False)
    y.sum().backward()
    log.note("grads", x.grad, w.grad)


@case
def checkpointed_part_needed(log):
    x, w = floats(1, 2), floats(3, 4)
    a = checkpoint(block(log, "a"), x, use_reentrant=False)
    b = checkpoint(block(log, "b"), w, use_reentrant=False)
    log.note("grad", *grad((a + b).sum(), [x]))


@case
def checkpointed_grad_within(log):
    def function(x):
        log.note("call")
        y = x.sin()
        z = y.cos()
        (g,) = grad(z.sum(), [x], create_graph=True)
        return g * z

    with set_checkpoint_early_stop(False):
        x = floats(1, 2)
        checkpoint(function, x, use_reentrant=False).sum().backward()
        log.note("grad", x.grad)


@case
def sequential(log):
    functions = [lambda x: x * 2, torch.tanh, torch.exp, lambda x: x * x, torch.sin]
    x = floats(0.1, 0.2)
    y = checkpoint_sequential(functions, 2, x, use_reentrant=False)
    y.sum().backward()
    log.note("grad", y, x.grad)


def differing(name, second, early_stop=True):
    """A function that does `second` when it is called again."""

    def program(log):
        calls = []

        def function(x):
            calls.append(1)
            return x.exp().sin() if len(calls) == 1 else second(x)

        x = floats(1, 2)
        with set_checkpoint_early_stop(early_stop):
            y = checkpoint(function, x, use_reentrant=False)
        y.sum().backward()
        log.note("grad", x.grad)

    program.__name__ = name
    case(program)


differing("saves_fewer", lambda x: x.exp())
differing("saves_other_shapes", lambda x: torch.cat([x, x]).exp().sin())
differing("saves_other_types", lambda x: x.float().exp().sin())
differing("saves_more", lambda x: x.exp().sin().cos())
differing("saves_more_without_early_stop", lambda x: x.exp().sin().cos(), early_stop=False)

write(__file__)
