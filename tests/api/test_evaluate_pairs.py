"""Scores of restored images: which images, which metrics, which border."""

import dataclasses
import functools
import importlib
import json

import jax
import numpy as np
import pytest
from PIL import Image

from ganjax import DataError, UsageError, evaluate_pairs
from ganjax.core.images import to_uint8
from ganjax.core.imresize import imresize
from ganjax.core.types import Model
from ganjax.metrics.lpips import LAYERS, lpips, published_weights
from ganjax.metrics.psnr import psnr_rgb
from ganjax.metrics.ssim import ssim_y
from ganjax.models.vgg import net


@pytest.fixture
def pairs():
    """Outputs and targets of two sizes, smooth enough to be alike."""
    random = np.random.default_rng(0)
    targets = [random.integers(0, 60, (*size, 3)).cumsum(0).astype(np.uint8) for size in ((16, 20), (24, 17))]
    noisy = (target + random.normal(0, 5, target.shape) for target in targets)
    return [np.clip(output, 0, 255).astype(np.uint8) for output in noisy], targets


def test_each_image_is_scored_and_the_mean_is_theirs(pairs):
    scores = evaluate_pairs.score_pairs(*pairs, metrics=["psnr_rgb", "ssim_y"], crop=2)
    for name, measure in (("psnr_rgb", psnr_rgb), ("ssim_y", ssim_y)):
        expected = [measure(a[None], b[None], crop=2)[0] for a, b in zip(*pairs, strict=True)]
        assert scores["each"][name] == pytest.approx(expected, rel=1e-12)
        assert scores["mean"][name] == pytest.approx(np.mean(expected), rel=1e-12)
    assert (scores["images"], scores["crop"]) == (2, 2)
    assert f"psnr_rgb{scores['mean']['psnr_rgb']:18.4f}" in evaluate_pairs.table(scores)
    json.dumps(scores)


@pytest.mark.parametrize("name", evaluate_pairs.MEASURES)
def test_every_name_measures_what_it_says(name):
    random = np.random.default_rng(0)
    target = random.integers(0, 60, (1, 96, 192, 3)).cumsum(1).astype(np.uint8)
    output = 255 - target if name.startswith("niqe") else np.clip(target, 9, 240)
    module = importlib.import_module(f"ganjax.metrics.{name.split('_')[0]}")
    images = (output,) if name.startswith("niqe") else (output, target)
    expected = getattr(module, name)(*images)[0]
    assert evaluate_pairs.score_pairs(output, target, metrics=[name])["mean"][name] == pytest.approx(expected)


def test_measures_of_ones_own(pairs):
    measure = lambda a, b: [a.shape[1] - 10 * b.shape[2]]  # noqa: E731
    scores = evaluate_pairs.score_pairs(*pairs, metrics={"size": measure}, crop=1)
    assert scores["each"] == {"size": [14 - 180, 22 - 150]}


def test_lpips_of_a_network(monkeypatch):
    network = net.Features(net.CONFIGS["alexnet"][0])
    random = np.random.default_rng(0)
    images = random.random((2, 1, 63, 70, 3)).astype(np.float32)
    shapes = jax.eval_shape(network.init, jax.random.key(0), images[0])
    draw = lambda leaf: random.normal(0, 0.1, leaf.shape).astype(np.float32)  # noqa: E731
    model = Model(jax.tree.map(draw, shapes), net=network, system="vgg", part="features", name="other")
    models = {("alexnet", "features"): model}
    monkeypatch.setattr(evaluate_pairs, "load", lambda name, part: models[name, part])
    found = evaluate_pairs.score_pairs(*images, metrics=["lpips_alexnet"])["mean"]["lpips_alexnet"]
    features = functools.partial(network.apply, model.variables, layers=LAYERS["alexnet"])
    expected = jax.jit(functools.partial(lpips, features, published_weights("alexnet")))(*images)
    assert found == pytest.approx(float(expected[0]), rel=1e-5)
    assert found > 0
    for name in ("19", "16-caffe"):
        with pytest.raises(UsageError, match="not for other"):
            evaluate_pairs.lpips_of(dataclasses.replace(model, net=net.Features(net.CONFIGS[name][0])))


def test_what_it_refuses(pairs):
    outputs, targets = pairs
    with pytest.raises(UsageError, match="Did you mean 'psnr_y'"):
        evaluate_pairs.score_pairs(outputs, targets, metrics=["psnry"])
    with pytest.raises(UsageError, match="one shape"):
        evaluate_pairs.score_pairs(outputs, targets[::-1])
    with pytest.raises(DataError, match="no images"):
        evaluate_pairs.score_pairs([], [])
    for a, b in ((outputs, targets[:1]), (outputs[:1], targets)):
        with pytest.raises(DataError, match="one of the two has more"):
            evaluate_pairs.score_pairs(iter(a), iter(b))


@pytest.mark.shared
def test_shared_scores_of_bicubic_enlargement(shared):
    """What the reference's code says of MATLAB's bicubic on Set5."""
    meta = json.loads((shared / "golden/srgan/official2018_x4/meta.json").read_text("utf-8"))
    folder = shared / "data/set5_x4"
    for name, recorded in meta["scores"]["Set5 x4"]["per_image"].items():
        files = (folder / f"{name}_{kind}.png" for kind in ("LR", "HR"))
        low, high = (np.asarray(Image.open(file).convert("RGB"))[None] for file in files)
        large = to_uint8(imresize(low / 255, 4))
        scores = evaluate_pairs.score_pairs(large, high, metrics=list(recorded["bicubic_matlab"]), crop=4)
        for metric, value in scores["mean"].items():
            tolerance = 0.01 if metric.startswith("psnr") else 5e-4
            assert value == pytest.approx(recorded["bicubic_matlab"][metric], abs=tolerance), (name, metric)
