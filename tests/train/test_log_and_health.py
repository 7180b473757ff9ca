"""What a run writes and says: the log, the run folder, troubles by name, errors before any damage."""

import json
import pathlib

import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.core.errors import CheckpointError, TrainingError, UsageError
from ganjax.core.files import write_bytes
from ganjax.core.images import save_image
from ganjax.train import run_folder
from ganjax.train.checkpoint import Checkpoints
from ganjax.train.health import diagnose, diversity
from ganjax.train.log import RunLog, read_log
from ganjax.train.loop import Intervals, Plan, train
from ganjax.train.mesh import data_mesh, replicate, replicated
from ganjax.train.schedule import Phase, Schedule
from ganjax.train.state import TrainState


def test_log_forgets_what_lies_after_the_checkpoint(tmp_path: pathlib.Path) -> None:
    log = RunLog(tmp_path, seen_images=0, tensorboard=False)
    for seen in (10, 20, 30):
        log.write(seen, {"d_loss": float(seen)})
    log.close()
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"seen_images": 40, "d_lo')  # cut by a kill
    again = RunLog(tmp_path, seen_images=20, tensorboard=False)
    again.write(30, {"d_loss": 3.0})
    again.close()
    assert [(line["seen_images"], line["d_loss"]) for line in read_log(tmp_path)] == [
        (10, 10),
        (20, 20),
        (30, 3),
    ]


def test_tensorboard_gets_numbers_and_pictures(tmp_path: pathlib.Path) -> None:
    log = RunLog(tmp_path, seen_images=0, tensorboard=True)
    log.write(10, {"d_loss": 1.0})
    log.image(10, "samples", np.zeros((4, 4, 3), np.uint8))
    log.close()
    (events,) = (tmp_path / "tensorboard").iterdir()
    content = events.read_bytes()
    assert b"d_loss" in content
    assert b"samples" in content


GOOD = {"d_loss": 1.0, "g_loss": 1.0, "g_grad_norm": 0.1}


@pytest.mark.parametrize(
    ("change", "fake_diversity", "words"),
    [
        ({}, 50.0, None),
        ({}, 5.0, "mode collapse"),
        ({"g_grad_norm": 1e-6}, 50.0, "the discriminator has won"),
        ({"d_loss": -1e6}, 50.0, "runs away"),
    ],
)
def test_troubles_are_named(change: dict[str, float], fake_diversity: float, words: str | None) -> None:
    troubles = diagnose(
        GOOD | change, fake_diversity=fake_diversity, real_diversity=60.0, usual_g_grad_norm=0.1
    )
    assert [words in trouble for trouble in troubles] == ([True] if words else [])


def test_diversity_of_two_constant_images() -> None:
    images = np.stack([np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 100, np.uint8)])
    assert diversity(images) == pytest.approx(50.0)
    assert diversity(images[:1].repeat(5, 0)) == 0


