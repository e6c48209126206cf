"""Writes schedulers.jsonl: learning rates (and momenta) of PyTorch's schedules over whole runs."""

import json
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler as L

warnings.simplefilter("ignore")
EPOCHS = 45

CASES = {
    "lambda": lambda o: L.LambdaLR(o, lambda e: 0.95**e),
    "multiplicative": lambda o: L.MultiplicativeLR(o, lambda e: 1 - 0.01 * e),
    "step": lambda o: L.StepLR(o, 7, 0.3),
    "multi_step": lambda o: L.MultiStepLR(o, [3, 11, 11, 30], 0.5),
    "constant": lambda o: L.ConstantLR(o, 0.25, 6),
    "linear": lambda o: L.LinearLR(o, 0.1, 0.8, 13),
    "exponential": lambda o: L.ExponentialLR(o, 0.93),
    "polynomial": lambda o: L.PolynomialLR(o, 20, 1.7),
    "cosine": lambda o: L.CosineAnnealingLR(o, 10, 0.001),
    "cosine_once": lambda o: L.CosineAnnealingLR(o, 45),
    "restarts": lambda o: L.CosineAnnealingWarmRestarts(o, 5, 2, 0.002),
    "restarts_even": lambda o: L.CosineAnnealingWarmRestarts(o, 6),
    "one_cycle": lambda o: L.OneCycleLR(o, [0.5, 0.3], 44),
    "one_cycle_linear": lambda o: L.OneCycleLR(
        o, 0.4, 50, pct_start=0.25, anneal_strategy="linear", three_phase=True, div_factor=10, final_div_factor=50
    ),
    "warm_up": lambda o: L.SequentialLR(o, [L.LinearLR(o, 0.1, total_iters=5), L.CosineAnnealingLR(o, 30)], [5]),
    "sequence": lambda o: L.SequentialLR(
        o,
        [L.ConstantLR(o, 0.5, 4), L.ExponentialLR(o, 0.9), L.StepLR(o, 3), L.PolynomialLR(o, 10),
         L.CosineAnnealingWarmRestarts(o, 4)],
        [6, 15, 22, 35],
    ),
    "chained": lambda o: L.ChainedScheduler([L.ConstantLR(o, 0.1, 4), L.ExponentialLR(o, 0.9)]),
    "plateau": lambda o: L.ReduceLROnPlateau(o, patience=2, cooldown=1),
    "plateau_max": lambda o: L.ReduceLROnPlateau(
        o, "max", factor=0.5, patience=1, threshold=0.05, threshold_mode="abs", min_lr=[0.01, 0.02]
    ),
}

lines = []
for name, make in CASES.items():
    for optimizer_name in ("SGD", "Adam"):
        ps = [torch.zeros(1, requires_grad=True) for _ in range(2)]
        groups = [{"params": [ps[0]]}, {"params": [ps[1]], "lr": 0.04}]
        if optimizer_name == "SGD":
            optimizer = torch.optim.SGD(groups, lr=0.2, momentum=0.7)
        else:
            optimizer = torch.optim.Adam(groups, lr=0.2)
        scheduler = make(optimizer)
        rates, momenta, metrics = [], [], []
        for epoch in range(EPOCHS):
            rates.append([g["lr"] for g in optimizer.param_groups])
            momenta.append([g["betas"][0] if "betas" in g else g["momentum"] for g in optimizer.param_groups])
            optimizer.step()
            metric = 1 / (1 + epoch) if epoch < 12 else 0.08 + 0.001 * (epoch % 5)
            metrics.append(metric)
            if epoch == EPOCHS - 1:
                break
            if "plateau" in name:
                scheduler.step(metric)
            else:
                scheduler.step()
        lines.append(
            json.dumps(
                {
                    "scheduler": name,
                    "optimizer": optimizer_name,
                    "rates": rates,
                    "momenta": momenta if "cycle" in name else [],
                    "metrics": metrics if "plateau" in name else [],
                }
            )
        )
Path(__file__).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
