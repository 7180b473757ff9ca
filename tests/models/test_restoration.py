"""Networks that restore pictures in training: both stages of every system, from tiny configs."""

import dataclasses
import functools
import math
import pathlib
from collections.abc import Iterator
from typing import Any

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

import ganjax
from ganjax.core.configs import from_dict, to_dict
from ganjax.core.errors import UsageError
from ganjax.models import index, restoration
from ganjax.train.loop import Intervals, Plan, train

TINY: dict[str, dict[str, Any]] = {
    "srvgg": {"scale": 2, "convs": 1, "width": 4, "discriminator_width": 2},
    "srgan": {"scale": 2, "blocks": 1, "width": 4, "discriminator_width": 2},
    "esrgan": {"scale": 2, "blocks": 1, "width": 4, "growth": 2, "discriminator_width": 2},
    "enlightengan": {
        "widths": (4, 6),
        "discriminator_width": 4,
        "layers_whole": 2,
        "layers_patch": 1,
        "patch": 8,
        "patches": 2,
    },
}
SYSTEMS = list(TINY)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Twenty smooth pictures of 24 x 20 pixels."""
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for i in range(20):
        small = Image.fromarray(random.integers(0, 256, (5, 6, 3), np.uint8))
        small.resize((24, 20), Image.Resampling.BICUBIC).save(folder / f"{i:02}.png")
    return folder


def recipe(system: str, pictures: pathlib.Path, **changes: Any) -> Any:
    """A tiny recipe of two steps in each stage; a batch of 3 stays on one device."""
    common = {
        "data": (f"folder:{pictures}",),
        "side": 16,
        "batch": 3,
        "degraded": 0.0,
        "pixel_kimg": 0.006,
        "adversarial_kimg": 0.006,
        "ema_kimg": 0.01,
    }
    return index.system(system, "recipe").Recipe(**(common | TINY[system] | changes))


def plan(system: str, pictures: pathlib.Path, **changes: Any) -> Plan:
    return index.system(system, "recipe").plan(recipe(system, pictures, **changes))


@pytest.mark.parametrize(
    ("system", "degraded"),
    [("srvgg", 0.4), ("srgan", 0.0), ("esrgan", 0.0), ("enlightengan", 1.0)],
)
def test_a_step_of_either_stage_keeps_the_form_of_the_state(
    system: str, degraded: float, pictures: pathlib.Path
) -> None:
    made = plan(system, pictures, degraded=degraded)
    state = jax.eval_shape(made.create)
    for stage, sides in enumerate(("g", "dg")):
        batch = next(made.batches(stage, 0))
        assert {name: (x.shape, x.dtype) for name, x in batch.items()} == {
            name: (x.shape, x.dtype) for name, x in made.batch_shapes(stage).items()
        }
        after, metrics = jax.eval_shape(made.step(stage), state, batch, 1.0)
        chex.assert_trees_all_equal_shapes_and_dtypes(state, after)
        assert [side for side in "dg" if f"{side}_loss" in metrics] == list(sides)


@functools.cache
def quick(step: Any) -> Any:
    return jax.jit(step, compiler_options={"xla_backend_optimization_level": 0})


@pytest.mark.parametrize("system", SYSTEMS)
def test_content_comes_nearer_and_buffers_follow(system: str, pictures: pathlib.Path) -> None:
    """On one batch, against the discriminator; the content weighs so much that its loss must fall."""
    weights = {"pixel": 10.0, "adversarial": 1e-3, "learning_rate": 1e-2, "pixel_kimg": 0.0}
    made = plan(system, pictures, **weights)
    before = state = made.create()
    batch = next(made.batches(0, 0))
    step = quick(made.step(0))
    losses = []
    for _ in range(6):
        state, metrics = step(state, batch, jnp.float32(1))
        losses.append(float(metrics["g_content" if system == "enlightengan" else "g_pixel"]))
        assert float(metrics["finite"]) == 1
    if system != "enlightengan":  # it begins as the identity, which keeps all content
        assert losses[-1] < losses[0]
    assert int(state.seen_images) == 18
    for name in ("generator", "discriminator", "average"):
        old, new = getattr(before, name), getattr(state, name)
        for collection in old:
            moved = jax.tree.map(lambda a, b: float(jnp.abs(a - b).max()), old[collection], new[collection])
            assert max(jax.tree.leaves(moved)) > 0, (name, collection)
    buffers = {
        "srvgg": (set(), {"spectral"}),
        "srgan": ({"batch_stats"}, {"batch_stats"}),
        "esrgan": (set(), {"batch_stats"}),
        "enlightengan": ({"batch_stats"}, set()),
    }
    assert (set(state.generator) - {"params"}, set(state.discriminator) - {"params"}) == buffers[system]


def test_batch_norm_averages_are_those_of_the_batches_seen(pictures: pathlib.Path) -> None:
    """The first norm of SRGAN's discriminator, after real images and generated ones, worked out by hand."""
    made = plan("srgan", pictures, pixel_kimg=0.0)
    state, batch = made.create(), next(made.batches(0, 0))
    after, _ = quick(made.step(0))(state, batch, jnp.float32(1))
    real = jnp.asarray(batch["image"], jnp.float32) / 255
    given = restoration.shrink(real, scale=2)
    net = index.system("srgan")
    config = recipe("srgan", pictures)
    generator = net.Generator(net.GeneratorConfig(2, config.blocks, config.width))
    fake, _ = generator.apply(state.generator, given, train=True, mutable=["batch_stats"])
    averages = np.zeros(2 * 1, np.float64)
    params = state.discriminator["params"]
    for images in (real, fake):
        x = jax.nn.leaky_relu(conv(images, params["conv0"], 1), 0.2)
        averages = 0.9 * averages + 0.1 * np.asarray(conv(x, params["conv1"], 2)).mean((0, 1, 2))
    np.testing.assert_allclose(after.discriminator["batch_stats"]["norm1"]["mean"], averages, rtol=1e-4)


