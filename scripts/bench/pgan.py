"""Times ganjax's PGAN beside PyTorch: generation, training steps, start-up.

    python scripts/bench/pgan.py all --torch-python PATH      # the three below; an hour on two cores
    python scripts/bench/pgan.py generate --torch-python PATH
    python scripts/bench/pgan.py train --torch-python PATH --sides 32 64
    python scripts/bench/pgan.py startup

How they are compared is said in `common.py`.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from common import OURS, OURS_BF16, OURS_STOCK, TORCH, TORCH_STOCK, Cases, add_options, contest, run

CHANNELS = (512, 512, 512, 512, 256, 128, 64, 32)  # pytorch_GAN_zoo's for the sides 4 to 512
_STARTS = 3  # fresh processes of each kind


def generate(options: argparse.Namespace) -> Cases:
    """The generator of celebAHQ-512, from latents to images."""
    for batch in options.batches:
        job = {"task": "generate", "batch": batch} | _network(512, options)
        everyone = (OURS, OURS_STOCK, OURS_BF16, TORCH, TORCH_STOCK)
        yield f"512x512, batch {batch}", contest("pgan", everyone, job, options)


def train(options: argparse.Namespace) -> Cases:
    """A whole step: discriminator with its penalty, generator, both Adams, average."""
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
            everyone = (OURS, OURS_BF16, TORCH)
            yield name, contest("pgan", everyone, job | _network(side, options), options)


def startup(options: argparse.Namespace) -> Cases:
    """Fresh processes: the import, and `ganjax sample` with an empty and with a filled cache folder."""
    imports = [_seconds([sys.executable, "-c", "import ganjax"]) for _ in range(_STARTS)]
    nothing = [_seconds([sys.executable, "-c", "pass"]) for _ in range(_STARTS)]
    cold, warm = [], []
    for _ in range(_STARTS):
        with tempfile.TemporaryDirectory() as folder:
            environment = {key: value for key, value in os.environ.items() if not key.startswith("JAX_")}
            environment["GANJAX_CACHE"] = folder
            command = [sys.executable, "-m", "ganjax", "sample", "--out", f"{folder}/sheet.png"]
            cold.append(_seconds(command, environment))
            warm.append(_seconds(command, environment))
    seconds = {
        "python itself": statistics.median(nothing),
        "import ganjax, with python itself": statistics.median(imports),
        "ganjax sample, empty cache": statistics.median(cold),
        "ganjax sample, filled cache": statistics.median(warm),
    }
    yield "fresh processes", {"repeats": _STARTS, "seconds": seconds}


TASKS = {"generate": generate, "train": train, "startup": startup}


def _network(side: int, options: argparse.Namespace) -> dict[str, Any]:
    channels = CHANNELS[: side.bit_length() - 2]
    return {"side": side, "latent": 512, "channels": channels, "reference": options.reference}


def _seconds(command: list[str], environment: dict[str, str] | None = None) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    for name, task in (*TASKS.items(), ("all", None)):
        sub = tasks.add_parser(name, help=task.__doc__ if task else "All of these.")
        sub.set_defaults(batches=[1, 8], sides=[32, 64], batch=16, games=["wgan-gp", "non-saturating-r1"])
        add_options(sub)
        sub.add_argument("--reference", help="checkout of pytorch_GAN_zoo, whose networks PyTorch then runs")
        if task is generate:
            sub.add_argument("--batches", type=int, nargs="+")
        if task is train:
            sub.add_argument("--sides", type=int, nargs="+")
            sub.add_argument("--batch", type=int)
            sub.add_argument("--games", nargs="+")
    options = parser.parse_args()
    network = "pytorch_GAN_zoo" if options.reference else "the benchmark's own"
    run("pgan", TASKS, options, network=network)


if __name__ == "__main__":
    main()
