"""Several processes train as one does; when one dies the others end, and any number goes on from there."""

import pathlib
import signal
import socket
import subprocess
from typing import Any

import numpy as np

from ganjax.train.log import read_log

# A dead process is noticed after 10 s without a heartbeat, and the others leave at most 10 s later.
STATED_SECONDS = 30
# Saving takes most of the time of a step here, and changes no result.
SAVE_SELDOM = ("--checkpoint-kimg", "0.3")

LOSSES = ("d_loss", "g_loss", "d_real", "d_fake", "penalty", "drift", "d_grad_norm", "g_grad_norm")


def after(checkpoint: int) -> str:
    """A moment to be killed at: `checkpoint` is there, and the next one is not yet."""
    return f"file:checkpoints/{checkpoint}:0.01"


def together(
    runs: Any, folder: pathlib.Path, *more: str, kill: tuple[str, str] = ("never", "never")
) -> list[subprocess.Popen[str]]:
    """Two processes of two devices each; `kill` says when each of them dies."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    common = ("--coordinator", f"localhost:{port}", "--processes", "2", *more)
    return [
        runs.start(folder, *common, "--process-id", str(i), devices=2, kill=moment)
        for i, moment in enumerate(kill)
    ]


def losses(folder: pathlib.Path) -> np.ndarray:
    """Losses, scores and gradient norms of every step of a run: [steps, values]."""
    lines = [line for line in read_log(folder) if "d_loss" in line]
    assert [line["seen_images"] for line in lines] == list(range(8, 641, 8))
    return np.array([[line[name] for name in LOSSES] for line in lines])


def assert_same_run(runs: Any, folder: pathlib.Path, undisturbed: pathlib.Path, *, changed: int = 0) -> None:
    """The losses of 20 steps from image `changed` on, and the weights at the end.

    Rounding moves these values by 2e-6 in 20 steps, the start of a fade-in included; a batch of other images
    moves them by 0.06 to 0.4. Later on rounding may grow: where a unit changes its sign the gradient jumps,
    and Adam turns a small gradient into a step of full length, so that single weights may differ by some
    steps of 0.001. A wrong gradient or batch moves all of them.
    """
    ours, theirs = (losses(each)[changed // 8 :] for each in (folder, undisturbed))
    np.testing.assert_allclose(ours[:5], theirs[:5], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours[:20], theirs[:20], rtol=0, atol=0.02)
    one, other = runs.weights(folder), runs.weights(undisturbed)
    assert one.keys() == other.keys()
    difference = np.concatenate([(one[name] - other[name]).ravel() for name in one])
    assert np.abs(difference).max() < 0.02
    assert np.sqrt(np.mean(difference**2)) < 1e-3


def test_two_processes_equal_one(runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "run"
    for process in together(runs, folder, *SAVE_SELDOM):
        runs.end(process)
    assert_same_run(runs, folder, undisturbed)


def test_two_die_and_one_goes_on(runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "run"
    first, second = together(runs, folder, kill=("never", after(48)))
    runs.end(second, code=-signal.SIGKILL)
    output, _ = first.communicate(timeout=STATED_SECONDS)
    assert first.returncode not in (0, -signal.SIGKILL), output
    assert "another process was lost" in output or "JAX distributed service" in output, output
    assert (folder / "checkpoints" / "48").exists()
    runs.end(runs.start(folder, *SAVE_SELDOM))
    assert_same_run(runs, folder, undisturbed)


def test_one_dies_and_two_go_on_even_if_the_one_that_coordinates_dies(
    runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "run"
    runs.end(runs.start(folder, kill=after(480)), code=-signal.SIGKILL)
    first, second = together(runs, folder, kill=(after(552), "never"))
    runs.end(first, code=-signal.SIGKILL)
    output, _ = second.communicate(timeout=STATED_SECONDS)
    assert second.returncode not in (0, -signal.SIGKILL), output
    # JAX aborts a process that has lost the coordinator: what to do then is said at its start.
    assert "process 0 was lost: start all of them again" in output, output
    assert "JAX distributed service detected fatal errors" in output, output
    assert (folder / "checkpoints" / "552").exists()
    for process in together(runs, folder, *SAVE_SELDOM):
        runs.end(process)
    assert_same_run(runs, folder, undisturbed, changed=480)
