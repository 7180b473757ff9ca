"""Times ganjax's upscaling and enhancing beside PyTorch, and measures their memory.

    python scripts/bench/restore.py all --torch-python PATH      # the four below; an hour on two cores
    python scripts/bench/restore.py speed --torch-python PATH --networks srgan srvgg
    python scripts/bench/restore.py memory --torch-python PATH
    python scripts/bench/restore.py tiles
    python scripts/bench/restore.py photograph

How they are compared is said in `common.py`. Memory is the most that a process had, with the weights, the
libraries and what compiling takes.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

import common
from common import OURS, OURS_BF16, OURS_STOCK, TORCH, TORCH_BF16, TORCH_LAST, TORCH_STOCK

# Name on the page, config, and height and width of the picture, by system.
NETWORKS = {
    "srvgg": ("SRVGG x4", "xs-x4", (256, 256)),
    "srgan": ("SRResNet x4", "x4", (128, 128)),
    "esrgan": ("RRDB-23 x4", "x4plus", (128, 128)),
    "enlightengan": ("EnlightenGAN", "published", (400, 600)),
}
TILES = {"srvgg": (64, 128, 256, 512), "esrgan": (64, 128, 256)}
_GB = 1e9


def speed(options: argparse.Namespace) -> common.Cases:
    """One picture through each network, from array to array: `ganjax.upscale` and `ganjax.enhance`."""
    for system in options.networks:
        name, config, size = NETWORKS[system]
        job = {"system": system, "config": config, "size": size}
        everyone = (OURS, OURS_STOCK, OURS_BF16, TORCH, TORCH_STOCK, TORCH_LAST, TORCH_BF16)
        yield f"{name}, {size[0]}x{size[1]}", common.contest("restore", everyone, job, options)


def memory(options: argparse.Namespace) -> common.Cases:
    """RRDB-23 x4 on 512x512: ganjax in the tiles that it chooses, PyTorch in one piece, allocators stock."""
    name, config, _ = NETWORKS["esrgan"]
    job = {"system": "esrgan", "config": config, "size": (512, 512)}
    most = _peaks((TORCH_STOCK, OURS_STOCK), job, options)
    shares = {who: value / next(iter(most.values())) for who, value in most.items()}
    yield f"{name}, 512x512", {"gigabytes": most, "of PyTorch's": shares}


def tiles(options: argparse.Namespace) -> common.Cases:
    """Memory against the side of the tiles, for a picture of one and a half times it: two by two tiles."""
    for system, sides in TILES.items():
        name, config, _ = NETWORKS[system]
        most = {}
        for side in sides:
            size = (side + side // 2,) * 2
            job = {"system": system, "config": config, "size": size, "tile": side}
            most[f"tiles of {side}"] = _peaks((OURS_STOCK,), job, options)[str(OURS_STOCK)]
        yield f"{name}, tiles", {"gigabytes": most}


def photograph(options: argparse.Namespace) -> common.Cases:
    """A photograph of 6000x4000 pixels by `ganjax upscale`, from JPEG to PNG."""
    name, config, _ = NETWORKS["srvgg"]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        small, large, model = (pathlib.Path(folder) / each for each in ("a.jpg", "b.png", "a.safetensors"))
        for script in (_DRAW, _SAVE):  # in processes of their own: what they need is not to be counted
            subprocess.run([sys.executable, "-c", script, str(small), str(model), config], check=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "ganjax", "upscale", str(small), str(large), "--model", str(model)],
            stdout=subprocess.DEVNULL,
        )
        most = common.peak_memory(process) / _GB
    yield f"{name}, 6000x4000", {"gigabytes": {"`ganjax upscale`": most}}


# A picture with soft and sharp parts and noise: neither the file nor the result compresses to nothing.
_DRAW = """
import sys
import numpy as np
from PIL import Image
random = np.random.default_rng(0)
soft = Image.fromarray(random.integers(0, 256, (40, 60, 3), np.uint8)).resize((6000, 4000), Image.BICUBIC)
noise = Image.fromarray(random.integers(0, 256, (4000, 6000, 3), np.uint8))
Image.blend(soft, noise, 0.05).save(sys.argv[1], quality=90)
"""
_SAVE = """
import sys
import jax
import ganjax
from ganjax.models.srvgg import net
config = net.CONFIGS[sys.argv[3]][0]
network = net.Generator(config)
variables = jax.jit(network.init)(jax.random.key(0), jax.numpy.zeros((1, 24, 24, 3)))
model = ganjax.Model(variables, net=network, spec=net.spec(config), system="srvgg")
ganjax.save(model, sys.argv[2])
"""

TASKS = {"speed": speed, "memory": memory, "tiles": tiles, "photograph": photograph}


def _peaks(contestants: Any, job: dict[str, Any], options: argparse.Namespace) -> dict[str, float]:
    """The most memory that each had in gigabytes, one by one, for one call."""
    most = {}
    for each in contestants:
        for worker in common.started("restore", (each,), job, options).values():
            worker.turn()
            most[str(each)] = worker.close() / _GB
    return most


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    for name, task in (*TASKS.items(), ("all", None)):
        sub = tasks.add_parser(name, help=task.__doc__ if task else "All of these.")
        sub.set_defaults(networks=list(NETWORKS), folder=None)
        common.add_options(sub)
        if task in (speed, None):
            sub.add_argument("--networks", nargs="+", choices=NETWORKS)
        if task in (photograph, None):
            sub.add_argument("--folder", help="for a picture of a gigabyte; by default the system's")
    common.run("restore", TASKS, parser.parse_args(), network="the benchmark's own")


if __name__ == "__main__":
    main()
