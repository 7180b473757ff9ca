"""Times ganjax's PGAN beside PyTorch: generation, training steps, start-up.

    python scripts/bench/pgan.py all --torch-python PATH      # the three below; 25 minutes on two cores
    python scripts/bench/pgan.py generate --torch-python PATH
    python scripts/bench/pgan.py train --torch-python PATH --sides 32 64
    python scripts/bench/pgan.py startup

Every contestant is a process of its own, and they take turns, one call at a time, so that a change of the
machine's speed meets all alike; ratios are of medians. "kept" is a C library that keeps freed memory (what
the `ganjax` command sets), "stock" is its default. Results go to a JSON file and into docs/performance.md.
"""

import argparse
import dataclasses
import datetime
import importlib.util
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

HERE = pathlib.Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
CHANNELS = (512, 512, 512, 512, 256, 128, 64, 32)  # pytorch_GAN_zoo's for the sides 4 to 512
_STARTS = 3  # fresh processes of each kind
# What `ganjax.core.allocator.keep_memory` sets, as the environment of a process.
KEPT = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**62),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


@dataclasses.dataclass(frozen=True)
class Contestant:
    """One worker: who, with which allocator, in which type."""

    framework: str
    allocator: str
    dtype: str = "float32"

    def __str__(self) -> str:
        return f"{self.framework} {self.dtype} ({self.allocator})"


OURS, OURS_STOCK = Contestant("ganjax", "kept"), Contestant("ganjax", "stock")
OURS_BF16 = Contestant("ganjax", "kept", "bfloat16")
TORCH, TORCH_STOCK = Contestant("torch", "kept"), Contestant("torch", "stock")
RATIOS = (
    ("float32, both kept", TORCH, OURS),
    ("float32, both stock", TORCH_STOCK, OURS_STOCK),
    ("as shipped: torch stock, ganjax kept", TORCH_STOCK, OURS),
    ("torch float32, ganjax bfloat16, both kept", TORCH, OURS_BF16),
)


class Worker:
    """A running contestant."""

    def __init__(self, contestant: Contestant, job: dict[str, Any], python: str) -> None:
        script = HERE / f"pgan_{contestant.framework}.py"
        settings = KEPT if contestant.allocator == "kept" else {}
        self.process = subprocess.Popen(
            [python, str(script), json.dumps(job | {"dtype": contestant.dtype})],
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

    def median(self, key: str) -> float:
        return statistics.median(times[key] for times in self.times)

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args} ended before it answered")
        return json.loads(line)


def contest(
    contestants: Sequence[Contestant], job: dict[str, Any], options: argparse.Namespace
) -> dict[str, Any]:
    """Lets all take turns for `options.seconds`, but twice at least; gives medians, ratios and facts.

    The first turn of each is not counted: memory is taken from the system and kernels are chosen in it.
    """
    workers = {
        each: Worker(each, job, options.torch_python if each.framework == "torch" else sys.executable)
        for each in contestants
        if each.framework == "ganjax" or options.torch_python
    }
    sizes = {str(each): worker.facts["parameters"] for each, worker in workers.items()}
    if len(set(sizes.values())) > 1:
        raise SystemExit(f"the networks are not the same: parameters {sizes}")
    for worker in workers.values():
        worker.turn()
        worker.times.clear()
    repeats, end = 0, time.monotonic() + options.seconds
    while repeats < 2 or time.monotonic() < end:
        repeats += 1
        for worker in workers.values():
            worker.turn()
            time.sleep(0.5)  # threads of the one may spin for a while before the next begins
    for worker in workers.values():
        worker.close()
    rows = {
        str(each): {key: worker.median(key) for key in ("wall_s", "cpu_s")}
        | {key: worker.facts[key] for key in ("versions", "device", "compile_s") if key in worker.facts}
        for each, worker in workers.items()
    }
    ratios = {
        name: {key: workers[a].median(key) / workers[b].median(key) for key in ("wall_s", "cpu_s")}
        for name, a, b in RATIOS
        if a in workers and b in workers
    }
    return {"repeats": repeats, "times": rows, "ratios": ratios}


def generate(options: argparse.Namespace) -> dict[str, Any]:
    """The generator of celebAHQ-512, from latents to images."""
    cases = {}
    for batch in options.batches:
        job = {"task": "generate", "batch": batch} | _network(512, options)
        cases[f"512x512, batch {batch}"] = contest(
            (OURS, OURS_STOCK, OURS_BF16, TORCH, TORCH_STOCK), job, options
        )
    return cases


def train(options: argparse.Namespace) -> dict[str, Any]:
    """A whole step: discriminator with its penalty, generator, both Adams, average."""
    cases = {}
    for side in options.sides:
        for game in options.games:
            job = {
                "task": "train",
                "batch": options.batch,
                "game": game,
                "learning_rate": 1e-3,
                "ema_decay": 0.999,
            }
            name = f"{side}x{side}, batch {options.batch}, {game}"
            cases[name] = contest((OURS, OURS_BF16, TORCH), job | _network(side, options), options)
    return cases


