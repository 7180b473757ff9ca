"""What must hold for any weights: continuity of the fade, one trace for all alphas, shapes and refusals."""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.core.trees import flatten
from ganjax.models.pgan import net
from ganjax.models.pgan.config import MMGEN, NVIDIA, ZOO, GeneratorConfig, channels

QUICK = {"xla_backend_optimization_level": 0}
STYLES = {"nvidia": (NVIDIA, True), "zoo": (ZOO, False), "mmgen": (MMGEN, True)}


def tiny(part: str, style: str = "nvidia", **changes: Any) -> tuple[Any, Any]:
    """A module of 16x16 images and random variables for it."""
    config = next(each for each in net.CONFIGS["tiny"] if isinstance(each, net.PARTS[part][0]))
    config = dataclasses.replace(config, style=STYLES[style][0], **changes)
    if part == "discriminator":
        config = dataclasses.replace(config, fused_down=STYLES[style][1])
    module = net.PARTS[part][1](config)
    shapes = jax.eval_shape(module.init, jax.random.key(0), *net.example_inputs(part, config, 1))
    rng = np.random.default_rng(0)
    return module, jax.tree.map(lambda leaf: rng.normal(size=leaf.shape).astype(np.float32), shapes)


def run(
    module: Any, variables: Any, *inputs: Any, stage: int | None = None, alpha: float | None = None
) -> jax.Array:
    """What a network gives; it runs once, so compiling quickly is what counts."""
    options = {} if alpha is None else {"alpha": alpha}
    apply = jax.jit(
        lambda variables, *inputs: module.apply(variables, *inputs, stage=stage, **options),
        compiler_options=QUICK,
    )
    return apply(variables, *inputs)


def latents(n: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, 16)).astype(np.float32)


def images(n: int, side: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, side, side, 3)).astype(np.float32)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("stage", [1, 2])
def test_a_generator_begins_its_fade_with_the_doubled_image_of_the_stage_below(
    style: str, stage: int
) -> None:
    module, variables = tiny("generator", style)
    begun = run(module, variables, latents(2), stage=stage, alpha=0.0)
    below = run(module, variables, latents(2), stage=stage - 1)
    np.testing.assert_allclose(begun, upsample_nearest(below), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("style", "stage"),
    # The zoo's does not fade at stage 1: tests/models/test_pgan_convert.py.
    [(style, stage) for style in STYLES for stage in (1, 2) if (style, stage) != ("zoo", 1)],
)
def test_a_discriminator_begins_its_fade_as_the_stage_below(style: str, stage: int) -> None:
    module, variables = tiny("discriminator", style)
    x = images(4, 4 << stage)
    begun = run(module, variables, x, stage=stage, alpha=0.0)
    below = run(module, variables, downsample_box(x), stage=stage - 1)
    np.testing.assert_allclose(begun, below, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("part", "x"), [("generator", latents(2)), ("discriminator", images(4, 16))])
def test_a_fade_ends_where_the_finished_stage_begins(part: str, x: np.ndarray) -> None:
    module, variables = tiny(part)
    faded = run(module, variables, x, alpha=jnp.float32(1))
    np.testing.assert_allclose(faded, run(module, variables, x), rtol=1e-5, atol=1e-5)
    half = run(module, variables, x, alpha=0.5)
    assert float(jnp.abs(half - faded).max()) > 1e-2


@pytest.mark.parametrize(("part", "x"), [("generator", latents(2)), ("discriminator", images(4, 16))])
def test_three_alphas_make_one_trace(part: str, x: np.ndarray) -> None:
    module, variables = tiny(part)
    traces = []

    @functools.partial(jax.jit, compiler_options=QUICK)
    def apply(alpha: jax.Array) -> jax.Array:
        traces.append(alpha)
        return module.apply(variables, x, alpha=alpha)

    results = [apply(alpha) for alpha in (0.0, 0.3, 1.0)]
    assert len(traces) == 1
    assert float(jnp.abs(results[0] - results[2]).max()) > 1e-2


@pytest.mark.parametrize("part", net.PARTS)
def test_a_finished_stage_does_not_compute_the_branch_below(part: str) -> None:
    module, variables = tiny(part)
    shapes = net.example_inputs(part, module.config, 2)

    def products(alpha: float) -> int:
        graph = jax.make_jaxpr(lambda *x: module.apply(variables, *x, alpha=alpha))(*shapes)
        return str(graph).count("dot_general")

    assert products(0.5) == products(1.0) + 1  # one more layer from or to colours


