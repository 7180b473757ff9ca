"""EnlightenGAN against the reference (shared/golden, tests/golden), and what must hold for any weights.

Tolerance of shared/golden/README.md: 5e-5 of the largest value and ten times the reference's own rounding.
"""

import dataclasses
import functools
import json
import zlib
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ganjax
from ganjax.convert import pairs as engine
from ganjax.convert.container import read_container
from ganjax.convert.wrappers import peel
from ganjax.core.trees import count, flatten, unflatten
from ganjax.models.enlightengan import convert, net
from ganjax.models.enlightengan.pipeline import enhance

GOLDEN = Path(__file__).parents[1] / "golden"

# Everything here runs once or twice: compiling quickly counts more than running quickly.
QUICK = {"xla_backend_optimization_level": 0}


class Case:
    """The arrays of one case as NHWC; `check` compares with them."""

    def __init__(self, folder: Path):
        self.folder, self.arrays = folder, np.load(folder / "io.npz")
        self.rounding = json.loads((folder / "meta.json").read_text())["arrays"]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name].transpose(0, 2, 3, 1)

    def check(self, name: str, result: Any) -> None:
        atol = 5e-5 * np.abs(self[name]).max() + 10 * self.rounding[name]["float32_vs_float64_max_abs"]
        np.testing.assert_allclose(result, self[name], rtol=0, atol=atol, err_msg=name)


def variables_of(state: dict[str, np.ndarray], part: str) -> tuple[Any, Any]:
    """The network and the variables that the tensors of a file are."""
    config = convert.infer(state, part)
    module = net.PARTS[part][1](config)
    shapes = jax.eval_shape(module.init, jax.random.key(0), *net.example_inputs(part, config, 1))
    return module, engine.load(convert.pairs(part, config), state, shapes, ignore=convert.IGNORE)


def loaded(path: Path, part: str = "generator") -> tuple[Any, Any]:
    """What `ganjax.load` makes of a file."""
    model = ganjax.load(path, part=part)
    return model.net, model.variables


def rule(module: Any, aligned: bool) -> Any:
    """The same generator under the other rule of doubling."""
    return net.Generator(dataclasses.replace(module.config, align_corners=aligned))


def run(function: Any, *inputs: Any) -> Any:
    return jax.jit(function, compiler_options=QUICK)(*inputs)


def tiny(part: str = "generator", **changes: Any) -> tuple[Any, Any]:
    """A small network and random variables for it."""
    config = next(each for each in net.CONFIGS["tiny"] if isinstance(each, net.PARTS[part][0]))
    module = net.PARTS[part][1](dataclasses.replace(config, **changes))
    rng = np.random.default_rng(0)

    def draw(leaf: jax.ShapeDtypeStruct) -> np.ndarray:
        kernel = rng.normal(size=leaf.shape) / np.sqrt(np.prod(leaf.shape[:3]))
        return (kernel if len(leaf.shape) == 4 else rng.uniform(0.5, 1, leaf.shape)).astype(np.float32)

    inputs = net.example_inputs(part, config, 1)
    return module, jax.tree.map(draw, jax.eval_shape(module.init, jax.random.key(0), *inputs))


def images(n: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (n, height, width, 3)).astype(np.float32)


@pytest.mark.shared
@pytest.mark.parametrize("aligned", [True, False])
def test_the_published_options(shared: Path, aligned: bool) -> None:
    """Narrow, in a file as the reference writes it; also on a picture whose size is no multiple of 16."""
    case = Case(shared / "golden/enlightengan/narrow_published_options")
    module, variables = loaded(case.folder / "checkpoint.pth")
    assert module.config == net.GeneratorConfig((8, 16, 32, 64, 128))
    module, suffix = rule(module, aligned), f"align_{str(aligned).lower()}"
    apply = functools.partial(module.apply, capture_intermediates=True)
    output, state = run(apply, variables, case["input_80x96"])
    seen = state["intermediates"]
    case.check(f"output_80x96_{suffix}", output)
    case.check(f"latent_80x96_{suffix}", seen["residual"][0])
    for name in case.arrays.files:
        if name.startswith("act_") and name.endswith(suffix):
            case.check(name, seen[name.split("_80x96")[0].removeprefix("act_")]["__call__"][0])
    odd = run(functools.partial(enhance, module), variables, case["input_75x101"])
    case.check(f"output_75x101_{suffix}", odd)
    if aligned:  # the reference writes whole levels, cut off, not rounded
        for size, result in (("80x96", output), ("75x101", odd)):
            levels = np.clip((np.asarray(result[0]) + 1) / 2 * 255, 0, 255).astype(np.uint8).astype(int)
            off = np.abs(levels - case.arrays[f"output_{size}_align_true_uint8"])
            assert off.max() <= 1 and (off > 0).mean() <= 0.001


@pytest.mark.shared
def test_the_attention_map(shared: Path) -> None:
    case = Case(shared / "golden/enlightengan/narrow_published_options")
    np.testing.assert_allclose(net.darkness(case["input_80x96"]), case["attention_80x96"], atol=1e-6)


