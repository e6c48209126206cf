#!/usr/bin/env python3
"""Prints what recording costs: recorded steps as multiples of the same steps unrecorded, beside PyTorch
with hooks that compute the same statistics. The ways take turns, and the best repetition counts."""
import argparse
import subprocess
from pathlib import Path

from compare import Server

HERE = Path(__file__).parent
GOALS = {"mlp": (1.03, 1.10), "gpt": (1.03, 1.10), "tiny": (None, 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads")
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--threads", default="1,2")
    arguments = parser.parse_args()
    print("| step | threads | unrecorded, µs | health and hash | statistics | PyTorch, µs | its hooks |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for threads in map(int, arguments.threads.split(",")):
        for name, (health_goal, goal) in GOALS.items():
            # A process for each way: a recorder works on while others are measured.
            ways = [f"record.{name}_off", f"record.{name}_health", f"record.{name}"]
            ours = {way: Server([arguments.workloads], threads) for way in ways}
            peer = Server(["python3", str(HERE / "peers")], threads)
            turns = [(ours[way], way) for way in ways]
            turns += [(peer, ways[0]), (peer, ways[2])]
            for server, _ in turns:
                server.run("nothing")
            taken = [[] for _ in turns]
            for _ in range(arguments.repetitions):
                for times, (server, way) in zip(taken, turns):
                    us = server.run(way)
                    if us is not None:
                        times.append(us)
            off, health, statistics, plain, hooked = (min(t) if t else None for t in taken)

            def multiple(us, base, wanted=None):
                if not us or not base:
                    return "-"
                mark = "" if not wanted else " ✓" if us / base <= wanted else f" ✗{wanted:g}"
                return f"{us / base:.2f}{mark}"

            print(
                f"| {name} | {threads} | {off:,.1f} | {multiple(health, off, health_goal)} | "
                f"{multiple(statistics, off, goal)} | {f'{plain:,.1f}' if plain else '-'} | "
                f"{multiple(hooked, plain)} |", flush=True)
            for server in [*ours.values(), peer]:
                server.close()
    subprocess.run("rm -f /tmp/agviz-benchmark-*", shell=True, check=False)


if __name__ == "__main__":
    main()
