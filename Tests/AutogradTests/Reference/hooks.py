"""Writes hooks.jsonl: in what order PyTorch calls hooks, what they see, and what becomes of what they return."""

import torch
from cases import case, floats, write
from torch.autograd import grad


def program(log):
    """x → y = 3x → z = 2y, with hooks of every kind on y and x."""
    x = floats(1, 2)
    y = x * 3
    z = (y * 2).sum()
    y.retain_grad()

    def tensor_hook(label, change):
        def hook(g):
            log.note(label, g)
            return change(g)

        return hook

    y.register_hook(tensor_hook("y first", lambda g: g * 10))
    y.register_hook(tensor_hook("y second", lambda g: None))
    x.register_hook(tensor_hook("x", lambda g: g + 0.5))
    x.register_post_accumulate_grad_hook(lambda t: log.note("x accumulated", t.grad))

    def prehook(gs):
        log.note("prehook", *gs)
        return (gs[0] + 1,)

    def post_hook(inputs, outputs):
        log.note("hook", *inputs, *outputs)
        return (inputs[0] * 100, None)

    y.grad_fn.register_prehook(prehook)
    y.grad_fn.register_hook(post_hook)
    accumulator = y.grad_fn.next_functions[0][0]
    accumulator.register_prehook(lambda gs: log.note("accumulator's prehook", *gs))
    accumulator.register_hook(lambda inputs, outputs: log.note("accumulator's hook", *outputs, x.grad))
    return x, y, z


@case
def order(log):
    x, y, z = program(log)
    z.backward()
    log.note("grads", y.grad, x.grad)


@case
def order_twice(log):
    x, y, z = program(log)
    z.backward(retain_graph=True)
    z.backward()
    log.note("grads", y.grad, x.grad)


@case
def capture_of_middle(log):
    x, y, z = program(log)
    log.note("results", *grad(z, [y]))
    log.note("y.grad", y.grad)


@case
def capture_of_leaf(log):
    x, y, z = program(log)
    log.note("results", *grad(z, [x]))
    log.note("y.grad", y.grad)


@case
def capture_of_both(log):
    x, y, z = program(log)
    log.note("results", *grad(z, [y, x]))


@case
def backward_with_inputs(log):
    x, y, z = program(log)
    z.backward(inputs=[x])
    log.note("grads", y.grad, x.grad)


@case
def not_needed(log):
    x, w = floats(1, 2), floats(3, 4)
    y = w * 2
    y.retain_grad()
    y.register_hook(lambda g: log.note("y", g))
    w.register_hook(lambda g: log.note("w", g))
    log.note("results", *grad((x * y).sum(), [x]))
    log.note("y.grad", None if y.grad is None else y.grad)


@case
def several_outputs(log):
    x = floats(1, 2, 3)
    a, b, c = x.unbind()
    a.register_hook(lambda g: log.note("a", g))
    c.register_hook(lambda g: log.note("c", g))
    a.register_hook(lambda g: log.note("a again", g))
    a.grad_fn.register_prehook(lambda gs: log.note("prehook", *gs))
    (a * 2 + c * 5).backward()
    log.note("x.grad", x.grad)


@case
def after_in_place_change(log):
    x = floats(1, 2)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: log.note("before", g))
    y.mul_(3)
    y.register_hook(lambda g: log.note("after", g))
    y.sum().backward()
    log.note("grads", y.grad, x.grad)


@case
def leaf_in_two_graphs(log):
    x = floats(1, 2)
    x.register_hook(lambda g: log.note("x", g))
    ((x * 2).sum() + (x * 3).sum()).backward()
    (x * 5).sum().backward()


@case
def leaf_hook_while_graph_lives(log):
    x = floats(1, 2)
    y = (x * 2).sum()
    handle = x.register_hook(lambda g: g * 10)
    x.register_post_accumulate_grad_hook(lambda t: log.note("accumulated", t.grad))
    y.backward(retain_graph=True)
    handle.remove()
    y.backward()


@case
def root_is_leaf(log):
    x = floats(1, 2)
    x.register_hook(lambda g: log.note("x", g))
    x.register_hook(lambda g: g * 2)
    x.backward(floats(3, 4, grad=False))
    log.note("grad", x.grad)


@case
def removal_within_a_hook(log):
    x = floats(1, 2)
    y = x * 2
    handles = []

    def first(g):
        log.note("first", g)
        for handle in handles:
            handle.remove()

    handles.append(y.register_hook(first))
    handles.append(y.register_hook(lambda g: log.note("second", g)))
    y.sum().backward(retain_graph=True)
    y.sum().backward()


@case
def recorded(log):
    x = floats(3)
    y = x * x
    y.register_hook(lambda g: g * y)
    (first,) = grad(y.sum(), [x], create_graph=True)
    (second,) = grad(first.sum(), [x])
    log.note("derivatives", first, second)


@case
def several_gradients(log):
    a, b = floats(1, 2), floats(3, 4)
    c, d = a * b, a * b
    note_all = lambda gs: log.note("all", *[None if g is None else g for g in gs])
    handle = torch.autograd.graph.register_multi_grad_hook((a, b, c, d), note_all)
    torch.autograd.graph.register_multi_grad_hook((a, b, c, d), lambda g: log.note("any", g), mode="any")
    c.sum().backward(retain_graph=True)
    c.sum().backward(inputs=(a,), retain_graph=True)
    (c + 2 * d).sum().backward(retain_graph=True)
    handle.remove()
    c.sum().backward()


@case
def error_of_tensor_hook(log):
    x = floats(1, 2)
    y = x * 2

    def hook(g):
        raise KeyError("mine")

    y.register_hook(hook)
    y.sum().backward()


def refusal(name, place, hook):
    def program(log):
        x = floats(1, 2)
        y = x * 2
        if place == "tensor":
            y.register_hook(hook)
        elif place == "leaf":
            x.register_hook(hook)
        elif place == "prehook":
            y.grad_fn.register_prehook(hook)
        else:
            y.grad_fn.register_hook(hook)
        y.sum().backward()
        log.note("x.grad", None if x.grad is None else x.grad)

    program.__name__ = name
    case(program)


refusal("tensor_hook_changes_size", "tensor", lambda g: floats(1, 2, 3, grad=False))
refusal("tensor_hook_changes_type", "tensor", lambda g: g.float())
refusal("leaf_hook_changes_size", "leaf", lambda g: floats(1, grad=False))
refusal("prehook_changes_count", "prehook", lambda gs: (gs[0], gs[0]))
refusal("prehook_changes_size", "prehook", lambda gs: (floats(1, grad=False),))
refusal("prehook_takes_gradient_away", "prehook", lambda gs: (None,))
refusal("hook_changes_count", "hook", lambda inputs, outputs: (inputs[0],))
refusal("hook_changes_size", "hook", lambda inputs, outputs: (floats(1, grad=False), None))
refusal("hook_gives_gradient_to_nobody", "hook", lambda inputs, outputs: (inputs[0], inputs[0]))
refusal("hook_takes_gradient_away", "hook", lambda inputs, outputs: (None, None))

write(__file__)
