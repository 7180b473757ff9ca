"""Published files to networks and back. tests/golden/pgan_* hold what the reference networks give, see
scripts/golden/pgan.py."""

import dataclasses
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from ganjax.convert import pairs as engine
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.core.trees import flatten
from ganjax.models.pgan import convert, net

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = {
    "pgan_zoo_labels.pth": (None, 1.0),
    "pgan_zoo_fade.pth": (None, 0.7),  # their alpha 0.3 weighs the older block
    "pgan_nvidia_fused.pkl": (None, 0.75),  # lod 0.25: a quarter of the older block
    "pgan_nvidia_unfused.pkl": (1, 0.6),  # lod 1.4: one doubling short of the full size
}


def nhwc(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32).transpose(0, 2, 3, 1)


def apply(module: Any, variables: Any, *inputs: Any, stage: int | None, alpha: float) -> jax.Array:
    """What a network gives; it runs once, so compiling quickly is what counts."""
    run = jax.jit(
        lambda variables, *inputs: module.apply(variables, *inputs, stage=stage, alpha=alpha),
        compiler_options={"xla_backend_optimization_level": 0},
    )
    return run(variables, *inputs)


def close(result: Any, reference: np.ndarray) -> None:
    """Within 5e-5 of the largest value; the usual mistakes are 20 times beyond."""
    np.testing.assert_allclose(result, reference, rtol=0, atol=5e-5 * np.abs(reference).max())


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("part", ["generator", "generator_raw"])
def test_a_generator_draws_what_the_reference_drew(file: str, part: str) -> None:
    golden = np.load(GOLDEN / Path(file).with_suffix(".npz"))
    config, variables, stage, alpha = convert.load_file(GOLDEN / file, part)
    assert (stage, pytest.approx(alpha)) == FILES[file]
    labels = golden["labels"] if config.labels else None
    images = apply(net.Generator(config), variables, golden["z"], labels, stage=stage, alpha=alpha)
    # NVIDIA's images always have the full size.
    close(upsample_nearest(images, config.side // images.shape[1]), nhwc(golden[part]))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("result", ["discriminator", "discriminator_batch_3"])
def test_a_discriminator_scores_as_the_reference_did(file: str, result: str) -> None:
    golden = np.load(GOLDEN / Path(file).with_suffix(".npz"))
    config, variables, stage, alpha = convert.load_file(GOLDEN / file, "discriminator")
    assert (stage, pytest.approx(alpha)) == FILES[file]
    images = nhwc(golden["x"])[: len(golden[result])]
    images = downsample_box(images, config.side // config.sides_up_to(stage)[-1])
    scores = apply(net.Discriminator(config), variables, images, stage=stage, alpha=alpha)
    close(scores, golden[result])


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_dumping_gives_the_tensors_of_the_file(file: str, part: str) -> None:
    source = convert.convert_zoo if file.endswith(".pth") else convert.convert_nvidia
    state, _ = source.read(GOLDEN / file, part)
    config, variables, _, _ = convert.load_file(GOLDEN / file, part)
    dumped = engine.dump(convert.pairs(part, config, fused_up="unfused" not in file), variables)
    assert dumped.keys() == state.keys() - {"lod"}
    for name, tensor in dumped.items():
        np.testing.assert_array_equal(tensor, state[name])


@pytest.mark.parametrize("name", ["celebahq-512", "paper-1024"])
@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_the_config_is_read_off_the_tensors_of_a_full_size_network(name: str, part: str) -> None:
    config = next(each for each in net.CONFIGS[name] if isinstance(each, net.PARTS[part][0]))
    shapes = jax.eval_shape(
        lambda *x: net.PARTS[part][1](config).init(jax.random.key(0), *x),
        *net.example_inputs(part, config, 1),
    )
    blank = jax.tree.map(lambda leaf: np.broadcast_to(np.float32(0), leaf.shape), shapes)
    assert convert.infer(engine.dump(convert.pairs(part, config), blank), part) == config


def test_settings_tell_what_shapes_cannot() -> None:
    state, settings = convert.convert_zoo.read(GOLDEN / "pgan_zoo_fade.pth", "generator")
    config = convert.infer(state, "generator", {**settings, "lossCriterion": "DCGAN", "leakyReluLeak": 0.1})
    assert (config.activation, config.leak) == ("tanh", 0.1)
    state, settings = convert.convert_nvidia.read(GOLDEN / "pgan_nvidia_fused.pkl", "generator")
    config = convert.infer(state, "generator", {**settings, "use_pixelnorm": False, "use_leakyrelu": False})
    assert (config.pixel_norm, config.leak) == (False, 0.0)


@pytest.mark.parametrize(
    ("file", "settings"),
    [
        ("pgan_zoo_fade.pth", {"equalizedlR": False}),
        ("pgan_nvidia_fused.pkl", {"use_wscale": False}),
        ("pgan_nvidia_fused.pkl", {"pixelnorm_epsilon": 1e-4}),
    ],
)
def test_settings_that_would_change_the_result_are_refused(file: str, settings: dict[str, Any]) -> None:
    source = convert.convert_zoo if file.endswith(".pth") else convert.convert_nvidia
    state, _ = source.read(GOLDEN / file, "generator")
    with pytest.raises(CheckpointError, match=next(iter(settings))):
        convert.infer(state, "generator", settings)


@pytest.mark.parametrize("file", ["pgan_zoo_fade.pth", "pgan_nvidia_fused.pkl"])
def test_the_other_part_is_named_as_such(file: str) -> None:
    source = convert.convert_zoo if file.endswith(".pth") else convert.convert_nvidia
    state, settings = source.read(GOLDEN / file, "discriminator")
    with pytest.raises(CheckpointError, match="not the tensors of a progressive GAN's generator"):
        convert.infer(state, "generator", settings)


def test_a_file_without_an_average_gives_the_generator_it_has(tmp_path: Path, monkeypatch: Any) -> None:
    content = convert.torch_file.read(GOLDEN / "pgan_zoo_fade.pth")
    del content["avgG"]
    monkeypatch.setattr(convert.torch_file, "read", lambda path: content)
    averaged = convert.load_file(GOLDEN / "pgan_zoo_fade.pth", "generator")[1]
    raw = convert.load_file(GOLDEN / "pgan_zoo_fade.pth", "generator_raw")[1]
    for path, leaf in flatten(averaged).items():
        np.testing.assert_array_equal(leaf, flatten(raw)[path])


def test_their_discriminator_blends_from_its_third_block_on() -> None:
    config = net.DiscriminatorConfig(side=8, channels=(4, 4), style=net.ZOO)
    assert convert.convert_zoo.progress(config, {}, {"alpha": 0.3}) == (None, 1.0)
    generator = net.GeneratorConfig(side=8, channels=(4, 4), style=net.ZOO)
    assert convert.convert_zoo.progress(generator, {}, {"alpha": 0.3}) == (None, 0.7)


@pytest.mark.parametrize(
    ("lod", "stage", "alpha"),
    [(0.0, None, 1.0), (2.0, 0, 1.0), (1.0, 1, 1.0), (1.75, 1, 0.25), (9.0, 0, 1.0)],
)
def test_lod_counts_down(lod: float, stage: int | None, alpha: float) -> None:
    config = net.CONFIGS["tiny"][0]
    assert convert.convert_nvidia.progress(config, {"lod": np.float32(lod)}, {}) == (stage, alpha)


def test_wrong_requests_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'generator'"):
        convert.load_file(GOLDEN / "pgan_zoo_fade.pth", "generatr")
    with pytest.raises(CheckpointError, match="There is no file"):
        convert.load_file(tmp_path / "none.pth", "generator")
    (tmp_path / "text.pkl").write_text("not a pickle")
    with pytest.raises(CheckpointError, match="cannot be read"):
        convert.load_file(tmp_path / "text.pkl", "generator")
    own = dataclasses.replace(net.NVIDIA, ddof=1)
    with pytest.raises(UsageError, match="No published code"):
        convert.pairs("generator", net.GeneratorConfig(style=own))
