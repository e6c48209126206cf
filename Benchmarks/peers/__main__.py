#!/usr/bin/env python3
"""The workloads of the benchmarks on PyTorch's side: the same protocol as `workloads`.

python3 peers                  a name per line on standard input; for each a line of JSON with the
                               microseconds of a step
python3 peers --variants       the names of the other ways to run a workload, NAME@VARIANT, a line each
python3 peers --memory NAME    the most memory, in bytes, that the process had after a few steps of
                               the workload; with NAME "nothing" that of bare PyTorch

As many threads as AGVIZ_NUM_THREADS says, which the engine reads too.
"""
import gc
import json
import os
import re
import sys
from pathlib import Path

import torch

# These register their workloads.
import convolutions  # noqa: F401
import elementwise  # noqa: F401
import losses  # noqa: F401
import moving  # noqa: F401
import networks  # noqa: F401
import normalization  # noqa: F401
import pooling  # noqa: F401
import products  # noqa: F401
import recording  # noqa: F401
import small  # noqa: F401
import training  # noqa: F401
from support import WORKLOADS, Repeated

TARGET = 0.06


def peak_memory():
    # getrusage would count that of the process that started this one, too.
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+)", status)[1]) * 1024


def serve():
    name, repeated = None, None
    for line in sys.stdin:
        if line.strip() != name:
            repeated = None
            gc.collect()
            name = line.strip()
            if name in WORKLOADS:
                repeated = Repeated(WORKLOADS[name], TARGET)
        answer = {"us": repeated.microseconds_per_step()} if repeated else {"error": name}
        print(json.dumps(answer), flush=True)


torch.set_num_threads(int(os.environ.get("AGVIZ_NUM_THREADS", "1")))
if sys.argv[1:2] == ["--memory"]:
    step = WORKLOADS.get(sys.argv[2], WORKLOADS["tiny.1"])()
    for _ in range(3):
        step()
    print(peak_memory())
elif sys.argv[1:2] == ["--variants"]:
    print(*(name for name in WORKLOADS if "@" in name), sep="\n")
else:
    serve()
