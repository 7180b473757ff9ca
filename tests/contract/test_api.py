"""The conventions of the public interface, held against its signatures; and JAX's transformations of it."""

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ganjax
from ganjax import hub

API = {name: getattr(ganjax, name) for name in ganjax.__all__ if inspect.isfunction(getattr(ganjax, name))}


def public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function of the package, by its dotted name."""
    for info in pkgutil.walk_packages(ganjax.__path__, "ganjax."):
        if info.name == "ganjax.__main__":
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == info.name and not name.startswith("_"):
                yield f"{info.name}.{name}", value


EVERYWHERE = dict(public_functions())


def faults(function: Callable[..., Any]) -> list[str]:
    """What in a signature is against the conventions."""
    found = []
    parameters = list(inspect.signature(function).parameters.values())
    hints = typing.get_type_hints(function)
    for i, each in enumerate(parameters):
        if each.name not in hints:
            found.append(f"{each.name} has no type")
        if each.name == "key" and i > 1:
            found.append("key comes first, or right after the model or its parameters")
        if each.default is not each.empty and each.kind is not each.KEYWORD_ONLY:
            found.append(f"{each.name} is an option, but not keyword-only")
    if "return" not in hints:
        found.append("the result has no type")
    if not (function.__doc__ or "").strip():
        found.append("no docstring")
    return found


def test_the_design_is_there() -> None:
    wanted = "load save generate sample_latents synthesize discriminate summary list_models"
    wanted += " upscale enhance interpolate encode_text text_to_image"
    assert API.keys() == set(wanted.split())


@pytest.mark.parametrize("name", API)
def test_signatures_of_the_interface(name: str) -> None:
    assert not faults(API[name])


@pytest.mark.parametrize(
    "name", [name for name, f in EVERYWHERE.items() if "key" in inspect.signature(f).parameters]
)
def test_the_key_comes_first_everywhere(name: str) -> None:
    assert not [fault for fault in faults(EVERYWHERE[name]) if fault.startswith("key")]


def test_faults_are_found() -> None:
    def bad(model, n: int = 1, *, key: jax.Array):
        pass

    assert faults(bad) == [
        "model has no type",
        "n is an option, but not keyword-only",
        "key comes first, or right after the model or its parameters",
        "the result has no type",
        "no docstring",
    ]


def test_every_public_name_is_there_and_no_other() -> None:
    for name in ganjax.__all__:
        assert isinstance(getattr(ganjax, name), types.FunctionType | type)
    with pytest.raises(AttributeError, match="no attribute 'generat'"):
        ganjax.generat  # noqa: B018


@pytest.fixture(scope="module")
def models() -> dict[str, ganjax.Model]:
    """Generator and discriminator of 16x16 images, with random weights."""
    rng = np.random.default_rng(0)
    found = {}
    for outline in hub.outlines("pgan/tiny"):
        draw = jax.tree.map(
            lambda leaf: jnp.asarray(rng.standard_normal(leaf.shape, np.float32)), outline.variables
        )
        found[outline.part] = outline.replace(variables=draw)
    return found


KEY = jax.random.key(3)
CLOSE = {"rtol": 0, "atol": 2e-5}


def test_jit_takes_the_model_as_an_argument(models: dict[str, ganjax.Model]) -> None:
    generator, critic = models["generator"], models["discriminator"]

    @jax.jit
    def play(generator: ganjax.Model, critic: ganjax.Model, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        images = ganjax.generate(generator, key, n=4)
        return images, ganjax.discriminate(critic, images)

    images, scores = play(generator, critic, KEY)
    expected = ganjax.generate(generator, KEY, n=4)
    np.testing.assert_allclose(images, expected, **CLOSE)
    np.testing.assert_allclose(scores, ganjax.discriminate(critic, expected), rtol=1e-3, atol=1e-3)


def test_vmap_over_keys_and_over_latents(models: dict[str, ganjax.Model]) -> None:
    generator = models["generator"]
    latents = jax.vmap(lambda key: ganjax.sample_latents(generator, key, n=2))(jax.random.split(KEY, 3))
    for key, each in zip(jax.random.split(KEY, 3), latents, strict=True):
        np.testing.assert_array_equal(each, ganjax.sample_latents(generator, key, n=2))
    images = jax.vmap(lambda z: ganjax.synthesize(generator, z))(latents)
    flat = ganjax.synthesize(generator, latents.reshape(6, -1))
    np.testing.assert_allclose(images.reshape(flat.shape), flat, **CLOSE)


def test_grad_through_both_networks(models: dict[str, ganjax.Model]) -> None:
    """The slope along a direction against the difference quotient, in the network's own range."""
    generator, critic = models["generator"], models["discriminator"]

    @jax.jit
    def score(z: jax.Array) -> jax.Array:
        images = ganjax.synthesize(generator, z, raw=True)
        return ganjax.discriminate(critic, images, raw=True)[:, 0].mean()

    z = ganjax.sample_latents(generator, KEY, n=4)
    slope = jax.grad(score)(z)
    step = 1e-2 * slope / jnp.linalg.norm(slope)
    quotient = (score(z + step) - score(z - step)) / 2e-2
    np.testing.assert_allclose(jnp.linalg.norm(slope), quotient, rtol=0.05)


def test_grad_with_respect_to_the_weights(models: dict[str, ganjax.Model]) -> None:
    generator = models["generator"]
    z = ganjax.sample_latents(generator, KEY, n=2)
    slopes = jax.grad(lambda model: ganjax.synthesize(model, z).mean())(generator)
    assert isinstance(slopes, ganjax.Model)
    assert jax.tree.structure(slopes.variables) == jax.tree.structure(generator.variables)
    assert float(jnp.abs(slopes.variables["params"]["b16_to_rgb"]["bias"]).max()) > 0
