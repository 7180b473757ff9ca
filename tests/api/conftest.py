"""A progressive GAN of 16x16 images with random weights, by way of a file as a user would have it.

JAX is imported inside the functions: pytest reads this file before tests/conftest.py sets JAX's environment.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ganjax

PARTS = ("generator", "generator_raw", "discriminator")


@pytest.fixture(scope="session")
def bundle() -> Callable[..., Any]:
    """`bundle(labels=, stage=, alpha=)`: what a file of the network holds; every part has its own weights."""
    from ganjax.convert.bundle import Bundle

    def make(*, labels: int = 0, stage: int | None = None, alpha: float = 1.0) -> Any:
        return Bundle("pgan", {name: part(name, labels) for name in PARTS}, stage=stage, alpha=alpha)

    return make


@pytest.fixture(scope="session")
def model(bundle: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`model(part, **how)`: one part of `bundle(**how)`, written and loaded."""
    from ganjax.convert.bundle import write_bundle

    folder: Path = tmp_path_factory.mktemp("models")

    def get(name: str = "generator", **how: Any) -> Any:
        path = folder / "-".join(["tiny", *(f"{key}={value}" for key, value in how.items())])
        path = path.with_name(f"{path.name}.safetensors")
        if not path.exists():
            write_bundle(path, bundle(**how))
        return ganjax.load(path, part=name)

    return get


def part(name: str, labels: int) -> Any:
    """One network of the bundle."""
    import jax

    from ganjax.convert.bundle import Part
    from ganjax.core.configs import to_dict
    from ganjax.models.pgan import net

    kind = name.removesuffix("_raw")
    config_class, network = net.PARTS[kind]
    config = next(each for each in net.CONFIGS["tiny"] if isinstance(each, config_class))
    config = dataclasses.replace(config, labels=labels)
    inputs = net.example_inputs(kind, config, 1)
    shapes = jax.eval_shape(lambda *x: network(config).init(jax.random.key(0), *x), *inputs)
    rng = np.random.default_rng(PARTS.index(name))
    return Part(
        to_dict(config), jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape, np.float32), shapes)
    )
