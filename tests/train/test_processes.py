"""Several processes train as one does; when one dies the others end, and any number goes on from there."""

import pathlib
import signal
import socket
import subprocess
from typing import Any

import numpy as np

# A dead process is noticed after 10 s without a heartbeat, and the others leave at most 10 s later.
STATED_SECONDS = 30
AFTER_A_CHECKPOINT = "file:checkpoints/48:0.01"


def together(runs: Any, folder: pathlib.Path, *, kill: str = "never") -> list[subprocess.Popen[str]]:
    """Two processes of two devices each; `kill` is for the second one."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    common = ("--coordinator", f"localhost:{port}", "--processes", "2")
    return [
        runs.start(
            folder,
            *common,
            "--process-id",
            str(i),
            devices=2,
            kill=kill if i else "never",
        )
        for i in range(2)
    ]


# Adam turns rounding in a small gradient into a step of full length, so that single weights may differ by
# some steps of 0.001; a wrong gradient or batch moves all of them.
def assert_close(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    difference = np.concatenate([(one[name] - other[name]).ravel() for name in one])
    assert np.abs(difference).max() < 0.02
    assert np.sqrt(np.mean(difference**2)) < 1e-3


def test_two_processes_equal_one(runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for process in together(runs, tmp_path / "run"):
        runs.end(process)
    assert_close(runs.weights(tmp_path / "run"), runs.weights(undisturbed))


def test_two_die_and_one_goes_on(runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "run"
    first, second = together(runs, folder, kill=AFTER_A_CHECKPOINT)
    runs.end(second, code=-signal.SIGKILL)
    output, _ = first.communicate(timeout=STATED_SECONDS)
    assert first.returncode not in (0, -signal.SIGKILL), output
    assert "another process was lost" in output or "JAX distributed service" in output, output
    assert list((folder / "checkpoints").glob("48"))
    runs.end(runs.start(folder))
    assert_close(runs.weights(folder), runs.weights(undisturbed))


def test_one_dies_and_two_go_on(runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "run"
    runs.end(runs.start(folder, kill=AFTER_A_CHECKPOINT), code=-signal.SIGKILL)
    for process in together(runs, folder):
        runs.end(process)
    assert_close(runs.weights(folder), runs.weights(undisturbed))
