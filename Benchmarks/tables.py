"""How the results are shown: as text while they come, or as Markdown for the README."""


def microseconds(value):
    return "-" if value is None else f"{value:,.2f}" if value < 10 else f"{value:,.0f}"


def ratio(row, key):
    """A ratio; with a mark and its goal where it misses that."""
    if key not in row:
        return "-"
    goal = row.get(key + "_goal")
    missed = goal is not None and row[key] < goal
    return f"{row[key]:.2f}" + (f" ✗{goal:g}" if missed else " ✓" if goal else "")


def best(row):
    """The ratio beside PyTorch's best, and the fastest other way to run it."""
    return f"{row['best_ratio']:.2f} ({row['variant']})" if "variant" in row else ""


def gflops(row, side):
    value = row.get(side + "_gflops")
    return "" if value is None else f"{value:.0f}"


def limit(peak, threads):
    return (
        f"The processor's limit is {peak:.0f} GFLOP/s a thread in float32 and half of that in "
        f"float64: {threads * peak:.0f} and {threads * peak / 2:.0f} here.")


def time_cells(row):
    return [
        row["workload"], microseconds(row["agviz_us"]), microseconds(row.get("pytorch_us")),
        microseconds(row.get("tuned_us")), ratio(row, "ratio"), ratio(row, "tuned_ratio"),
        best(row), gflops(row, "agviz"), gflops(row, "pytorch"),
    ]


def memory_cells(row):
    cells = [row["workload"]]
    for kind in "mb", "data_mb":
        ours, theirs = row[f"agviz_{kind}"], row[f"pytorch_{kind}"]
        cells += [f"{ours:.0f} " + ("✓" if ours <= theirs else "✗"), f"{theirs:.0f}"]
    return cells


TIMES = ["µs a step", "agviz", "PyTorch", "tuned malloc", "ratio", "ratio, tuned", "best",
         "GFLOP/s", "PyTorch's"]
MEMORY = ["peak memory, MB", "agviz", "PyTorch", "agviz, data", "PyTorch, data"]
ABOUT_MEMORY = (
    "Whole processes at their peak; as data, what remains less the peak of a process that only takes "
    "a step of one element.")


def threads_title(threads):
    return "One thread" if threads == 1 else f"{threads} threads"


class TextTables:
    def table(self, header, rows):
        widths = [30] + [max(len(h), 11) for h in header[1:]]

        def show(cells):
            line = cells[0].ljust(widths[0]) + "".join(
                "  " + c.rjust(w) for c, w in zip(cells[1:], widths[1:]))
            print(line.rstrip(), flush=True)

        show(header)
        for row in rows:
            show(row)

    def title(self, text):
        print(f"\n{text}", flush=True)

    def times(self, threads, rows, peak):
        note = "" if peak is None else " " + limit(peak, threads)
        self.title(f"{threads_title(threads)}.{note}")
        self.table(TIMES, map(time_cells, rows))

    def memory(self, rows):
        self.title(ABOUT_MEMORY)
        self.table(MEMORY, map(memory_cells, rows))

    def render(self, row):
        dot = f"; dot {row['dot_us'] / 1e3:.0f} ms" if "dot_us" in row else ""
        mark = "✓" if row["agviz_us"] <= row["goal_us"] else "✗"
        self.title(
            f"Drawing a dump as SVG, a whole process: agviz {row['agviz_us'] / 1e3:.0f} ms "
            f"{mark}{dot}")


class MarkdownTables(TextTables):
    def table(self, header, rows):
        def show(cells):
            print("| " + " | ".join(cells) + " |", flush=True)

        print()
        show(header)
        show(["---"] + ["---:"] * (len(header) - 1))
        for row in rows:
            show(row)