def conv(x: jax.Array, layer: Any, stride: int) -> jax.Array:
    pads = [(1, 1), (1, 1)]
    y = jax.lax.conv_general_dilated(
        x, layer["kernel"], (stride, stride), pads, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return y + layer["bias"].reshape(1, 1, 1, -1)


def test_a_run_that_breaks_off_in_the_second_stage_ends_as_one_that_did_not(
    pictures: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """SRVGG, from end to end: every tensor to the bit, and a file that `ganjax.load` opens."""
    often = Intervals(log_kimg=0.003, sample_kimg=0.006, checkpoint_kimg=0.003)
    made = plan("srvgg", pictures)
    outcome = train(made, tmp_path / "whole", often)
    assert outcome.finished and outcome.sheet.is_file()

    def breaks(stage: int, seen: int) -> Iterator[Any]:
        for i, batch in enumerate(made.batches(stage, seen)):
            if stage == 1 and i == 1:
                raise KeyboardInterrupt
            yield batch

    with pytest.raises(KeyboardInterrupt):
        train(dataclasses.replace(made, batches=breaks), tmp_path / "broken", often)
    train(made, tmp_path / "broken", often)
    whole, again = (
        safetensors.numpy.load_file(tmp_path / name / "model.safetensors") for name in ("whole", "broken")
    )
    chex.assert_trees_all_equal(whole, again)
    assert "d_loss" in (tmp_path / "whole" / "log.jsonl").read_text()

    model = ganjax.load(tmp_path / "whole")
    assert (model.system, model.spec.scale) == ("srvgg", 2)
    assert model.net.apply(model.variables, jnp.zeros((1, 5, 7, 3))).shape == (1, 10, 14, 3)
    assert ganjax.load(tmp_path / "whole", part="discriminator").spec.multiple == 8


def test_pairs_are_taken_as_they_are(pictures: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for path in pictures.glob("*.png"):
        with Image.open(path) as image:
            image.resize((12, 10), Image.Resampling.BOX).save(tmp_path / path.name)
    data = (f"pairs:{pictures}:{tmp_path}",)
    made = plan("srvgg", pictures, data=data)
    batch = next(made.batches(0, 0))
    assert (batch["image"].shape, batch["input"].shape) == ((3, 16, 16, 3), (3, 8, 8, 3))
    sheet = made.sample(made.create().average, 0, 1.0, 2)
    assert sheet.shape == (2, 16, 48, 3)
    # Shown are the input, each pixel doubled, and the target, of which it is the mean.
    shown = sheet[:, ::2, :16:2].astype(float)
    np.testing.assert_allclose(
        shown, sheet[:, :, 32:].reshape(2, 8, 2, 8, 2, 3).astype(float).mean((2, 4)), atol=1
    )
    with pytest.raises(UsageError, match="2 times as large as their inputs, not 4"):
        plan("srvgg", pictures, data=data, scale=4)


def test_the_activations_of_a_network_are_compared_where_the_recipe_says_so(pictures: pathlib.Path) -> None:
    wanted = {"perceptual": "vgg19", "layers": ("a", "b"), "layer_weights": (0.25, 2.0), "perception": 3.0}
    chosen = recipe("enlightengan", pictures, pixel=0.0, **wanted)
    plain = restoration.Restorer("", None, None, ganjax.load, (), None, None)  # only its spec is looked at
    restorer = dataclasses.replace(
        plain, spec=index.system("srvgg").spec(index.system("srvgg").CONFIGS["tiny"][0])
    )

    def perception(images: jax.Array, layers: Any) -> list[jax.Array]:
        assert layers == ("a", "b")
        return [images, images**2]

    _, content = restoration.contents(chosen, restorer, perception)
    a, b = (np.random.default_rng(i).random((2, 4, 4, 3)).astype(np.float32) for i in (0, 1))
    loss, metrics = content(jnp.asarray(a), jnp.asarray(b))
    expected = 3 * (0.25 * np.abs(a - b).mean() + 2 * np.abs(a**2 - b**2).mean())
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    assert set(metrics) == {"g_perceptual"}
    with pytest.raises(UsageError, match="vgg19"):
        restoration.contents(chosen, restorer, None)


def test_real_esrgan_sharpens_and_cuts_squares_out_of_larger_ones(pictures: pathlib.Path) -> None:
    """As realesrgan_model.py: sharpen, make bad, cut both; what the discriminator sees is not sharpened."""
    chosen = recipe("srvgg", pictures, side=12, sharpened=True, degraded_side=16)
    made = index.system("srvgg", "recipe").plan(chosen)
    batch = next(made.batches(0, 0))
    assert batch["image"].shape == made.batch_shapes(0)["image"].shape == (3, 16, 16, 3)
    net = index.system("srvgg")
    how = {"sharpened": True, "degraded_side": 16}
    restorer = restoration.upscaler(
        "srvgg", net, net.GeneratorConfig(2, 1, 4), net.DiscriminatorConfig(2), **how
    )
    keys = jax.random.split(jax.random.key(0), (2, 3))
    real, (given, _), _ = restoration.players(chosen, restorer).prepare(batch, 1.0, (keys[0], keys[1]))
    assert (real.shape, given.shape) == ((3, 12, 12, 3), (3, 6, 6, 3))
    images = batch["image"].astype(np.float32) / 255
    small = np.asarray(restoration.shrink(restoration.sharpen(jnp.asarray(images)), scale=2))
    for i in range(3):
        places = [
            (y, x)
            for y in range(3)
            for x in range(3)
            if np.allclose(real[i], images[i, 2 * y : 2 * y + 12, 2 * x : 2 * x + 12], atol=1e-6)
        ]
        (y, x) = places[0]
        np.testing.assert_allclose(given[i], small[i, y : y + 6, x : x + 6], atol=1e-6)

    sharp = restoration.sharpen(real)
    assert float(jnp.abs(sharp - real).max()) > 0.01
    for content in restoration.contents(chosen, restorer, None):
        np.testing.assert_allclose(content(sharp, real)[0], 0, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"degraded_side": 8}, "16 pixels cannot be cut out of those of 8"),
        ({"game": "hing"}, "Did you mean 'hinge'"),
        ({"side": 15}, "multiple of 2, not 15"),
        ({"degraded": 1.5}, "degraded share"),
        ({"learning_rate": 0.0}, "learning rate is positive"),
        ({"data": ()}, "at least one"),
        ({"seed": -1}, "seed is a number"),
        ({"layer_weights": (1.0, 1.0)}, "one weight each"),
        ({"pixel_kimg": 0.0, "adversarial_kimg": 0.0}, "at least one phase"),
        ({"data": ("folder:nowhere", "facs")}, "nowhere is not a folder"),
    ],
)
def test_wrong_settings_are_refused(change: dict[str, Any], words: str, pictures: pathlib.Path) -> None:
    with pytest.raises((UsageError, ganjax.DataError), match=words):
        plan("srvgg", pictures, **change)


