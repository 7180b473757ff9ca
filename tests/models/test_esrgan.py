"""ESRGAN against BasicSR and xinntao/ESRGAN: scripts/golden/esrgan.py, and shared/golden/basicsr."""

import json
import zlib
from pathlib import Path

import jax
import numpy as np
import pytest

import ganjax
from ganjax.convert import pairs as engine
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.models.esrgan import convert, net

from .srgan_case import GOLDEN, Case, Own, run, use_and_train


@pytest.mark.parametrize("part", ["generator", "generator_raw"])
@pytest.mark.parametrize("scale", [1, 2])
def test_averaged_and_raw_generators(scale: int, part: str) -> None:
    own, model = Own("esrgan"), ganjax.load(GOLDEN / f"esrgan_x{scale}.pth", part=part)
    assert model.net.config == net.GeneratorConfig(scale, blocks=2, width=4, growth=2)
    own.check(f"x{scale}" + part.removeprefix("generator"), run(model, own["x_small"]))


@pytest.mark.parametrize("names", ["middle", "oldest"])
def test_the_older_names_of_the_layers(names: str) -> None:
    own, model = Own("esrgan"), ganjax.load(GOLDEN / f"esrgan_x4_{names}.pth")
    assert model.net.config == net.GeneratorConfig(4, blocks=2, width=4, growth=2)
    own.check("x4", run(model, own["x_small"]))


def test_the_unet_scores_pixels_and_follows_its_spectral_norm() -> None:
    own, model = Own("esrgan"), ganjax.load(GOLDEN / "esrgan_unet.pth", part="discriminator")
    assert model.net.config == net.DiscriminatorConfig(width=2)
    used, trained, vectors = use_and_train(model, own["x_large"], "spectral")
    own.check("unet", used)
    own.check("unet_train", trained)
    own.check("unet_train_u", vectors["conv1"]["u"])
    own.check("unet_train_v", np.asarray(vectors["conv1"]["v"]).reshape(4, 4, 2).transpose(2, 0, 1).ravel())


def test_the_vgg_style_scores_pictures() -> None:
    own, model = Own("esrgan"), ganjax.load(GOLDEN / "esrgan_vgg.pth", part="discriminator")
    assert model.net.config == net.DiscriminatorConfig(side=128, width=1)
    used, trained, averages = use_and_train(model, own["x_square"], "batch_stats")
    own.check("vgg", used)
    own.check("vgg_train", trained)
    own.check("vgg_train_mean", averages["norm1a"]["mean"])
    own.check("vgg_train_var", averages["norm1a"]["var"])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "part", "output"),
    [
        ("esrgan_old_keys", "generator", "sr"),
        ("esrgan_mid_keys", "generator", "sr"),
        ("rrdb_x1_params", "generator", "sr"),
        ("rrdb_x2_both", "generator", "sr"),
        ("rrdb_x2_both", "generator_raw", "sr_with_key_params"),
        ("rrdb_x4_ema", "generator", "sr"),
    ],
)
def test_the_generators_of_the_reference_vectors(shared: Path, name: str, part: str, output: str) -> None:
    case = Case(shared / "golden" / "basicsr" / name)
    case.check(output, run(ganjax.load(case.file, part=part), case["lr"]))


@pytest.mark.shared
def test_the_full_size_of_the_reference_vectors(shared: Path) -> None:
    folder = shared / "golden" / "basicsr" / "rrdb_x4plus_layout_recipe"
    case, state = Case(folder), {}
    for name, shape in json.loads((folder / "parameters.json").read_text()):
        rng = np.random.RandomState((zlib.crc32(name.encode()) ^ case.meta["seed"]) & 0xFFFFFFFF)
        drawn = rng.standard_normal(shape)
        factor = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.2
        state[name] = (drawn * factor).astype(np.float32)
    config = convert.infer(state, "generator")
    assert config == net.GeneratorConfig()
    module = net.Generator(config)
    shapes = jax.eval_shape(module.init, jax.random.key(0), case["lr"])
    variables = engine.load(convert.pairs("generator", config), state, shapes)
    case.check("sr", run(ganjax.Model(variables, net=module), case["lr"]))


@pytest.mark.shared
def test_the_unet_of_the_reference_vectors(shared: Path) -> None:
    case = Case(shared / "golden" / "basicsr" / "unet_d_sn")
    model = ganjax.load(case.file, part="discriminator")
    used, trained, vectors = use_and_train(model, case["d_input"], "spectral")
    case.check("d_output_eval", used)
    case.check("d_output_train", trained)
    for name, window in (("conv1", (4, 4, 12)), ("conv8", (3, 3, 12))):
        case.check(f"after_train_{name}_weight_u", vectors[name]["u"])
        v = np.asarray(vectors[name]["v"]).reshape(window).transpose(2, 0, 1).ravel()
        case.check(f"after_train_{name}_weight_v", v)


@pytest.mark.shared
def test_the_vgg_style_of_the_reference_vectors(shared: Path) -> None:
    case = Case(shared / "golden" / "basicsr" / "vgg_d_128")
    model = ganjax.load(case.file, part="discriminator")
    used, trained, averages = use_and_train(model, case["d_input"], "batch_stats")
    case.check("d_output_eval", used)
    case.check("d_output_train", trained)
    case.check("after_train_bn1_0_running_mean", averages["norm1a"]["mean"])
    case.check("after_train_bn1_0_running_var", averages["norm1a"]["var"])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (lambda: net.GeneratorConfig(scale=3), "1, 2 or 4 times, not 3"),
        (lambda: net.DiscriminatorConfig(side=4), "not 4"),
        (lambda: net.DiscriminatorConfig(side=96), "not 96"),
    ],
)
def test_impossible_configs_are_refused(config: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        config()


@pytest.mark.parametrize(
    ("module", "side", "message"),
    [
        (net.Generator(net.GeneratorConfig(scale=1, blocks=1)), 6, "blocks of 4x4"),
        (net.Discriminator(net.DiscriminatorConfig(width=2)), 20, "multiples of 8"),
        (net.Discriminator(net.DiscriminatorConfig(side=16, width=2)), 24, "16x16 pixels, not 24x24"),
    ],
)
def test_pictures_of_other_sizes_are_refused(module: object, side: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        jax.eval_shape(module.init, jax.random.key(0), np.zeros((1, side, side, 3), np.float32))


def test_tensors_of_another_network_are_refused() -> None:
    assert convert.recognise(["body.0.weight"]) is None
    with pytest.raises(CheckpointError, match="not the tensors of ESRGAN's generator"):
        convert.infer({}, "generator")
    grey = {"conv_first.weight": np.zeros((4, 1, 3, 3)), "body.0.rdb1.conv1.weight": np.zeros((2, 4, 3, 3))}
    with pytest.raises(CheckpointError, match="takes 1 channels"):
        convert.infer(grey, "generator")
