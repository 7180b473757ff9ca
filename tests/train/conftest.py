"""Tiny runs of `ganjax train` in processes of their own: random pictures, 8x8, two stages."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

WORKER = pathlib.Path(__file__).with_name("worker.py")


class Runs:
    """Starts training processes and looks at what they leave."""

    def __init__(self, pictures: pathlib.Path) -> None:
        # 80 steps of 8 images, the fade-in from image 120 to 280, a checkpoint every three steps.
        self.arguments = (
            f"pgan --data folder:{pictures} --side 8 --latent 8 --base 64 --maximum 8 --game wgan-gp "
            "--penalty 10 --batches 8 --fade-kimg 0.16 --hold-kimg 0.12 --final-kimg 0.36 "
            "--learning-rate 0.001 --workers 0 --log-kimg 0.008 --sample-kimg 0.08 --checkpoint-kimg 0.024 "
            "--no-tensorboard"
        ).split()

    def start(
        self, folder: pathlib.Path, *more: str, devices: int = 1, kill: str = "never", largest_file: int = 0
    ) -> subprocess.Popen[str]:
        """A run in `folder` on `devices` CPU devices; see worker.py for `kill` and `largest_file`."""
        own = [str(WORKER), kill, str(largest_file)]
        return subprocess.Popen(
            [sys.executable, *own, *self.arguments, "--out", str(folder), *more],
            env=os.environ | {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self, process: subprocess.Popen[str], *, code: int = 0, seconds: float = 180) -> str:
        """Waits for a process that must end with this code; gives what it printed."""
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert process.returncode == code, output
        return output

    def weights(self, folder: pathlib.Path) -> dict[str, np.ndarray]:
        """All tensors of the networks that a run left."""
        return safetensors.numpy.load_file(folder / "model.safetensors")


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for i in range(48):
        Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8)).save(folder / f"{i}.png")
    return Runs(folder)


@pytest.fixture(scope="session")
def undisturbed(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder of a run on one device that nothing interrupted."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    runs.end(runs.start(folder))
    return folder
