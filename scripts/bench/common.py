"""What the benchmarks share: contestants that take turns, what they ran on, and the page with the figures.

Every contestant is a process of its own, and they take turns, one call at a time and in any order, so that a
change of the machine's speed meets all alike. Processes of one program differ, by up to a fifth, so each is
started anew a few times; ratios are of medians over all turns. "kept" is a C library that keeps freed memory
(what the `ganjax` command sets), "stock" is its default. Results go to a JSON file and into
docs/performance.md.
"""

import argparse
import dataclasses
import datetime
import importlib.util
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

HERE = pathlib.Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
FIGURES = ("seconds", "gigabytes", "of PyTorch's")  # what is measured once, not in turns
Results = dict[str, Any]
Cases = Iterator[tuple[str, Results]]
# What `ganjax.core.allocator.keep_memory` sets, as the environment of a process.
KEPT = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**62),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


@dataclasses.dataclass(frozen=True)
class Contestant:
    """One worker: who, with which allocator, in which type, with which order of axes."""

    framework: str
    allocator: str
    dtype: str = "float32"
    layout: str = ""

    def __str__(self) -> str:
        layout = f", {self.layout}" if self.layout else ""
        return f"{self.framework} {self.dtype}{layout} ({self.allocator})"


OURS, OURS_STOCK = Contestant("ganjax", "kept"), Contestant("ganjax", "stock")
OURS_BF16 = Contestant("ganjax", "kept", "bfloat16")
TORCH, TORCH_STOCK = Contestant("torch", "kept"), Contestant("torch", "stock")
TORCH_LAST = Contestant("torch", "kept", layout="channels last")
TORCH_BF16 = Contestant("torch", "kept", "bfloat16", "channels last")
RATIOS = (
    ("float32, both kept", TORCH, OURS),
    ("float32, both stock", TORCH_STOCK, OURS_STOCK),
    ("as shipped: torch stock, ganjax kept", TORCH_STOCK, OURS),
    ("torch float32 with channels last, ganjax float32, both kept", TORCH_LAST, OURS),
    ("torch float32, ganjax bfloat16, both kept", TORCH, OURS_BF16),
    ("bfloat16, torch with channels last, both kept", TORCH_BF16, OURS_BF16),
)


class Worker:
    """A running contestant of the benchmark `bench`, whose script is `bench`_`framework`.py."""

    def __init__(self, bench: str, contestant: Contestant, job: Results, python: str) -> None:
        script = HERE / f"{bench}_{contestant.framework}.py"
        settings = KEPT if contestant.allocator == "kept" else {}
        details = {"dtype": contestant.dtype, "layout": contestant.layout}
        self.process = subprocess.Popen(
            [python, str(script), json.dumps(job | details)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | settings,
        )
        self.facts = self._read()
        self.times: list[dict[str, float]] = []

    def turn(self) -> None:
        """One timed call."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.times.append(self._read())

    def close(self) -> int:
        """Ends it; gives the most memory that it had, in bytes."""
        assert self.process.stdin
        self.process.stdin.close()
        return peak_memory(self.process)

    def _read(self) -> Results:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args} ended before it answered")
        return json.loads(line)


def peak_memory(process: subprocess.Popen[Any]) -> int:
    """Waits for the end of `process`; gives the most memory that it had, in bytes.

    Raises:
      SystemExit: it failed.
    """
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{process.args} failed: {process.returncode}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def contest(
    bench: str, contestants: Sequence[Contestant], job: Results, options: argparse.Namespace
) -> Results:
    """Lets all take turns for `options.seconds`, in `options.processes` processes of each, one after another.

    Each process has two turns at least, and before them one that is not counted: memory is taken from the
    system and kernels are chosen in it. Gives medians, ratios and facts, and the ratios of single processes.
    """
    rounds = [_turns(bench, contestants, job, options) for _ in range(options.processes)]
    there = rounds[0]

    def median(which: Contestant, key: str, of: Sequence[Mapping[Contestant, Worker]] = rounds) -> float:
        return statistics.median(times[key] for workers in of for times in workers[which].times)

    rows = {
        str(each): {key: median(each, key) for key in ("wall_s", "cpu_s")}
        | {key: worker.facts[key] for key in ("versions", "device", "compile_s") if key in worker.facts}
        for each, worker in there.items()
    }
    ratios = {
        name: {key: median(a, key) / median(b, key) for key in ("wall_s", "cpu_s")}
        | {"single": [median(a, "wall_s", [one]) / median(b, "wall_s", [one]) for one in rounds]}
        for name, a, b in RATIOS
        if a in there and b in there
    }
    repeats = sum(len(next(iter(workers.values())).times) for workers in rounds)
    return {"repeats": repeats, "processes": len(rounds), "times": rows, "ratios": ratios}


def _turns(
    bench: str, contestants: Sequence[Contestant], job: Results, options: argparse.Namespace
) -> dict[Contestant, Worker]:
    """One process of each, with its times."""
    workers = started(bench, contestants, job, options)
    for worker in workers.values():
        worker.turn()
        worker.times.clear()
    order = random.Random(0)
    repeats, end = 0, time.monotonic() + options.seconds / options.processes
    while repeats < 2 or time.monotonic() < end:
        repeats += 1
        for worker in order.sample([*workers.values()], len(workers)):  # nobody always follows the same one
            worker.turn()
            time.sleep(0.5)  # threads of the one may spin for a while before the next begins
    for worker in workers.values():
        worker.close()
    return workers


def started(
    bench: str, contestants: Sequence[Contestant], job: Results, options: argparse.Namespace
) -> dict[Contestant, Worker]:
    """The workers, PyTorch's only where it is there.

    Raises:
      SystemExit: their networks have different numbers of parameters.
    """
    workers = {
        each: Worker(bench, each, job, options.torch_python if each.framework == "torch" else sys.executable)
        for each in contestants
        if each.framework == "ganjax" or options.torch_python
    }
    sizes = {str(each): worker.facts["parameters"] for each, worker in workers.items()}
    if len(set(sizes.values())) > 1:
        raise SystemExit(f"the networks are not the same: parameters {sizes}")
    return workers


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what every task takes."""
    parser.add_argument(
        "--torch-python",
        default=sys.executable if importlib.util.find_spec("torch") else None,
        help="interpreter that has PyTorch, this one if it has; without any, ganjax runs alone",
    )
    parser.add_argument("--seconds", type=float, default=60, help="for the turns of each case")
    parser.add_argument("--processes", type=int, default=3, help="of each contestant, one after another")
    parser.add_argument("--results", type=pathlib.Path, default=DOCS / "performance.json")
    parser.add_argument("--page", type=pathlib.Path, default=DOCS / "performance.md")


def run(
    bench: str,
    tasks: Mapping[str, Callable[[argparse.Namespace], Cases]],
    options: argparse.Namespace,
    *,
    network: str,
) -> None:
    """Runs the task `options.task`, or all; puts results into the JSON file and the page of `options`.

    Each case goes into the JSON file when it is done, so that a run that is stopped leaves what it has.
    """
    if options.processes < 1:
        raise SystemExit("--processes is 1 or more.")
    everything = json.loads(options.results.read_text()) if options.results.exists() else {}
    results = everything.setdefault(bench, {})
    for name in tasks if options.task == "all" else [options.task]:
        for case, result in tasks[name](options):
            results.setdefault(name, {})[case] = {"machine": machine(), "network": network} | result
            options.results.write_text(json.dumps(everything, indent=2) + "\n")
            print(report({name: {case: results[name][case]}}), flush=True)
        update(options.page, bench, report({name: results[name] for name in tasks if name in results}))


def machine() -> Results:
    """What the figures belong to."""
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "processor": model or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "date": datetime.date.today().isoformat(),
    }


