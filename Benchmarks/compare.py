#!/usr/bin/env python3
"""Prints what the engine and the command take beside their peers, and the ratios.

The sides take turns, a repetition each, so that what else the machine does falls on all, and the
best repetition of each counts, since what disturbs only ever adds. Needs PyTorch for the engine's
peers (pip install torch) and the `dot` program for the renderer's; a peer that is missing is left
out. PyTorch runs twice: as it comes, and with a malloc told to keep what is released, since otherwise
its large tensors pay for fresh memory each time. Where PyTorch has other ways to run a workload, such
as a fused optimiser, they run with that malloc too, and the best of all is shown.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import goals
from tables import MarkdownTables, TextTables

HERE = Path(__file__).parent
KEEPS_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(2 << 30),
    "MALLOC_TOP_PAD_": str(64 << 20),
}


class Server:
    """One side of the line protocol."""

    def __init__(self, command, threads, environment={}):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "AGVIZ_NUM_THREADS": str(threads), **environment})

    def run(self, name):
        """Microseconds of one step; None from a side that lacks the workload or is not there."""
        try:
            self.process.stdin.write(name + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline()).get("us")
        except (BrokenPipeError, json.JSONDecodeError):
            return None

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Run:
    def __init__(self, arguments):
        self.workloads = arguments.workloads
        self.command = [sys.executable, str(HERE / "peers")]
        self.repetitions = arguments.repetitions
        lines = subprocess.run(
            [self.workloads, "--list"], capture_output=True, text=True, check=True).stdout
        everything = [json.loads(line) for line in lines.splitlines()]
        # What recording costs is not compared with a peer: see cost.py.
        self.selected = [
            w for w in everything
            if re.search(arguments.only, w["name"]) and not w["name"].startswith("record.")]
        self.variants = subprocess.run(
            self.command + ["--variants"], capture_output=True, text=True).stdout.splitlines()
        self.memory_names = [w["name"] for w in self.selected if w["name"] in goals.MEMORY]

    def peak(self):
        """The processor's limit in 10^9 float32 operations a second."""
        return float(subprocess.run(
            [self.workloads, "--peak"], capture_output=True, text=True, check=True).stdout)

    def times(self, threads):
        """A row for each workload, as it is done."""
        sides = {
            "agviz": Server([self.workloads], threads),
            "pytorch": Server(self.command, threads),
            "tuned": Server(self.command, threads, KEEPS_MEMORY),
        }
        # All have started before the first is asked how many steps make a repetition: beside
        # others that start it would find too few.
        for server in sides.values():
            server.run("nothing")
        for workload in self.selected:
            if threads > 1 and not workload["threads"]:
                continue
            name = workload["name"]
            turns = {side: (server, name) for side, server in sides.items()}
            for variant in self.variants:
                if variant.startswith(name + "@"):
                    turns[variant] = (sides["tuned"], variant)
            taken = {turn: [] for turn in turns}
            for _ in range(self.repetitions):
                for turn, (server, asked) in turns.items():
                    us = server.run(asked)
                    if us is not None:
                        taken[turn].append(us)
            yield self.time_row(workload, threads, taken)
        for server in sides.values():
            server.close()

    @staticmethod
    def time_row(workload, threads, taken):
        best = {side: min(us) for side, us in taken.items() if us and "@" not in side}
        variants = {side: min(us) for side, us in taken.items() if us and "@" in side}
        row = {"workload": workload["name"], "threads": threads}
        row |= {side + "_us": us for side, us in best.items()}
        goal = goals.goal_of(workload["name"])
        for side, key, wanted in (
            ("pytorch", "ratio", goal and goal.ratio), ("tuned", "tuned_ratio", goal and goal.tuned)
        ):
            if side in best:
                row[key] = best[side] / best["agviz"]
                if wanted:
                    row[key + "_goal"] = wanted
        if variants:
            fastest = min(variants, key=variants.get)
            row["best_ratio"] = min(variants[fastest], best["pytorch"], best["tuned"]) / best["agviz"]
            row |= {"variant": fastest.split("@")[1], "variant_us": variants[fastest]}
        if workload["flops"]:
            row |= {side + "_gflops": workload["flops"] / us / 1e3 for side, us in best.items()}
        return row

    def memory(self):
        """A row for each workload whose memory counts, every one in processes of its own."""

        def peak(command, name):
            done = subprocess.run(
                command + ["--memory", name], capture_output=True, text=True,
                env={**os.environ, "AGVIZ_NUM_THREADS": "1"})
            return int(done.stdout) / 1e6 if done.returncode == 0 else None

        commands = {"agviz": [self.workloads], "pytorch": self.command}
        bare = {side: peak(command, "nothing") for side, command in commands.items()}
        for name in self.memory_names if bare["pytorch"] else []:
            row = {"workload": name}
            for side, command in commands.items():
                row[side + "_mb"] = peak(command, name)
                row[side + "_data_mb"] = row[side + "_mb"] - bare[side]
            yield row


def render(agviz, graph, repetitions):
    """A row for the time of whole processes that draw a graph."""

    def microseconds(command):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return (time.perf_counter() - start) * 1e6

    with tempfile.TemporaryDirectory() as folder:
        dot, svg = f"{folder}/graph.dot", f"{folder}/graph.svg"
        subprocess.run([agviz, "render", graph, "-o", dot], check=True)
        ours, theirs = [], []
        for _ in range(3 * repetitions):
            ours.append(microseconds([agviz, "render", graph, "-o", svg]))
            if shutil.which("dot"):
                theirs.append(microseconds(["dot", "-Tsvg", dot, "-o", svg]))
    row = {"workload": "agviz render", "agviz_us": min(ours), "goal_us": goals.RENDER}
    return row | ({"dot_us": min(theirs)} if theirs else {})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", help="the engine's side: the program `workloads`")
    parser.add_argument("--agviz", help="the command, to time a drawing of --graph")
    parser.add_argument("--graph", help="a dump to draw")
    parser.add_argument("--only", default="", help="a pattern that names must contain")
    parser.add_argument("--threads", default="1,2", help="the numbers of threads, by commas")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--markdown", action="store_true", help="print tables for the README")
    parser.add_argument("--json", metavar="FILE", help="also write every row as a line of JSON")
    arguments = parser.parse_args()

    rows = []
    tables = MarkdownTables() if arguments.markdown else TextTables()

    def collect(produced):
        for row in produced:
            rows.append(row)
            yield row

    if os.getloadavg()[0] > 0.5:
        print("This machine is busy: the times are rough, those of several threads very rough.",
              file=sys.stderr)
    run = Run(arguments)
    peak = run.peak() if any(w["flops"] for w in run.selected) else None
    for threads in map(int, arguments.threads.split(",")):
        tables.times(threads, collect(run.times(threads)), peak)
    if run.memory_names:
        tables.memory(collect(run.memory()))
    if arguments.agviz and re.search(arguments.only, "agviz render"):
        tables.render(*collect([render(arguments.agviz, arguments.graph, arguments.repetitions)]))
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)


if __name__ == "__main__":
    main()