def startup(options: argparse.Namespace) -> dict[str, Any]:
    """Fresh processes: the import, and `ganjax sample` with an empty and with a filled cache folder."""
    imports = [_seconds([sys.executable, "-c", "import ganjax"]) for _ in range(_STARTS)]
    nothing = [_seconds([sys.executable, "-c", "pass"]) for _ in range(_STARTS)]
    cold, warm = [], []
    for _ in range(_STARTS):
        with tempfile.TemporaryDirectory() as folder:
            environment = {key: value for key, value in os.environ.items() if not key.startswith("JAX_")}
            environment["GANJAX_CACHE"] = folder
            run = "import sys; from ganjax.cli import main; sys.exit(main())"
            command = [sys.executable, "-c", run, "sample", "--out", f"{folder}/sheet.png"]
            cold.append(_seconds(command, environment))
            warm.append(_seconds(command, environment))
    seconds = {
        "python itself": statistics.median(nothing),
        "import ganjax, with python itself": statistics.median(imports),
        "ganjax sample, empty cache": statistics.median(cold),
        "ganjax sample, filled cache": statistics.median(warm),
    }
    return {"fresh processes": {"seconds": seconds}}


TASKS = {"generate": generate, "train": train, "startup": startup}


def _network(side: int, options: argparse.Namespace) -> dict[str, Any]:
    channels = CHANNELS[: side.bit_length() - 2]
    return {"side": side, "latent": 512, "channels": channels, "reference": options.reference}


def _seconds(command: list[str], environment: dict[str, str] | None = None) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - began


def machine() -> dict[str, Any]:
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


def report(results: dict[str, Any]) -> str:
    """The figures as Markdown."""
    parts = []
    for section, cases in results.items():
        parts.append(f"### {section}\n")
        for name, case in cases.items():
            where = case["machine"]
            parts.append(
                f"**{name}**, {where['processor']}, {where['cores']} cores, "
                f"{where['system']}, {where['date']}; "
            )
            if "seconds" in case:
                parts[-1] += f"medians of {_STARTS}\n\n| | seconds |\n|---|---|"
                parts += [f"| {what} | {value:.2f} |" for what, value in case["seconds"].items()]
                parts.append("")
                continue
            parts[-1] += f"medians of {case['repeats']}; PyTorch network: {case['network']}\n"
            parts.append(
                "| | wall s | processor s | compile s, cold / cached | versions |\n|---|---|---|---|---|"
            )
            for who, row in case["times"].items():
                versions = ", ".join(" ".join(pair) for pair in row["versions"].items())
                cells = [f"{who}, {row['device']}", f"{row['wall_s']:.3f}", f"{row['cpu_s']:.3f}"]
                cells += [" / ".join(f"{seconds:.1f}" for seconds in row.get("compile_s", ())), versions]
                parts.append(f"| {' | '.join(cells)} |")
            parts.append("\n| times faster than PyTorch | wall | processor |\n|---|---|---|")
            parts += [f"| {n} | {r['wall_s']:.2f} | {r['cpu_s']:.2f} |" for n, r in case["ratios"].items()]
            parts.append("")
    return "\n".join(parts)


def update(page: pathlib.Path, block: str) -> None:
    """Puts `block` between the marks of `page`."""
    begin, end = "<!-- begin: scripts/bench/pgan.py -->\n", "<!-- end: scripts/bench/pgan.py -->\n"
    before, _, rest = page.read_text().partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n{block}\n{end}{after}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    for name, run in (*TASKS.items(), ("all", None)):
        sub = tasks.add_parser(name, help=run.__doc__ if run else "All of these.")
        sub.set_defaults(batches=[1, 8], sides=[32, 64], batch=16, games=["wgan-gp", "non-saturating-r1"])
        sub.add_argument(
            "--torch-python",
            default=sys.executable if importlib.util.find_spec("torch") else None,
            help="interpreter that has PyTorch, this one if it has; without any, ganjax runs alone",
        )
        sub.add_argument("--reference", help="checkout of pytorch_GAN_zoo, whose networks PyTorch then runs")
        sub.add_argument("--seconds", type=float, default=40, help="for the turns of each case; two at least")
        sub.add_argument("--results", type=pathlib.Path, default=DOCS / "performance.json")
        sub.add_argument("--page", type=pathlib.Path, default=DOCS / "performance.md")
        if run is generate:
            sub.add_argument("--batches", type=int, nargs="+")
        if run is train:
            sub.add_argument("--sides", type=int, nargs="+")
            sub.add_argument("--batch", type=int)
            sub.add_argument("--games", nargs="+")
    options = parser.parse_args()
    results = json.loads(options.results.read_text()) if options.results.exists() else {}
    network = "pytorch_GAN_zoo" if options.reference else "the benchmark's own"
    for name in TASKS if options.task == "all" else [options.task]:
        for case, result in TASKS[name](options).items():
            results.setdefault(name, {})[case] = {"machine": machine(), "network": network} | result
        options.results.write_text(json.dumps(results, indent=2) + "\n")
        print(report({name: results[name]}), flush=True)
        update(options.page, report(results))


if __name__ == "__main__":
    main()
