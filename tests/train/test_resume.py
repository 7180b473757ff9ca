"""Runs that are interrupted at any moment end with the very weights of one that was not."""

import json
import pathlib
import signal
import time
from typing import Any

import chex
import numpy as np
import pytest

# As soon as a checkpoint is being written.
MID_SAVE = "file:checkpoints/*.orbax-checkpoint-tmp:0"


def last_seen(folder: pathlib.Path) -> int:
    return json.loads((folder / "log.jsonl").read_text().split("\n")[-2])["seen_images"]


def test_killed_at_ten_random_moments(runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    random = np.random.default_rng(7)
    moments = [f"lines:{random.integers(6, 11)}:{random.uniform(0, 0.03):.4f}" for _ in range(7)]
    moments[2:2] = [MID_SAVE] * 3
    folder, seen, torn = tmp_path / "run", [], 0
    for moment in moments:
        runs.end(runs.start(folder, kill=moment), code=-signal.SIGKILL)
        seen.append(last_seen(folder))
        torn += any((folder / "checkpoints").glob("*.orbax-checkpoint-tmp"))
    runs.end(runs.start(folder))
    chex.assert_trees_all_equal(runs.weights(folder), runs.weights(undisturbed))
    assert torn > 0, "no kill came in the middle of a save"
    assert any(120 < each < 280 for each in seen), f"no kill came in the middle of the fade: {seen}"
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    logged = [line["seen_images"] for line in lines if "d_loss" in line]
    assert logged == list(range(8, 641, 8))


def test_sigterm_saves_and_says_so(runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "run"
    process = runs.start(folder)
    while not (folder / "log.jsonl").exists() or (folder / "log.jsonl").read_text().count("\n") < 20:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    assert "Stopped and saved at image" in runs.end(process, code=1)
    assert 160 <= last_seen(folder) < 640
    runs.end(runs.start(folder))
    chex.assert_trees_all_equal(runs.weights(folder), runs.weights(undisturbed))


def test_a_full_disk_is_named_and_damages_nothing(
    runs: Any, undisturbed: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "run"
    runs.end(runs.start(folder, kill="file:checkpoints/48:0"), code=-signal.SIGKILL)
    output = runs.end(runs.start(folder, largest_file=4000), code=1)
    # One clear line of ours; threads of Orbax that fail at the same time may add their own.
    ours = [line for line in output.splitlines() if line.startswith("ganjax: ")]
    assert len(ours) == 1 and str(folder) in ours[0], output
    runs.end(runs.start(folder))
    chex.assert_trees_all_equal(runs.weights(folder), runs.weights(undisturbed))


def test_a_finished_run_stays_as_it_is(runs: Any, undisturbed: pathlib.Path) -> None:
    before = runs.weights(undisturbed)
    runs.end(runs.start(undisturbed))
    chex.assert_trees_all_equal(runs.weights(undisturbed), before)


def test_other_settings_are_refused(runs: Any, undisturbed: pathlib.Path) -> None:
    before = runs.weights(undisturbed)
    output = runs.end(runs.start(undisturbed, "--seed", "1"), code=2)
    assert f"{undisturbed} holds a run of other settings (recipe.seed: 0 there, 1 asked)" in output
    chex.assert_trees_all_equal(runs.weights(undisturbed), before)


@pytest.mark.parametrize("name", ["settings.json", "log.jsonl", "model.safetensors", "growth.webp"])
def test_the_run_folder_explains_itself(undisturbed: pathlib.Path, name: str) -> None:
    assert (undisturbed / name).stat().st_size > 0
