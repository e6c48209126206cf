"""Writes *.safetensors by the Python package, and safetensor_files.jsonl with what is in them."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

here = Path(__file__).parent
torch.manual_seed(3)
every = {
    "weight": torch.randn(3, 4),
    "layer.0.bias": torch.randn(5, dtype=torch.float64),
    "count": torch.tensor(7),
    "numbers": torch.arange(6, dtype=torch.int32).reshape(2, 3),
    "mask": torch.tensor([True, False, True]),
    "empty": torch.zeros(0, 3),
    "näme \"with\" \\ signs\n": torch.ones(1),
}
half = {"f16": torch.randn(9).half(), "bf16": torch.randn(2, 5).bfloat16(), "tiny": torch.tensor([6e-8, -0.0]).half()}
save_file(every, here / "every.safetensors", metadata={"format": "pt"})
save_file(half, here / "half.safetensors")
save_file({"bytes": torch.arange(4, dtype=torch.uint8), "fine": torch.ones(2)}, here / "bytes.safetensors")
lines = []
for name, tensors in ("every", every), ("half", half):
    for key, value in tensors.items():
        lines.append(
            json.dumps(
                {
                    "file": name,
                    "key": key,
                    "dtype": str(value.dtype).removeprefix("torch."),
                    "shape": list(value.shape),
                    "values": value.double().flatten().tolist(),
                }
            )
        )
(here / "safetensor_files.jsonl").write_text("\n".join(lines) + "\n")
