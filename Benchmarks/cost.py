#!/usr/bin/env python3
"""Prints what recording costs: recorded steps as multiples of the same steps unrecorded, beside PyTorch
with hooks that compute the same statistics. The ways take turns, and the median of the turns' ratios
counts, since a machine's speed changes from turn to turn."""
import argparse
import statistics
import subprocess
from pathlib import Path

from compare import Server

HERE = Path(__file__).parent
GOALS = {"mlp": (1.03, 1.10), "gpt": (1.03, 1.10), "tiny": (None, 3)}


def turn(server, way):
    """Microseconds of a step in a turn, in whose beginning recorders still finish the one before."""
    times = [server.run(way) for _ in range(4)]
    return None if None in times else statistics.mean(times[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads")
    parser.add_argument("--repetitions", type=int, default=9)
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
            taken = []
            for _ in range(arguments.repetitions):
                taken.append([turn(server, way) for server, way in turns])
            off, health, recorded, plain, hooked = zip(*taken)

            def multiple(us, base, wanted=None):
                if None in us or None in base:
                    return "-"
                ratio = statistics.median(u / b for u, b in zip(us, base))
                mark = "" if not wanted else " ✓" if ratio <= wanted else f" ✗{wanted:g}"
                return f"{ratio:.2f}{mark}"

            peers = "-" if None in plain else f"{statistics.median(plain):,.1f}"
            print(
                f"| {name} | {threads} | {statistics.median(off):,.1f} | "
                f"{multiple(health, off, health_goal)} | {multiple(recorded, off, goal)} | {peers} | "
                f"{multiple(hooked, plain)} |", flush=True)
            for server in [*ours.values(), peer]:
                server.close()
    subprocess.run("rm -f /tmp/agviz-benchmark-*", shell=True, check=False)


if __name__ == "__main__":
    main()