@pytest.mark.shared
def test_the_layout_of_the_published_file(shared: Path) -> None:
    """Names and shapes of 200_net_G_A.pth, with weights by the formula of meta.json."""
    case = Case(shared / "golden/enlightengan/full_layout_recipe")
    names = json.loads((case.folder / "parameters.json").read_text())
    state = {
        name.removeprefix("module."): formula(name.removeprefix("module."), shape) for name, shape in names
    }
    assert convert.recognise(state) == "generator"
    module, variables = variables_of(state, "generator")
    assert module.config == net.CONFIGS["published"][0] == net.GeneratorConfig()
    for aligned in (True, False):
        suffix = f"48x64_align_{str(aligned).lower()}"
        apply = functools.partial(rule(module, aligned).apply, mutable=["intermediates"])
        output, seen = run(apply, variables, case["input_48x64"])
        case.check(f"output_{suffix}", output)
        case.check(f"latent_{suffix}", seen["intermediates"]["residual"][0])


def formula(name: str, shape: list[int]) -> np.ndarray:
    """A tensor of `full_layout_recipe`, by `checkpoint_layout` in its meta.json."""
    rs = np.random.RandomState((zlib.crc32(name.encode()) ^ 72) & 0xFFFFFFFF)
    match name.rpartition(".")[2]:
        case "num_batches_tracked":
            return np.ones(shape, np.int64)
        case "running_var":
            tensor = rs.uniform(0.5, 1.5, shape)
        case "running_mean":
            tensor = 0.2 * rs.standard_normal(shape)
        case "weight" if len(shape) > 1:
            tensor = rs.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
        case "weight":
            tensor = rs.uniform(0.6, 1.4, shape)
        case _:
            tensor = 0.2 * rs.standard_normal(shape)
    return tensor.astype(np.float32)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "layers"), [("D_A", 5), ("D_P", 4)])
def test_the_published_discriminators(shared: Path, name: str, layers: int) -> None:
    case = Case(shared / "golden/enlightengan/discriminators")
    module, variables = loaded(case.folder / f"checkpoint_{name}.pth", "discriminator")
    assert module.config == net.DiscriminatorConfig(layers=layers, width=8)
    case.check(f"output_{name}", run(module.apply, variables, case[f"input_{name}"]))


@pytest.mark.shared
def test_the_discriminator_with_instance_norm(shared: Path) -> None:
    """Its file could be of pix2pix, so that `ganjax.load` refuses it."""
    case = Case(shared / "golden/enlightengan/discriminators")
    path = case.folder / "checkpoint_basic.pth"
    with pytest.raises(ganjax.CheckpointError, match="a PatchGAN discriminator"):
        ganjax.load(path, part="discriminator")
    module, variables = variables_of(dict(peel(read_container(path).content)[0].state), "discriminator")
    assert module.config == net.DiscriminatorConfig(layers=3, width=8, norm="instance")
    case.check("output_basic", run(module.apply, variables, case["input_basic"]))


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("size", ["8x12", "11x18"])
def test_generators_evaluated_by_definition(size: str, aligned: bool) -> None:
    """scripts/golden/enlightengan.py."""
    arrays = np.load(GOLDEN / "enlightengan.npz")
    module, variables = loaded(GOLDEN / "enlightengan_generator.pth")
    output = run(functools.partial(enhance, rule(module, aligned)), variables, arrays[f"input_{size}"])
    reference = arrays[f"output_{size}_{aligned}"]
    np.testing.assert_allclose(output, reference, rtol=0, atol=2e-5 * np.abs(reference).max())


@pytest.mark.parametrize("name", ["plain", "instance"])
def test_discriminators_evaluated_by_definition(name: str) -> None:
    """scripts/golden/enlightengan.py."""
    arrays = np.load(GOLDEN / "enlightengan.npz")
    state = dict(peel(read_container(GOLDEN / f"enlightengan_{name}.pth").content)[0].state)
    module, variables = variables_of(state, "discriminator")
    output, reference = run(module.apply, variables, arrays[f"input_{name}"]), arrays[f"output_{name}"]
    np.testing.assert_allclose(output, reference, rtol=0, atol=2e-5 * np.abs(reference).max())


def test_the_sizes_of_the_published_networks() -> None:
    """The reference's modules, counted by PyTorch."""
    counts = {}
    for name in ("published", "published-patch"):
        for part, config in zip(net.PARTS, net.CONFIGS[name], strict=True):
            module = net.PARTS[part][1](config)
            shapes = jax.eval_shape(module.init, jax.random.key(0), *net.example_inputs(part, config, 1))
            counts[name, part] = count(shapes["params"])
    assert counts["published", "generator"] == 8_636_675
    assert counts["published", "discriminator"] == 11_154_369
    assert counts["published-patch", "discriminator"] == 6_959_553


