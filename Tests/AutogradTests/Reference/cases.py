"""What the scripts of cases have in common: a case is a small program that notes what it sees."""

import json
import re
from pathlib import Path

import torch

_cases = []


class Log:
    def __init__(self):
        self.entries = []

    def note(self, label, *values):
        """A label, and the numbers of tensors; None where there is none."""
        numbers = []
        for value in values:
            if isinstance(value, torch.Tensor):
                numbers += value.detach().double().reshape(-1).tolist()
            else:
                numbers.append(value if value is None else float(value))
        self.entries.append({"label": label, "values": numbers})


def case(function):
    _cases.append(function)
    return function


def floats(*values, grad=True):
    return torch.tensor(values, dtype=torch.float64, requires_grad=grad)


def write(script):
    """Runs the cases of a script, and writes what they noted beside it."""
    lines = []
    for function in _cases:
        log, error = Log(), None
        torch.manual_seed(0)
        try:
            function(log)
        except Exception as exception:  # also those that hooks raise themselves
            error = str(exception.args[0]) if exception.args else str(exception)
            # Closures have no name in Swift, and dtypes no module.
            error = re.sub(r"^hook .<lambda>.", "hook", error).split("\n")[0].replace("torch.", "")
            error = re.split(r" \(or |, which is|, although", error)[0].replace("utils.", "")
        lines.append(json.dumps({"name": function.__name__, "log": log.entries, "error": error}))
    Path(script).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
