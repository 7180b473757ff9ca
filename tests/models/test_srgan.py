"""SRGAN against the networks of leftthomas/SRGAN: scripts/golden/srgan.py, and shared/golden/srgan."""

import zlib
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from PIL import Image

import ganjax
from ganjax.convert import pairs as engine
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.images import to_uint8
from ganjax.core.trees import count
from ganjax.metrics.psnr import psnr_y
from ganjax.metrics.ssim import ssim_y
from ganjax.models.srgan import convert, net

from .srgan_case import GOLDEN, Case, Own, run, use_and_train


def test_a_generator_of_today_in_use_and_in_training() -> None:
    own, model = Own("srgan"), ganjax.load(GOLDEN / "srgan_x2.pth")
    assert model.net.config == net.GeneratorConfig(scale=2, width=4)
    used, trained, averages = use_and_train(model, own["x_small"], "batch_stats")
    own.check("x2", used)
    own.check("x2_train", trained)
    own.check("x2_train_var", averages["block0b_norm"]["var"])


def test_a_generator_of_2018() -> None:
    own, model = Own("srgan"), ganjax.load(GOLDEN / "srgan_x4_2018.pth")
    assert model.net.config == net.GeneratorConfig(scale=4, width=4, last_norm=False)
    own.check("x4_2018", run(model, own["x_small"]))


def test_the_discriminator_gives_the_logits_of_the_reference() -> None:
    own, model = Own("srgan"), ganjax.load(GOLDEN / "srgan_discriminator.pth", part="discriminator")
    assert model.net.config == net.DiscriminatorConfig(width=4)
    used, trained, averages = use_and_train(model, own["x_large"], "batch_stats")
    own.check("scores", used[:, 0])
    own.check("probabilities", jax.nn.sigmoid(used)[:, 0])
    own.check("scores_train", trained[:, 0])
    own.check("scores_train_mean", averages["norm7"]["mean"])
    own.check("scores_train_var", averages["norm7"]["var"])


@pytest.mark.shared
@pytest.mark.parametrize(("name", "image"), [("official2018_x4", "_set5_003"), ("random_x2", "")])
def test_the_generators_of_the_reference_vectors(shared: Path, name: str, image: str) -> None:
    case = Case(shared / "golden" / "srgan" / name)
    case.check(f"sr{image}", run(ganjax.load(case.file), case[f"lr{image}"]))


@pytest.mark.shared
def test_the_published_weights_have_the_scores_of_the_reference(shared: Path) -> None:
    """On Set5, on the luma, less four pixels of border, to 0.01 dB and 0.0005."""
    case = Case(shared / "golden" / "srgan" / "official2018_x4")
    model = ganjax.load(case.file)
    for name, recorded in case.meta["scores"]["Set5 x4"]["per_image"].items():
        files = (shared / "data" / "set5_x4" / f"{name}_{size}.png" for size in ("LR", "HR"))
        low, high = (np.asarray(Image.open(file).convert("RGB"))[None] for file in files)
        large = to_uint8(np.asarray(run(model, low.astype(np.float32) / 255)))
        scores = float(psnr_y(large, high, crop=4)[0]), float(ssim_y(large, high, crop=4)[0])
        expected = recorded["srgan_rounded"]
        assert scores[0] == pytest.approx(expected["psnr_y"], abs=0.01)
        assert scores[1] == pytest.approx(expected["ssim_y"], abs=0.0005)


@pytest.mark.shared
def test_the_discriminator_of_the_reference_vectors(shared: Path) -> None:
    case = Case(shared / "golden" / "srgan" / "random_x2")
    module = net.Discriminator(net.DiscriminatorConfig())
    shapes = jax.eval_shape(module.init, jax.random.key(0), case["d_input"][:1])
    pairs = list(convert.pairs("discriminator", module.config))
    state = {pair.source: by_formula(pair, shapes, case.meta["seed"]) for pair in pairs}
    model = ganjax.Model(engine.load(pairs, state, shapes), net=module)
    used, trained, averages = use_and_train(model, case["d_input"], "batch_stats")
    case.check("d_logit_eval", used[:, 0])
    case.check("d_logit_train", trained[:, 0])
    case.check("d_bn3_running_mean_after_train", averages["norm1"]["mean"])
    case.check("d_bn3_running_var_after_train", averages["norm1"]["var"])


def by_formula(pair: engine.Pair, shapes: Any, seed: int) -> np.ndarray:
    """A tensor of the discriminator, by the formula in the meta.json of the case."""
    leaf = shapes
    for name in pair.target.split("/"):
        leaf = leaf[name]
    name, shape = pair.source, pair.op.undo(np.zeros(leaf.shape)).shape
    rng = np.random.RandomState((zlib.crc32(name.encode()) ^ seed) & 0xFFFFFFFF)
    if name.endswith("running_var"):
        drawn = rng.uniform(0.5, 1.5, shape)
    elif len(shape) > 1:
        drawn = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
    elif name.endswith("weight"):
        drawn = rng.uniform(0.6, 1.4, shape)
    else:
        drawn = 0.2 * rng.standard_normal(shape)
    return drawn.astype(np.float32)


def test_sizes_are_those_of_the_reference() -> None:
    # Parameters of model.Generator(4) and model.Discriminator() of leftthomas/SRGAN, counted by PyTorch.
    found = {
        part: count(jax.eval_shape(module(config).init, jax.random.key(0), *x)["params"])
        for config, (part, (_, module)) in zip(net.CONFIGS["x4"], net.PARTS.items(), strict=True)
        for x in [net.example_inputs(part, config, 1)]
    }
    assert found == {"generator": 734_219, "discriminator": 5_215_425}


@pytest.mark.parametrize("scale", [0, 1, 3])
def test_scales_are_powers_of_two(scale: int) -> None:
    with pytest.raises(UsageError, match="power of two"):
        net.GeneratorConfig(scale=scale)


def test_tensors_of_another_network_are_refused() -> None:
    assert convert.recognise(["conv.weight"]) is None
    with pytest.raises(CheckpointError, match="not the tensors of SRGAN's generator"):
        convert.infer({}, "generator")


def test_an_unknown_part_is_named() -> None:
    with pytest.raises(UsageError, match="Did you mean 'generator'"):
        net.example_inputs("generater", net.GeneratorConfig(), 1)
