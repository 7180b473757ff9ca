"""Published files to networks and back. tests/golden/pgan_* hold what the reference networks give, see
scripts/golden/pgan.py and pgan_mmgen.py."""

import dataclasses
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import ganjax
from ganjax.convert import pairs as engine
from ganjax.convert.container import read_container
from ganjax.convert.wrappers import peel
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.core.trees import flatten
from ganjax.models.pgan import convert, net
from ganjax.models.pgan.config import MMGEN, NVIDIA, ZOO, GeneratorConfig

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = {
    "pgan_zoo_labels.pth": (2, 1.0),
    "pgan_zoo_fade.pth": (2, 0.7),  # their alpha 0.3 weighs the older block
    "pgan_nvidia_fused.pkl": (2, 0.75),  # lod 0.25: a quarter of the older block
    "pgan_nvidia_unfused.pkl": (1, 0.6),  # lod 1.4: one doubling short of the full size
    "pgan_mmgen_fused.pth": (2, 0.6),
    "pgan_mmgen_unfused.pth": (1, 1.0),  # the buffers of the file say 8x8
}
MAPS = {
    "zoo": {"style": ZOO, "fused_up": False, "fused_down": False},
    "nvidia-fused": {"style": NVIDIA, "fused_up": True, "fused_down": True},
    "nvidia-unfused": {"style": NVIDIA, "fused_up": False, "fused_down": False},
    "mmgen-fused": {"style": MMGEN, "fused_up": True, "fused_down": True},
    "mmgen-unfused": {"style": MMGEN, "fused_up": False, "fused_down": True},
}


def state_of(file: str, part: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Tensors and settings of the averaged generator or of the discriminator in a file."""
    averaged = part == "generator" or None
    (found,) = [
        each
        for each in peel(read_container(GOLDEN / file).content)
        if (each.kind, each.averaged) == (part, averaged)
    ]
    return dict(found.state), dict(found.settings)


def config_of(name: str, part: str, **how: Any) -> Any:
    """The config of that name for the map `how`, which may have fields of the other part."""
    config = next(each for each in net.CONFIGS[name] if isinstance(each, net.PARTS[part][0]))
    known = {field.name for field in dataclasses.fields(config)}
    return dataclasses.replace(config, **{key: value for key, value in how.items() if key in known})


def shapes_of(part: str, config: Any) -> Any:
    init = net.PARTS[part][1](config).init
    inputs = net.example_inputs(part, config, 1)
    return jax.eval_shape(lambda *x: init(jax.random.key(0), *x), *inputs)


def nhwc(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32).transpose(0, 2, 3, 1)


def close(result: Any, reference: np.ndarray) -> None:
    """Within 5e-5 of the largest value; the usual mistakes are 20 times beyond."""
    np.testing.assert_allclose(result, reference, rtol=0, atol=5e-5 * np.abs(reference).max())


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("part", ["generator", "generator_raw"])
def test_a_generator_draws_what_the_reference_drew(file: str, part: str) -> None:
    golden = np.load(GOLDEN / Path(file).with_suffix(".npz"))
    model = ganjax.load(GOLDEN / file, part=part)
    assert (model.stage, pytest.approx(model.alpha)) == FILES[file]
    labels = golden["labels"] if model.spec.labels else None
    images = ganjax.synthesize(model, golden["z"], labels=labels, raw=True)
    expected = nhwc(golden[part])
    # NVIDIA's images always have the full size.
    close(upsample_nearest(images, expected.shape[1] // images.shape[1]), expected)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("result", ["discriminator", "discriminator_batch_3"])
def test_a_discriminator_scores_as_the_reference_did(file: str, result: str) -> None:
    golden = np.load(GOLDEN / Path(file).with_suffix(".npz"))
    model = ganjax.load(GOLDEN / file, part="discriminator")
    assert (model.stage, pytest.approx(model.alpha)) == FILES[file]
    images = nhwc(golden["x"])[: len(golden[result])]
    images = downsample_box(images, images.shape[1] // model.spec.side)
    close(ganjax.discriminate(model, images, raw=True), golden[result])


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_dumping_gives_the_tensors_of_the_file(file: str, part: str) -> None:
    state, _ = state_of(file, part)
    model = ganjax.load(GOLDEN / file, part=part)
    dumped = engine.dump(convert.pairs(part, model.net.config), model.variables)
    idle = {f"conv_blocks.0.conv.{leaf}" for leaf in ("weight_orig", "bias")}
    assert dumped.keys() == state.keys() - {"lod"} - (idle if part == "discriminator" else set())
    for name, tensor in dumped.items():
        np.testing.assert_array_equal(tensor, state[name])


@pytest.mark.parametrize("how", MAPS)
@pytest.mark.parametrize("part", ["generator", "discriminator"])
@pytest.mark.parametrize("labels", [0, 3])
def test_dump_and_load_give_random_variables_back_to_the_bit(how: str, part: str, labels: int) -> None:
    config = config_of("tiny", part, **MAPS[how], labels=labels)
    shapes, rng = shapes_of(part, config), np.random.default_rng(0)
    variables = jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape, np.float32), shapes)
    state = engine.dump(convert.pairs(part, config), variables)
    loaded = engine.load(convert.pairs(part, config), state, shapes)
    assert jax.tree.structure(loaded) == jax.tree.structure(variables)
    jax.tree.map(np.testing.assert_array_equal, loaded, variables)
    # The codes name the labels of a generator differently, and mmgeneration's files do not say.
    settings = {"categoryVectorDim": labels, "label_size": labels}
    if not (part == "generator" and labels and config.style == MMGEN):
        assert convert.infer(state, part, settings) == config


@pytest.mark.parametrize("how", MAPS)
@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_a_full_size_file_fills_a_full_size_network(how: str, part: str) -> None:
    """1024x1024, the paper's channels; the tensors are zeros that take no memory."""
    config = config_of("paper-1024", part, **MAPS[how])
    shapes = shapes_of(part, config)
    blank = jax.tree.map(lambda leaf: np.broadcast_to(np.float32(0), leaf.shape), shapes)
    state = engine.dump(convert.pairs(part, config), blank)
    assert convert.recognise(state) == part
    assert convert.infer(state, part) == config
    loaded = engine.load(convert.pairs(part, config), state, shapes)
    assert jax.tree.map(np.shape, loaded) == jax.tree.map(np.shape, shapes)


def test_older_files_of_the_zoo_lack_the_wrapper_in_their_names() -> None:
    state, settings = state_of("pgan_zoo_fade.pth", "generator")
    older = {name.replace(".module.", "."): tensor for name, tensor in state.items()}
    config = convert.infer(older, "generator", settings)
    assert config == convert.infer(state, "generator", settings)
    loaded = engine.load(convert.pairs("generator", config), older, shapes_of("generator", config))
    variables = ganjax.load(GOLDEN / "pgan_zoo_fade.pth").variables
    jax.tree.map(np.testing.assert_array_equal, loaded, variables)


def test_settings_tell_what_shapes_cannot() -> None:
    state, settings = state_of("pgan_zoo_fade.pth", "generator")
    config = convert.infer(state, "generator", {**settings, "lossCriterion": "DCGAN", "leakyReluLeak": 0.1})
    assert (config.activation, config.leak) == ("tanh", 0.1)
    state, settings = state_of("pgan_nvidia_fused.pkl", "generator")
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
    state, _ = state_of(file, "generator")
    with pytest.raises(CheckpointError, match=next(iter(settings))):
        convert.infer(state, "generator", settings)


@pytest.mark.parametrize("file", FILES)
def test_the_other_part_is_named_as_such(file: str) -> None:
    state, settings = state_of(file, "discriminator")
    assert convert.recognise(state) == "discriminator"
    with pytest.raises(CheckpointError, match=r"of a progressive GAN's generator, but those of its disc"):
        convert.infer(state, "generator", settings)


def test_tensors_of_something_else_are_not_recognised() -> None:
    assert convert.recognise({"conv.weight": np.zeros(1)}) is None
    with pytest.raises(CheckpointError, match=r"generator, but conv\.weight"):
        convert.infer({"conv.weight": np.zeros(1)}, "generator")


def test_the_zoo_fades_its_discriminator_from_16x16_on() -> None:
    """models/networks/progressive_conv_net.py: DNet mixes where it has more than one block above 4x4."""
    config = config_of("tiny", "discriminator", **MAPS["zoo"])
    shapes, rng = shapes_of("discriminator", config), np.random.default_rng(0)
    variables = jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape, np.float32), shapes)

    def score(side: int, alpha: float) -> np.ndarray:
        x = np.random.default_rng(1).standard_normal((4, side, side, 3), np.float32)
        stage = {8: 1, 16: 2}[side]
        return net.Discriminator(config).apply(variables, x, stage=stage, alpha=alpha)

    np.testing.assert_array_equal(score(8, 0.3), score(8, 1.0))
    assert np.abs(score(16, 0.3) - score(16, 1.0)).max() > 1e-2


