"""Evaluation: which images are compared with which, and what is refused before the work begins."""

import dataclasses

import numpy as np
import pytest

from ganjax import DataError, UsageError, evaluate
from ganjax.metrics.ms_ssim import ms_ssim
from ganjax.metrics.swd import swd


@dataclasses.dataclass
class Pictures:
    """A source whose picture i is filled with the value i, or with what `draw` gives for it."""

    n: int
    side: int = 32
    draw: object = np.full
    name = "pictures"

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return {"image": self.draw((self.side, self.side, 3), index).astype(np.uint8)}


def speckled(shape, seed, scale=1):
    """Smooth random pictures: neighbouring pixels are alike."""
    noise = np.random.RandomState(seed).randint(0, 4, shape)
    return scale * (noise.cumsum(0).cumsum(1) // 8 % (256 // scale))


@pytest.fixture(scope="module")
def pictures():
    return np.stack([speckled((32, 32, 3), seed) for seed in range(40)]).astype(np.uint8)


def test_scores_are_those_of_the_metrics(pictures):
    fake, real = pictures[:8], pictures[8:28]
    found = evaluate.score_images(fake, real, seed=5)
    assert found["generated"] == {**swd(real[:8], fake, seed=5), "ms_ssim": ms_ssim(fake)}
    assert found["real"] == {**swd(real[:8], real[8:16], seed=5), "ms_ssim": ms_ssim(real[:8])}
    assert (found["samples"], found["floor_samples"], found["side"]) == (8, 8, 32)


def test_halves_are_as_large_as_the_data_allow(pictures):
    found = evaluate.score_images(pictures[:8], pictures[8:19], metrics=["swd"])
    assert found["floor_samples"] == 5
    assert found["real"] == swd(pictures[8:13], pictures[13:18])


def test_images_of_one_distribution_score_as_the_floor_does(pictures):
    found = evaluate.score_images(pictures[:12], pictures[12:36], metrics=["swd"])
    assert found["generated"]["swd"] == pytest.approx(found["real"]["swd"], rel=0.25)
    coarse = np.stack([speckled((32, 32, 3), seed, scale=2) for seed in range(12)]).astype(np.uint8)
    worse = evaluate.score_images(coarse, pictures[12:36], metrics=["swd"])
    assert worse["generated"]["swd"] > 2 * found["generated"]["swd"]


def test_a_model_is_scored_on_disjoint_real_pictures(model, monkeypatch):
    seen = {}
    monkeypatch.setattr(evaluate, "score_images", lambda fake, real, **how: seen.update(fake=fake, real=real))
    evaluate.score(model(), Pictures(40, side=16), samples=8, metrics=["swd"])
    assert seen["fake"].shape == (8, 16, 16, 3)
    assert seen["fake"].dtype == np.uint8
    # 8 to compare with and 8 others for the floor, no picture twice.
    assert len({int(image[0, 0, 0]) for image in seen["real"]}) == len(seen["real"]) == 16


def test_a_generated_image_does_not_depend_on_their_number(model, monkeypatch):
    drawn = []
    monkeypatch.setattr(evaluate, "score_images", lambda fake, real, **how: drawn.append(fake))
    monkeypatch.setattr(evaluate, "_PIXELS_AT_ONCE", 4 * 16 * 16)
    for samples in (4, 10):
        evaluate.score(model(), Pictures(40, side=16), samples=samples, metrics=["swd"])
    assert len(drawn[1]) == 10
    np.testing.assert_array_equal(drawn[0], drawn[1][:4])
    assert len({image.tobytes() for image in drawn[1]}) == 10


def test_a_model_with_labels_draws_them_all(model):
    found = evaluate.score(model(labels=3), Pictures(8, 16, speckled), samples=6, metrics=["swd"])
    assert np.isfinite(found["generated"]["swd"])


def test_pictures_of_another_program_are_scored(pictures):
    found = evaluate.score(Pictures(9, 32, speckled), Pictures(30, 64, speckled), samples=100)
    assert found["samples"] == 8
    assert set(found["generated"]) == {"swd_32", "swd_16", "swd", "ms_ssim"}


def test_one_seed_gives_one_result(model):
    first, again, other = (
        evaluate.score(model(), Pictures(8, 16, speckled), samples=4, seed=seed, metrics=["swd"])
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first["generated"] != other["generated"]


def test_a_table_shows_both_columns(pictures):
    found = evaluate.score_images(pictures[:4], pictures[4:12])
    lines = evaluate.table(found).splitlines()
    assert lines[0].split() == ["generated", "real"]
    assert [line.split()[0] for line in lines[1:5]] == ["swd_32", "swd_16", "swd", "ms_ssim"]
    assert float(lines[3].split()[1]) == pytest.approx(found["generated"]["swd"], abs=0.01)


def test_what_cannot_work_is_refused_at_once(model, pictures, monkeypatch):
    monkeypatch.setattr(evaluate, "generate", None)
    with pytest.raises(UsageError, match="Did you mean 'ms_ssim'"):
        evaluate.score(model(), Pictures(8), metrics=["ms_sim"])
    with pytest.raises(UsageError, match="multiples of 32, not 16 x 16"):
        evaluate.score(model(), Pictures(8))
    with pytest.raises(DataError, match="too few"):
        evaluate.score(model(), Pictures(1), metrics=["swd"])
    with pytest.raises(UsageError, match="at least as many real ones"):
        evaluate.score_images(pictures[:4], pictures[4:6])
