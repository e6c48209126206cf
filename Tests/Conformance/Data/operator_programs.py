"""Programs of single operators with their gradients and second derivatives, for *_more.py.

The importing script is called with the folder of oracle.py, which runs a program in PyTorch.
"""
import json
import sys
import warnings

sys.path.insert(0, sys.argv[1])
import oracle  # noqa: E402

warnings.filterwarnings("ignore")


class Programs:
    def __init__(self, rng, events=True):
        """Without `events` the engine's calls of nodes are not part of what is expected."""
        self.rng = rng
        self.events = events
        self.all = []

    def tensor(self, shape, dtype="float32", grad=True, low=-128, high=128, data=None):
        """Multiples of 1/64, or whole numbers; floating point requires a gradient unless told not to."""
        count = 1
        for size in shape:
            count *= size
        if data is None:
            if dtype == "bool":
                data = [self.rng.random() < .5 for _ in range(count)]
            elif dtype.startswith("int"):
                data = [self.rng.randrange(low, high) for _ in range(count)]
            else:
                data = [self.rng.randrange(low, high) / 64 for _ in range(count)]
        made = {"dtype": dtype, "shape": list(shape), "data": data}
        if grad and dtype.startswith("float"):
            made["requires_grad"] = True
        return made

    def add(self, name, tensors, op, inputs, args=None, outs=("y",), before=(), after=(), saved=True,
            twice=True):
        """A program of one operator; its gradients, and in another theirs where they require one."""
        steps = [*before, {"op": op, "in": inputs, "args": args or {}, "out": list(outs)}, *after]
        tensors = json.loads(json.dumps(tensors))
        program = {"name": name, "tensors": tensors, "steps": steps}
        found = oracle.run(json.loads(json.dumps(program)), events=False)["expect"]
        leaves = [n for n, t in tensors.items() if t.get("requires_grad")]
        roots = self.gradients(program, found, outs, "v", saved)
        self.all.append(oracle.run(program, self.events))
        if not roots or not twice:
            return
        program = json.loads(json.dumps({k: program[k] for k in ("tensors", "steps")}))
        program["name"] = name + "_twice"
        gradients = [f"v_{root}" for root in roots]
        for gradient in gradients:
            program["tensors"][gradient]["requires_grad"] = True
        names = [f"d_{leaf}" for leaf in leaves]
        program["steps"].append({
            "op": "grad", "of": roots, "wrt": leaves, "gradient": gradients, "create_graph": True,
            "allow_unused": True, "out": names})
        found = oracle.run(json.loads(json.dumps(program)), events=False)["expect"]
        if "error" not in found and self.gradients(program, found, names, "u", saved):
            self.all.append(oracle.run(program, self.events))

    def gradients(self, program, found, outs, prefix, saved):
        """Makes the program go backward from those of its results that require a gradient."""
        if "error" in found:
            return []
        roots = [out for out in outs if found["values"].get(out, {}).get("requires_grad")]
        if roots:
            names = []
            for root in roots:
                value = found["values"][root]
                names.append(f"{prefix}_{root}")
                program["tensors"][names[-1]] = self.tensor(value["shape"], value["dtype"], False)
            program["backward"] = {"of": roots, "gradient": names}
            if saved:
                program["saved"] = True
        return roots

    def write(self):
        for program in self.all:
            print(json.dumps(program, separators=(",", ":")))
