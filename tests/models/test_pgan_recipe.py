"""Recipes of PGAN: what they make, what they refuse, and a conditional run from end to end."""

import dataclasses
import itertools
import pathlib

import jax
import numpy as np
import pytest

import ganjax
from ganjax.core.configs import from_dict, to_dict
from ganjax.core.errors import UsageError
from ganjax.data.pipeline import MemorySource
from ganjax.models.pgan import recipe as recipes
from ganjax.train.loop import Intervals, train

TINY = recipes.Recipe(
    side=8,
    latent=8,
    base=64,
    maximum=8,
    game="non-saturating-r1",
    batches=(8,),
    fade_kimg=0.016,
    hold_kimg=0.016,
    final_kimg=0.016,
)


def test_the_paper_preset_follows_the_paper() -> None:
    # arXiv:1710.10196, appendix A.1: 600k images a fade and a hold; minibatch 16 up to 128x128, then
    # 14, 6, 3;
    # Adam with 0.001, 0, 0.99; WGAN-GP; table 2: 512 channels up to 32x32, then half of them at each side.
    paper = recipes.PRESETS["paper-1024"]
    phases = paper.schedule.phases
    assert [phase.side for phase in phases] == [4, 8, 16, 32, 64, 128, 256, 512, 1024]
    assert [phase.batch for phase in phases] == [16] * 6 + [14, 6, 3]
    assert {(phase.fade_kimg, phase.hold_kimg) for phase in phases[1:-1]} == {(600, 600)}
    assert (paper.learning_rate, paper.beta1, paper.beta2, paper.game) == (1e-3, 0, 0.99, "wgan-gp")
    assert paper.configs()[0].channels == (512, 512, 512, 512, 256, 128, 64, 32, 16)


@pytest.mark.parametrize("name", recipes.PRESETS)
def test_presets_survive_json_and_make_networks(name: str) -> None:
    preset = recipes.PRESETS[name]
    assert from_dict(recipes.Recipe, to_dict(preset)) == preset
    assert preset.configs()[0].side == preset.schedule.phases[-1].side == preset.side


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"game": "wgangp"}, "Did you mean 'wgan-gp'"),
        ({"game": "least-squares", "penalty": 1.0}, "no gradient penalty"),
        ({"data": "facs"}, "Did you mean 'faces'"),
        ({"side": 48}, "power of two"),
        ({"seed": -1}, "seed is a number from 0"),
        ({"seed": 2**32}, "seed is a number from 0"),
        ({"latent": 0}, "latent, base and maximum are positive"),
        ({"learning_rate": 0.0}, "learning rate is positive"),
        ({"beta2": 1.0}, "betas lie"),
        ({"ema_kimg": -1.0}, "half-life"),
        ({"penalty": -1.0}, "penalty"),
        ({"learning_rate": float("inf")}, "learning rate is positive and finite, not inf"),
        ({"ema_kimg": float("inf")}, "half-life .* is finite and 0 or more, not inf"),
        ({"penalty": float("inf")}, "penalty is finite and 0 or more, not inf"),
        ({"batches": ()}, "at least one"),
        ({"max_unreadable": 2.0}, "unreadable share"),
        ({"data": "faces:8", "conditional": True}, "has no classes"),
        ({"batches": (0,)}, "batch"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_written(change: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        recipes.plan(dataclasses.replace(TINY, **change))


def test_a_conditional_run_draws_by_class(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (32, 8, 8, 3), np.uint8)
    classes = np.arange(32, dtype=np.int32) % 3
    source = MemorySource("three", images, classes, ("a", "b", "c"))
    monkeypatch.setattr(recipes, "open_source", lambda *arguments, **options: source)
    plan = recipes.plan(dataclasses.replace(TINY, conditional=True))
    batch = next(itertools.islice(plan.batches(0, 0), 1))
    assert set(batch) == {"image", "label"}
    outcome = train(plan, tmp_path / "run", Intervals(log_kimg=0.008, sample_kimg=1, checkpoint_kimg=1))
    assert outcome.finished
    log = (tmp_path / "run" / "log.jsonl").read_text()
    assert "d_class" in log and "g_class" in log

    model = ganjax.load(tmp_path / "run")
    assert model.spec.labels == 3
    one, other = (ganjax.generate(model, jax.random.key(0), n=2, labels=[label] * 2) for label in (0, 1))
    assert float(abs(one - other).max()) > 1e-3
