#!/usr/bin/env python3
"""Prints what the engine and the command take beside their peers, and the ratios.

Both sides take turns, a repetition each, so that what else the machine does falls on both. Needs
PyTorch for the engine's peers (pip install torch) and the `dot` program for the renderer's; a peer
that is missing is left out.

AGVIZ_NUM_THREADS is the number of threads of both sides, one unless given.

usage: compare.py WORKLOADS_PROGRAM AGVIZ_PROGRAM GRAPH_FILE [REPETITIONS]
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("AGVIZ_NUM_THREADS", "1")
workloads, agviz, graph = sys.argv[1:4]
repetitions = int(sys.argv[4]) if len(sys.argv) > 4 else 7
here = Path(__file__).parent


class Server:
    """One side of the line protocol."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, name):
        try:
            self.process.stdin.write(name + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline()).get("us")
        except (BrokenPipeError, json.JSONDecodeError):
            return None


def row(name, ours, theirs):
    shown = f"{statistics.median(ours):>12,.1f}"
    if theirs:
        ratio = statistics.median(t / o for o, t in zip(ours, theirs))
        print(f"{name:<36}{shown}{statistics.median(theirs):>14,.1f}{ratio:>10.1f}")
    else:
        print(f"{name:<36}{shown}{'-':>14}{'-':>10}")


def process_time(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1e6


names = subprocess.run([workloads, "--list"], capture_output=True, text=True, check=True)
engine = Server([workloads])
pytorch = Server([sys.executable, str(here / "peers.py")])
print(f"{'microseconds, median':<36}{'agviz':>12}{'peer':>14}{'ratio':>10}")
for name in names.stdout.splitlines():
    ours, theirs = [], []
    for _ in range(repetitions):
        ours.append(engine.run(name))
        answer = pytorch.run(name)
        if answer is not None:
            theirs.append(answer)
    row(name, ours, theirs)

with tempfile.TemporaryDirectory() as folder:
    dot, svg = f"{folder}/graph.dot", f"{folder}/graph.svg"
    subprocess.run([agviz, "render", graph, "-o", dot], check=True)
    ours, theirs = [], []
    for _ in range(3 * repetitions):
        ours.append(process_time([agviz, "render", graph, "-o", svg]))
        if shutil.which("dot"):
            theirs.append(process_time(["dot", "-Tsvg", dot, "-o", svg]))
    row("render to SVG, whole process", ours, theirs)