@pytest.mark.parametrize("number", [math.inf, math.nan, -1.0])
@pytest.mark.parametrize(
    "name", ["learning_rate", "beta2", "ema_kimg", "adversarial", "pixel", "perception", "layer_weights"]
)
def test_numbers_are_finite(name: str, number: float, pictures: pathlib.Path) -> None:
    value = (number,) if name == "layer_weights" else number
    with pytest.raises(UsageError, match=r"A recipe's (learning rate|betas|weights)"):
        recipe("srvgg", pictures, **{name: value})


@pytest.mark.parametrize(
    ("system", "change", "words"),
    [
        *((system, {"width": 0}, "at least 1 channel") for system in ("srvgg", "srgan", "esrgan")),
        *((system, {"discriminator_width": 0}, "at least 1 channel") for system in SYSTEMS),
        ("esrgan", {"growth": 0}, "at least 1 channel"),
        ("enlightengan", {"widths": ()}, "at least 1 channel"),
        ("srvgg", {"fitted": -1}, "power of two from 4 on, not -1"),
        ("enlightengan", {"patch": 17}, "1 to 16 pixels a side, not 17"),
        ("enlightengan", {"patch": 0}, "1 to 16 pixels a side, not 0"),
        ("enlightengan", {"patches": 0}, "at least one patch"),
        ("enlightengan", {"gamma": (5.0, 1.0)}, "gamma is a range above 0"),
        ("enlightengan", {"beta": (-1.0, 2.0)}, "beta is a range above 0"),
        ("enlightengan", {"beta": (0.1, math.nan)}, "beta is a range above 0"),
        ("enlightengan", {"glance": 32}, "glance is its side, 16"),
    ],
)
def test_wrong_settings_of_a_system_are_refused(
    system: str, change: dict[str, Any], words: str, pictures: pathlib.Path
) -> None:
    with pytest.raises(UsageError, match=words):
        plan(system, pictures, **change)


@pytest.mark.parametrize("system", SYSTEMS)
def test_presets_survive_json(system: str) -> None:
    recipes = index.system(system, "recipe")
    for preset in recipes.PRESETS.values():
        assert from_dict(recipes.Recipe, to_dict(preset)) == preset
        assert preset.schedule.total_images > 0