def test_the_halo_is_as_far_as_a_pixel_reaches() -> None:
    """With weights of one and no biases all is nothing but where a single bright pixel reaches."""
    module, variables = tiny(align_corners=False)
    halo, multiple = (getattr(net.spec(module.config), name) for name in ("halo", "multiple"))
    ones = unflatten(
        {
            name: (np.zeros_like if name.endswith(("bias", "mean")) else np.ones_like)(leaf)
            for name, leaf in flatten(variables).items()
        }
    )
    # The attention map is not black where the picture is, so it is kept out of the first layer.
    ones["params"]["conv1_1"]["kernel"][:, :, 3] = 0
    width = 2 * multiple * (halo // multiple + 2)
    places = np.arange(multiple) + width // 2
    x = np.zeros((multiple, multiple, width, 3), np.float32)
    x[np.arange(multiple), 0, places] = 1
    lit = np.asarray(run(module.apply, ones, x)).any((1, 3))
    assert (
        max(abs(i - place) for row, place in zip(lit, places, strict=True) for i in np.flatnonzero(row))
        == halo
    )


@pytest.mark.parametrize("aligned", [True, False])
def test_a_tile_that_knows_its_place_is_as_in_the_whole(aligned: bool) -> None:
    module, variables = tiny(align_corners=aligned)
    halo, x = net.spec(module.config).halo, images(1, 8, 112)
    left, side = 20, 84
    whole = np.asarray(run(module.apply, variables, x))[:, :, left : left + side]
    window = jnp.array([[0, left, *x.shape[1:3]]])
    apply = functools.partial(module.apply, variables)
    placed = run(lambda tile, window: apply(tile, window=window), x[:, :, left : left + side], window)
    inside = np.s_[:, :, halo:-halo]
    scale = np.abs(whole - x[:, :, left : left + side]).max()
    np.testing.assert_allclose(placed[inside], whole[inside], rtol=0, atol=1e-5 * scale)
    alone = run(apply, x[:, :, left : left + side])
    assert (np.abs(alone[inside] - whole[inside]).max() > 1e-3 * scale) == aligned


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (4, 30)])
def test_pictures_of_any_size_keep_it(size: tuple[int, int]) -> None:
    module, variables = tiny()
    result = run(functools.partial(enhance, module), variables, images(2, *size))
    assert result.shape == (2, *size, 3) and np.isfinite(result).all()


def test_wide_pictures_are_halved_and_doubled() -> None:
    module, variables = tiny()
    x = images(1, 8, 24)
    halved = x.reshape(1, 4, 2, 12, 2, 3).mean((2, 4))
    expected = np.asarray(run(functools.partial(enhance, module), variables, halved))
    for axis in (1, 2):  # with aligned corners the first and the last pixel stay where they are
        old, new = (np.linspace(0, 1, n) for n in (expected.shape[axis], 2 * expected.shape[axis]))
        expected = np.apply_along_axis(
            lambda line, old=old, new=new: np.interp(new, old, line), axis, expected
        )
    result = run(functools.partial(enhance, module, widest=23), variables, x)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-5)
    cut = jax.eval_shape(functools.partial(enhance, module, widest=23), variables, x[:, :7, :])
    assert cut.shape == (1, 7, 24, 3)


def test_training_uses_the_batch_and_moves_the_averages() -> None:
    module, variables = tiny()
    x = images(2, 8, 8)
    apply = functools.partial(module.apply, train=True, mutable=["batch_stats"])
    output, moved = run(apply, variables, x)
    assert float(jnp.abs(output - run(module.apply, variables, x)).max()) > 1e-6
    before, after = jax.tree.leaves(variables["batch_stats"]), jax.tree.leaves(moved["batch_stats"])
    assert all(float(jnp.abs(a - b).max()) > 0 for a, b in zip(before, after, strict=True))


def test_bfloat16_is_near_float32_and_gives_float32() -> None:
    x = images(1, 8, 8)
    for part in net.PARTS:
        module, variables = tiny(part)
        quick = net.PARTS[part][1](dataclasses.replace(module.config, dtype="bfloat16"))
        exact, near = run(module.apply, variables, x), run(quick.apply, variables, x)
        assert near.dtype == jnp.float32
        assert float(jnp.abs(near - exact).max()) < 0.1 * float(jnp.abs(exact).max())


def test_images_of_another_shape_are_refused() -> None:
    module, variables = tiny()
    with pytest.raises(ganjax.UsageError, match=r"multiples of 4; got \[1, 8, 10, 3\]"):
        module.apply(variables, images(1, 8, 10))
    with pytest.raises(ganjax.UsageError, match=r"\[N, H, W, 3\]"):
        module.apply(variables, images(1, 8, 8)[..., :1])
    with pytest.raises(ganjax.UsageError, match="Did you mean 'generator'"):
        net.example_inputs("generatr", module.config, 1)
    with pytest.raises(ganjax.CheckpointError, match="not the tensors of EnlightenGAN's discriminator"):
        convert.infer({"conv1_1.weight": np.zeros(1)}, "discriminator")