@pytest.mark.parametrize(
    ("lod", "stage", "alpha"),
    [(0.0, None, 1.0), (2.0, 0, 1.0), (1.0, 1, 1.0), (1.75, 1, 0.25), (9.0, 0, 1.0), (-1.0, None, 1.0)],
)
def test_lod_counts_down(lod: float, stage: int | None, alpha: float) -> None:
    config = net.CONFIGS["tiny"][0]
    assert convert.progress(config, {"lod": np.float32(lod)}, {}) == (stage, alpha)


def test_growth_of_the_other_codes() -> None:
    zoo, mmgen = (config_of("tiny", "generator", style=style) for style in (ZOO, MMGEN))
    assert convert.progress(zoo, {}, {"alpha": 0.25}) == (None, 0.75)
    assert convert.progress(dataclasses.replace(zoo, side=4, channels=(4,)), {}, {"alpha": 1}) == (None, 1.0)
    assert convert.progress(mmgen, {}, {}) == (None, 1.0)
    assert convert.progress(mmgen, {}, {"_curr_scale_int": 16, "_curr_transition_weight": 1.0}) == (None, 1.0)
    assert convert.progress(mmgen, {}, {"_curr_scale_int": 4, "_curr_transition_weight": 0.5}) == (0, 0.5)


def test_a_style_of_no_published_code_has_no_names() -> None:
    own = dataclasses.replace(NVIDIA, ddof=1)
    with pytest.raises(UsageError, match="No published code"):
        convert.pairs("generator", GeneratorConfig(style=own))


def test_every_leaf_of_every_map_is_named_once() -> None:
    for how in MAPS.values():
        for part in net.PARTS:
            config = config_of("tiny", part, **how)
            targets = [pair.target for pair in convert.pairs(part, config)]
            assert sorted(targets) == sorted(flatten(shapes_of(part, config)))
