"""Writes reference.json: what the real PyTorchViz draws for small programs.

For every program the file holds the backward graph as plain data and the statements that torchviz
wrote for it under several options. Run it again after a change of PyTorch or of the programs:

    pip install torch==2.13.0 torchviz==0.0.3
    python3 make_reference.py
"""

import json
import pathlib

import torch
import torchviz.dot

SAVED = "_saved_"
OPTIONS = [
    {},
    {"show_saved": True},
    {"show_attrs": True, "show_saved": True},
    {"show_attrs": True, "max_attr_chars": 8},
    {"show_attrs": True, "max_attr_chars": 1},
]


class RecordingDigraph(torchviz.dot.Digraph):
    """A Digraph that remembers the statements before they become text."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ids, self.rows = {}, []

    def number(self, identifier):
        return self.ids.setdefault(identifier, len(self.ids))

    def node(self, name, label=None, fillcolor=None):
        super().node(name, label, **({"fillcolor": fillcolor} if fillcolor else {}))
        self.rows.append({"node": self.number(name), "label": label, "fillcolor": fillcolor})

    def edge(self, tail, head, **attributes):
        super().edge(tail, head, **attributes)
        self.rows.append({"edge": [self.number(tail), self.number(head)], **attributes})


torchviz.dot.Digraph = RecordingDigraph


def signed(value):
    return value - 2**64 if value >= 2**63 else value


def attribute(value):
    """A value in the form of the Swift enumeration AttributeValue."""
    if value is None:
        return {"none": True}
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int": signed(value)}
    if isinstance(value, float):
        return {"double": repr(value)}
    if isinstance(value, (tuple, list)):
        if all(type(v) is int for v in value):
            return {"ints": [signed(v) for v in value]}
        if all(type(v) is bool for v in value):
            return {"bools": list(value)}
        if all(type(v) is float for v in value):
            return {"doubles": [repr(v) for v in value]}
    return {"string": str(value)}


class Description:
    """The graph of some roots as plain data, objects numbered as the walk meets them."""

    def __init__(self, roots, params):
        self.names = {id(t): name for name, t in params.items()}
        self.alive, self.tensor_ids, self.tensors = [], {}, []
        self.node_ids, self.nodes = {}, []
        self.roots = [self.root(r) for r in roots]

    def tensor(self, t):
        if id(t) not in self.tensor_ids:
            self.alive.append(t)
            self.tensor_ids[id(t)] = len(self.tensors)
            self.tensors.append({
                "name": self.names.get(id(t)), "shape": list(t.shape),
                "dtype": str(t.dtype).removeprefix("torch."), "gradFn": None, "viewOf": None})
        return self.tensor_ids[id(t)]

    def root(self, t):
        number = self.tensor(t)
        if t.grad_fn is not None:
            self.tensors[number]["gradFn"] = self.walk(t.grad_fn)
        if t._is_view():
            self.tensors[number]["viewOf"] = self.root(t._base)
        return number

    def walk(self, first):
        stack = [first]
        while stack:
            fn = stack.pop()
            if fn in self.node_ids:
                continue
            self.node_ids[fn] = len(self.nodes)
            self.nodes.append(fn)
            stack.extend(n for n, _ in reversed(fn.next_functions) if n is not None)
        return self.node_ids[first]

    def node(self, fn):
        row = {"name": type(fn).__name__, "kind": "backward", "attributes": {}, "saved": {},
               "leaf": None,
               "inputs": [None if n is None else [self.node_ids[n], k]
                          for n, k in fn.next_functions]}
        for name in dir(fn):
            if not name.startswith(SAVED):
                continue
            value, name = getattr(fn, name), name.removeprefix(SAVED)
            if torch.is_tensor(value):
                row["saved"][name] = {"tensor": self.tensor(value)}
            elif isinstance(value, tuple) and any(torch.is_tensor(v) for v in value):
                row["saved"][name] = {
                    "tensors": [None if v is None else self.tensor(v) for v in value]}
            else:
                row["attributes"][name] = attribute(value)
        if hasattr(fn, "variable"):
            row["kind"] = "accumulateGrad"
            row["leaf"] = self.tensor(fn.variable)
        if hasattr(fn, "saved_tensors"):
            row["kind"] = "function"
            row["saved"]["saved_tensors"] = {"tensors": [self.tensor(t) for t in fn.saved_tensors]}
        return row

    def json(self):
        return {"roots": self.roots, "nodes": [self.node(fn) for fn in self.nodes],
                "tensors": self.tensors}


def case(name, roots, params):
    roots = roots if isinstance(roots, tuple) else (roots,)
    drawings = []
    for options in OPTIONS:
        dot = torchviz.dot.make_dot(roots if len(roots) > 1 else roots[0], params=params, **options)
        drawings.append({
            "showAttrs": options.get("show_attrs", False),
            "showSaved": options.get("show_saved", False),
            "maxAttrChars": options.get("max_attr_chars", 50),
            "size": dot.graph_attr["size"], "statements": dot.rows})
    return {"name": name, "graph": Description(roots, params).json(), "drawings": drawings}


def leaf(*shape):
    return torch.randn(*shape, requires_grad=True)


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return x * weight

    @staticmethod
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        return gradient * weight, gradient * x


class Split(torch.autograd.Function):
    """Takes a plain number between tensors, saves its output, returns two tensors."""

    @staticmethod
    def forward(ctx, x, factor, y):
        result = x * factor
        ctx.save_for_backward(result)
        return result, y + 1

    @staticmethod
    def backward(ctx, first, second):
        return first, None, second


class Nothing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx._saved_note = 'a "quoted" <note> & more'
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


def programs():
    a, b, c = leaf(3), leaf(3), leaf(3, 4)

    yield "one operator", (a * b).sum(), {"a": a, "b": b}
    yield "unnamed leaves", (a * b).sum(), {}
    yield "a leaf as the root", a, {"a": a}
    yield "a root without a gradient", torch.ones(2), {}

    d = a.exp()
    yield "diamond", (d.sin() + d.cos()).mean(), {"a": a}
    yield "a leaf used twice by one node", a * a, {"a": a}
    yield "constants on one side", (2 - a * 3.5) / 7, {"a": a}

    yield "view as the root", a.exp().view(3, 1), {"a": a}
    yield "view of a leaf as the root", c.t(), {"c": c}
    base = c.exp()
    view = base.t()[1:]
    yield "view of a view", view.reshape(-1)[::2].unsqueeze(0), {"c": c}
    yield "view and base as roots", (view, base), {"c": c}
    yield "base and view as roots", (base, view), {"c": c}
    yield "two views of one base", (base[0], base[1]), {"c": c}
    yield "unbound views", tuple(base.unbind(0)), {}

    e = a.sin() + 1
    e[1:].mul_(2).add_(b[1:])
    yield "in-place on a view", e.sum(), {"a": a, "b": b}
    f = c.clone()
    g = f[0]
    f.add_(1).sub_(c)
    yield "in-place on a base", (g * 2, f), {"c": c}
    h = torch.zeros(4)
    h[1:] = a
    h[0] = b[2]
    yield "assignment to slices", h, {"a": a, "b": b}
    k = torch.zeros(4)
    part = k[:3]
    part.copy_(a)
    yield "in-place on a view that is the root", part, {"a": a}

    yield "several roots", (d.sum(), (d * b).sum(), a), {"a": a, "b": b}
    yield "the same root twice", (d, d), {"a": a}
    yield "a leaf root seen as a leaf", (d.sum(), a), {"a": a}
    yield "a saved leaf as a second root", ((a * b).sum(), b), {"a": a, "b": b}

    yield "custom function", Scale.apply(a, b).sum(), {"a": a, "b": b}
    yield "custom function of inner nodes", Scale.apply(a.exp(), b.sin()) * b, {"a": a}
    yield "custom function with two outputs", Split.apply(a, 3, b), {"a": a}
    yield "custom function that saves nothing", Nothing.apply(a), {"a": a}

    index = torch.tensor([0, 2])
    yield "indexed by tensors", c[index, index].sum(), {"c": c}
    yield "indexed with gaps", c.unsqueeze(1)[index, :, index], {"c": c}
    yield "concatenated", torch.cat([a, b, d]).softmax(-1), {"a": a, "b": b}
    yield "stacked", torch.stack([a, b], dim=-2).logsumexp((-1, -2)), {"a": a, "b": b}

    x = torch.randn(5, 4)
    m = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    yield "two layers", torch.nn.functional.cross_entropy(
        m(x), torch.tensor([0, 1, 0, 1, -100])), dict(m.named_parameters())
    conv = torch.nn.Conv2d(2, 3, 3, padding=1, stride=2)
    yield "convolution", torch.nn.functional.max_pool2d(
        conv(torch.randn(1, 2, 8, 8)), 2), dict(conv.named_parameters())
    yield "layer norm", torch.nn.functional.layer_norm(c, (4,)), {"c": c}
    yield "embedding", torch.nn.functional.embedding(index, c), {"c": c}
    yield "upsampling", torch.nn.functional.interpolate(
        leaf(1, 1, 2, 2), scale_factor=(1.5, 2.0), mode="bilinear"), {}
    yield "einsum", torch.einsum("ij,ij->i", c, c), {"c": c}
    yield "negative numbers", (
        (a ** -1).add(b, alpha=-2).clamp(-3, None)
        + torch.nn.functional.leaky_relu(b, -0.25).transpose(-1, 0).sum(-1, keepdim=True)), {}
    yield "wide numbers", (a * 1e16).pow(1.5e-7) + (b * 2.0**53).clamp(1e15, 1.25e17) * 1e300, {}
    yield "not numbers", a.clamp(float("-inf"), float("inf")) + b * float("nan"), {}
    yield "long attributes", leaf(*[1] * 30).sum(tuple(range(20))), {}
    yield "higher order", torch.autograd.grad((a ** 3).sum(), a, create_graph=True)[0], {"a": a}
    yield "empty shapes", leaf(0, 3).sum(0), {}
    yield "hostile names", (a * b + d).sum(), {
        'w"][URL="http://x"]\n<script>': a, "<b>\\N\\l & &lt; \u202e \u00e9\u4e2d\U0001f600": b}
    yield "an empty name", (a * b).sum(), {"": a}


def main():
    torch.manual_seed(0)
    cases = [case(*program) for program in programs()]
    path = pathlib.Path(__file__).with_name("reference.json")
    lines = [json.dumps(c, separators=(",", ":")) for c in cases]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