@pytest.mark.parametrize("part", net.PARTS)
def test_the_whole_parameter_tree_is_there_at_every_stage(part: str) -> None:
    module, variables = tiny(part)
    first = net.example_inputs(part, module.config, 2)
    if part == "discriminator":
        first = (jax.ShapeDtypeStruct((2, 4, 4, 3), jnp.float32),)
    at_first = jax.eval_shape(lambda *x: module.init(jax.random.key(0), *x, stage=0), *first)
    assert jax.tree.map(jnp.shape, at_first) == jax.tree.map(jnp.shape, variables)


def test_stages_share_the_parameters_of_their_blocks_only() -> None:
    module, variables = tiny("generator")
    slope = jax.grad(lambda v: module.apply(v, latents(2), stage=1, alpha=0.5).sum())
    slopes = jax.jit(slope, compiler_options=QUICK)(variables)
    moved = {name.split("/")[1] for name, slope in flatten(slopes).items() if np.abs(slope).max() > 0}
    assert moved == {"b4_dense", "b4_conv0", "b4_to_rgb", "b8_conv0", "b8_conv1", "b8_to_rgb"}


def test_labels_change_image_and_widen_the_score() -> None:
    module, variables = tiny("generator", labels=3)
    one_hot = np.eye(3, dtype=np.float32)[:2]
    drawn = run(module, variables, latents(2), one_hot)
    assert float(jnp.abs(drawn - run(module, variables, latents(2), one_hot[::-1])).max()) > 1e-2
    module, variables = tiny("discriminator", labels=3)
    assert run(module, variables, images(4, 16)).shape == (4, 4)


def test_tanh_is_put_on_the_images() -> None:
    module, variables = tiny("generator", activation="tanh")
    linear = net.Generator(dataclasses.replace(module.config, activation=None))
    expected = np.tanh(run(linear, variables, latents(2)))
    np.testing.assert_allclose(run(module, variables, latents(2)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("part", "x"), [("generator", latents(2)), ("discriminator", images(4, 16))])
def test_bfloat16_is_near_float32_and_gives_float32(part: str, x: np.ndarray) -> None:
    module, variables = tiny(part)
    quick = net.PARTS[part][1](dataclasses.replace(module.config, dtype="bfloat16"))
    exact, near = run(module, variables, x, alpha=0.5), run(quick, variables, x, alpha=0.5)
    assert near.dtype == jnp.float32
    assert float(jnp.abs(near - exact).max()) < 0.1 * float(jnp.abs(exact).max())
    _, state = jax.eval_shape(lambda v: quick.apply(v, x, mutable=["intermediates"]), variables)
    assert state["intermediates"]["b16"][0].dtype == jnp.bfloat16


def test_channels_follow_the_rule_of_the_paper() -> None:
    # Karras et al. 2018, table 2.
    assert channels(1024) == (512, 512, 512, 512, 256, 128, 64, 32, 16)
    assert channels(32, base=512, maximum=64) == (64, 64, 64, 32)
    assert channels(4) == (512,)


def test_sizes_are_those_of_the_paper() -> None:
    # Karras et al. 2018, table 2: 23.1 million parameters in either network.
    for part, config in zip(net.PARTS, net.CONFIGS["paper-1024"], strict=True):
        module = net.PARTS[part][1](config)
        shapes = jax.eval_shape(module.init, jax.random.key(0), *net.example_inputs(part, config, 1))
        assert round(sum(np.prod(leaf.shape) for leaf in jax.tree.leaves(shapes)) / 1e6, 1) == 23.1


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"side": 48}, "power of two"),
        ({"side": 2, "channels": ()}, "power of two"),
        ({"side": 32}, "needs 4 channel counts"),
    ],
)
def test_impossible_configs_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        GeneratorConfig(**{"channels": (8, 8, 8), **config})


def test_inputs_of_another_shape_are_refused() -> None:
    module, variables = tiny("generator")
    with pytest.raises(UsageError, match=r"latents \[N, 16\].* 15 and 0"):
        module.apply(variables, np.zeros((2, 15), np.float32))
    with pytest.raises(UsageError, match="16 and 2"):
        module.apply(variables, latents(2), np.zeros((2, 2), np.float32))
    with pytest.raises(UsageError, match="Stage 3 is not one of 0 to 2"):
        module.apply(variables, latents(2), stage=3)
    module, variables = tiny("discriminator")
    with pytest.raises(UsageError, match=r"\[N, 8, 8, 3\] at stage 1; got \[2, 16, 16, 3\]"):
        module.apply(variables, images(2, 16), stage=1)
    with pytest.raises(UsageError, match="Did you mean 'generator'"):
        net.example_inputs("generatr", module.config, 1)
