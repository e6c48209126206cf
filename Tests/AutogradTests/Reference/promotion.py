"""Prints the table in PromotionTests.swift: torch.result_type of every pair of operands."""

import torch

dtypes = [torch.bool, torch.int32, torch.int64, torch.float32, torch.float64]
letters = dict(zip(dtypes, "bilfd"))
operands = (
    [torch.ones(2, dtype=d) for d in dtypes] + [torch.ones((), dtype=d) for d in dtypes] + [True, 2, 0.5]
)
for a in operands:
    print(
        " ".join(
            letters[torch.result_type(a, b)]
            if isinstance(a, torch.Tensor) or isinstance(b, torch.Tensor)
            else "-"
            for b in operands
        )
    )
