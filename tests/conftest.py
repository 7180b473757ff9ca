"""What every test runs under: eight CPU devices, strict shapes, and a compilation cache kept between runs.

The settings are environment variables, set before anything imports JAX, so that processes started by a test
run under them too. JAX_PLATFORMS and JAX_COMPILATION_CACHE_DIR may be given from outside.
"""

import math
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if "xla_force_host_platform_device_count" not in os.environ.get("XLA_FLAGS", ""):
        os.environ["XLA_FLAGS"] = (
            os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
        ).strip()
    # A shape that broadcasts by accident is the commonest silent fault: [N] against [N, 1].
    os.environ["JAX_NUMPY_RANK_PROMOTION"] = "raise"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(config.cache.mkdir("jax")))
    # Not the user's own folder: a test neither finds nor leaves anything there.
    os.environ["GANJAX_CACHE"] = str(config.cache.mkdir("ganjax"))
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference vectors: `GANJAX_SHARED`, or `shared` beside the checkout.

    Skips the test where the folder is absent, or fails it where GANJAX_REQUIRE_SHARED=1.
    """
    folder = Path(os.environ.get("GANJAX_SHARED") or ROOT.parent / "shared")
    if not (folder / "golden").is_dir():
        message = f"no reference vectors in {folder} (GANJAX_SHARED names another folder)"
        if os.environ.get("GANJAX_REQUIRE_SHARED") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a DF-GAN of 16x16 images with random weights, which names the text encoder beside it.

    The encoder knows "a", "man", "with", "glasses" and three Japanese letters, and reads 18 pieces.
    """
    import jax
    import numpy as np

    from ganjax.convert.bundle import Bundle, Part, write_bundle
    from ganjax.core.configs import to_dict
    from ganjax.models.damsm import net as damsm
    from ganjax.models.dfgan import net as dfgan
    from ganjax.text import kinds
    from ganjax.text.bilingual import Bilingual

    rng = np.random.default_rng(0)

    def part(network: Any, inputs: Any) -> Part:
        shapes = jax.eval_shape(lambda *x: network.init(jax.random.key(0), *x), *inputs)
        draw = jax.tree.map(lambda leaf: _drawn(rng, leaf.shape), shapes)
        return Part(to_dict(network.config), draw)

    folder = tmp_path_factory.mktemp("listener")
    text, generator = folder / "text.safetensors", folder / "generator.safetensors"
    words = damsm.TextConfig(tokens=12, embedding=4, width=6)
    tokenizer = Bilingual.learn(["a man with glasses", "笑女人"], length=words.length)
    reader = part(damsm.TextEncoder(words), damsm.example_inputs("text", words, 1))
    write_bundle(text, Bundle("damsm", {"text": reader}, info={"tokenizer": kinds.to_json(tokenizer)}))
    config = dfgan.CONFIGS["tiny"][0]
    drawer = part(dfgan.Generator(config), dfgan.example_inputs("generator", config, 1))
    write_bundle(generator, Bundle("dfgan", {"generator": drawer}, info={"text": str(text)}))
    return generator


def _drawn(rng: Any, shape: tuple[int, ...]) -> Any:
    """Weights that keep the size of what goes through a layer, so that nothing saturates."""
    return rng.standard_normal(shape, "float32") / max(1, math.prod(shape[:-1])) ** 0.5