def test_a_folder_belongs_to_its_settings(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "run"
    run_folder.settle(folder, {"side": 64, "batches": (16,)})
    run_folder.settle(folder, {"side": 64, "batches": (16,)})
    with pytest.raises(UsageError, match="side: 64 there, 32 asked"):
        run_folder.settle(folder, {"side": 32, "batches": (16,)})
    assert json.loads((folder / "settings.json").read_text())["side"] == 64


def test_nested_settings_are_named_one_by_one(tmp_path: pathlib.Path) -> None:
    run_folder.settle(tmp_path / "run", {"system": "pgan", "recipe": {"side": 64, "seed": 0}})
    with pytest.raises(UsageError, match=r"\(recipe\.seed: 0 there, 1 asked\)"):
        run_folder.settle(tmp_path / "run", {"system": "pgan", "recipe": {"side": 64, "seed": 1}})


def test_foreign_folders_and_files_are_left_alone(tmp_path: pathlib.Path) -> None:
    (tmp_path / "thesis.txt").write_text("dear")
    with pytest.raises(UsageError, match="no run"):
        run_folder.settle(tmp_path, {})
    with pytest.raises(UsageError, match="is a file"):
        run_folder.settle(tmp_path / "thesis.txt", {})
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_damaged_settings_are_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        run_folder.settle(tmp_path, {})


def test_growth_shows_the_sheets_in_order(tmp_path: pathlib.Path) -> None:
    from PIL import Image

    for seen, level in ((200, 200), (100, 100)):
        save_image(run_folder.sheet_path(tmp_path, seen), np.full((8, 8, 3), level, np.uint8))
    # What a kill leaves in the middle of writing a sheet.
    (tmp_path / "samples" / ".000000150-011x03d4.png").write_bytes(b"\x89PNG")
    with Image.open(run_folder.write_growth(tmp_path)) as film:
        shown = []
        for i in range(film.n_frames):
            film.seek(i)
            shown.append(np.asarray(film.convert("RGB")).mean())
    np.testing.assert_allclose(shown[:2], [100, 200], atol=3)


def tiny_state(value: float) -> TrainState:
    return TrainState(
        generator={"params": {"a": jnp.float32(value)}},
        discriminator={"params": {"w": jnp.ones(3)}},
        average={"params": {"a": jnp.float32(value)}},
        generator_opt=(),
        discriminator_opt=(),
        seed=jnp.uint32(0),
        stage=jnp.int32(0),
        seen_images=jnp.int32(0),
    )


def test_checkpoints_come_back_and_only_the_newest_are_kept(tmp_path: pathlib.Path) -> None:
    sharding = replicated(data_mesh(8))
    with Checkpoints(tmp_path / "checkpoints") as checkpoints:
        for step in range(1, 6):
            checkpoints.save(step, tiny_state(step))
    with Checkpoints(tmp_path / "checkpoints") as checkpoints:
        assert checkpoints.latest() == 5
        assert float(checkpoints.restore(tiny_state(0), sharding).generator["params"]["a"]) == 5
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["3", "4", "5"]


def test_an_absent_or_damaged_checkpoint_is_named(tmp_path: pathlib.Path) -> None:
    sharding = replicated(data_mesh(8))
    with Checkpoints(tmp_path / "checkpoints") as checkpoints:
        with pytest.raises(CheckpointError, match="no whole checkpoint"):
            checkpoints.restore(tiny_state(0), sharding)
        checkpoints.save(1, tiny_state(1))
    for path in (tmp_path / "checkpoints" / "1" / "state").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    with (
        Checkpoints(tmp_path / "checkpoints") as checkpoints,
        pytest.raises(CheckpointError, match="cannot be read"),
    ):
        checkpoints.restore(tiny_state(0), sharding)


def test_losses_that_are_not_finite_end_the_run_with_its_last_good_checkpoint(tmp_path: pathlib.Path) -> None:
    def step(state: TrainState, batch: dict, alpha: object) -> tuple[TrainState, dict]:
        seen = state.seen_images + 8
        metrics = {"d_loss": jnp.float32(0), "g_loss": jnp.float32(0), "g_grad_norm": jnp.float32(1)}
        return state.replace(seen_images=seen), metrics | {"finite": jnp.where(seen < 40, 1.0, 0.0)}

    def batches(stage: int, seen: int):
        while True:
            yield {"image": np.zeros((8, 4, 4, 3), np.uint8)}

    import jax

    plan = Plan(
        settings={},
        schedule=Schedule((Phase(4, 0, 1, 8),)),
        create=lambda: tiny_state(0),
        enter=lambda state, stage: state,
        step=lambda stage: step,
        batch_shapes=lambda stage: {"image": jax.ShapeDtypeStruct((8, 4, 4, 3), jnp.uint8)},
        batches=batches,
        sample=lambda average, stage, alpha, n: np.zeros((n, 4, 4, 3), np.uint8),
        export=lambda path, state, position: write_bytes(path, b"networks"),
    )
    often = Intervals(log_kimg=0.008, sample_kimg=0.008, checkpoint_kimg=0.016, snapshot_kimg=0.008)
    with pytest.raises(
        TrainingError, match=r"step 5, image 40 .*Last good checkpoint: .*checkpoints/32\. Try"
    ):
        train(plan, tmp_path / "run", often)
    # Nothing of the failed step is shown or kept.
    assert [line["seen_images"] for line in read_log(tmp_path / "run")] == [8, 16, 24, 32]
    for folder in ("samples", "snapshots"):
        assert max(int(path.stem) for path in (tmp_path / "run" / folder).iterdir()) == 32
    with Checkpoints(tmp_path / "run" / "checkpoints") as checkpoints:
        assert checkpoints.latest() == 32


def test_replicated_values_are_whole_on_every_device() -> None:
    mesh = data_mesh(8)
    whole = replicate({"a": np.arange(6.0).reshape(2, 3)}, mesh)["a"]
    assert len(whole.addressable_shards) == 8
    assert all(np.array_equal(shard.data, np.arange(6.0).reshape(2, 3)) for shard in whole.addressable_shards)
