"""Runs that are interrupted at any moment end with the very weights of one that was not."""

import json
import pathlib
import random
import signal
import time
from typing import Any

import numpy as np
import pytest

KILLS = 10


def assert_equal_to_the_bit(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_killed_at_ten_random_moments(runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    moments = random.Random(7)
    folder = tmp_path / "run"
    kills = 0
    while kills < KILLS:
        process = runs.start(folder, kill_after=moments.uniform(0.0, 0.35))
        output, _ = process.communicate(timeout=180)
        if process.returncode == 0:  # it was done before its moment came: begin another one
            assert_equal_to_the_bit(runs.weights(folder), runs.weights(undisturbed))
            folder = tmp_path / f"run{kills}"
            continue
        assert process.returncode == -signal.SIGKILL, output
        kills += 1
    runs.end(runs.start(folder))
    assert_equal_to_the_bit(runs.weights(folder), runs.weights(undisturbed))
    seen = [json.loads(line)["seen_images"] for line in (folder / "log.jsonl").read_text().splitlines()]
    assert seen == sorted(set(seen))


def test_sigterm_saves_and_says_so(runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "run"
    process = runs.start(folder)
    while not (folder / "log.jsonl").exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    output = runs.end(process, code=1)
    assert "Stopped and saved at image" in output
    runs.end(runs.start(folder))
    assert_equal_to_the_bit(runs.weights(folder), runs.weights(undisturbed))


def test_a_full_disk_is_named_and_damages_nothing(
    runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "run"
    runs.end(runs.start(folder, kill_after=0, file="checkpoints/40"), code=-signal.SIGKILL)
    output = runs.end(runs.start(folder, largest_file=4000), code=1)
    assert "ganjax: " in output and "Traceback" not in output, output
    runs.end(runs.start(folder))
    assert_equal_to_the_bit(runs.weights(folder), runs.weights(undisturbed))


def test_a_finished_run_stays_as_it_is(runs: Any, undisturbed: pathlib.Path) -> None:
    before = runs.weights(undisturbed)
    runs.end(runs.start(undisturbed))
    assert_equal_to_the_bit(runs.weights(undisturbed), before)


def test_other_settings_are_refused(runs: Any, undisturbed: pathlib.Path) -> None:
    before = runs.weights(undisturbed)
    output = runs.end(runs.start(undisturbed, "--seed", "1"), code=2)
    assert "'seed'" in output or "seed" in output
    assert_equal_to_the_bit(runs.weights(undisturbed), before)


@pytest.mark.parametrize("name", ["settings.json", "log.jsonl", "model.safetensors", "growth.webp"])
def test_the_run_folder_explains_itself(undisturbed: pathlib.Path, name: str) -> None:
    assert (undisturbed / name).stat().st_size > 0