def report(results: Results) -> str:
    """The figures as Markdown."""
    parts = []
    for section, cases in results.items():
        parts.append(f"### {section}\n")
        for name, case in cases.items():
            where = case["machine"]
            said = [f"medians of {case['repeats']}"] if "repeats" in case else ["one run of each"]
            said += [f"processes of each: {case['processes']}"] if "processes" in case else []
            said += [f"PyTorch network: {case['network']}"] if "times" in case else []
            parts.append(
                f"**{name}**, {where['processor']}, {where['cores']} cores, "
                f"{where['system']}, {where['date']}; {'; '.join(said)}\n"
            )
            parts.append(_times(case) if "times" in case else _figures(case))
    return "\n".join(parts)


def _figures(case: Results) -> str:
    """One row for each thing that was measured, whose figures are in "seconds", "gigabytes" and the like."""
    columns = [key for key in FIGURES if key in case]
    rows = ([name, *(f"{case[key][name]:.2f}" for key in columns)] for name in case[columns[0]])
    return _table(["", *columns], rows)


def _times(case: Results) -> str:
    compiled = any("compile_s" in row for row in case["times"].values())
    head, rows = ["", "wall s", "processor s", *["compile s, cold / cached"] * compiled, "versions"], []
    for who, row in case["times"].items():
        cells = [f"{who}, {row['device']}", f"{row['wall_s']:.3f}", f"{row['cpu_s']:.3f}"]
        if compiled:
            cells.append(" / ".join(f"{seconds:.1f}" for seconds in row.get("compile_s", ())))
        rows.append([*cells, ", ".join(" ".join(pair) for pair in row["versions"].items())])
    # Cases of before there were several processes have no ratios of single ones.
    several = any("single" in ratio for ratio in case["ratios"].values())
    ratios = []
    for name, ratio in case["ratios"].items():
        cells = [name, f"{ratio['wall_s']:.2f}", f"{ratio['cpu_s']:.2f}"]
        ratios.append([*cells, ", ".join(f"{one:.2f}" for one in ratio["single"])] if several else cells)
    titles = ["times faster than PyTorch", "wall", "processor", *["wall, single processes"] * several]
    return "\n".join([_table(head, rows), _table(titles, ratios)])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:], ""])


def update(page: pathlib.Path, bench: str, block: str) -> None:
    """Puts `block` between the marks of `bench` in `page`."""
    begin, end = (f"<!-- {which}: scripts/bench/{bench}.py -->\n" for which in ("begin", "end"))
    before, _, rest = page.read_text().partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n{block}\n{end}{after}")
