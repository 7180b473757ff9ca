"""DF-GAN against the networks of tobran/DF-GAN: scripts/golden/dfgan.py, and shared/golden/df_gan."""

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
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.trees import count
from ganjax.models.dfgan import convert, net

from .srgan_case import GOLDEN, QUICK, Case, Own

PARTS = ("generator", "discriminator")


def look(model: ganjax.Model, *inputs: Any) -> tuple[jax.Array, list[jax.Array]]:
    """What the network gives, and the features after each block."""

    def apply(variables: Any, *inputs: Any) -> Any:
        result, seen = model.net.apply(variables, *inputs, mutable=["intermediates"])
        return result, [features for (features,) in jax.tree.leaves(seen, is_leaf=lambda x: type(x) is tuple)]

    return jax.jit(apply, compiler_options=QUICK)(model.variables, *inputs)


def test_a_file_as_several_devices_write_it() -> None:
    own = Own("dfgan")
    generator, discriminator = (ganjax.load(GOLDEN / "dfgan.pth", part=part) for part in PARTS)
    assert generator.net.config == net.GeneratorConfig(width=2, condition=6, side=32, latent=5)
    assert discriminator.net.config == net.DiscriminatorConfig(width=2, condition=6, side=32)
    assert (generator.spec.latent, generator.spec.condition, generator.spec.side) == (5, 6, 32)
    images, _ = look(generator, own["z"], own["sentence"])
    own.check("images", images)
    real = own["x_real"] - 0.5

    @jax.jit
    def judged(variables: Any) -> Any:
        features = discriminator.net.apply(variables, real)
        matched = discriminator.net.apply(variables, features, own["sentence"], method="judge")
        return features, matched, discriminator.net.apply(variables, own["images"], own["sentence"])

    for name, result in zip(
        ("features", "matched", "generated"), judged(discriminator.variables), strict=True
    ):
        own.check(name, result)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ckpt_64px", "ckpt_module_optim_32px"])
def test_the_networks_of_the_reference_vectors(shared: Path, name: str) -> None:
    case = Case(shared / "golden" / "df_gan" / name)
    generator, discriminator = (ganjax.load(case.file, part=part) for part in PARTS)
    images, drawn = look(generator, case["noise"], case["sent_emb"])
    case.check("image", images)
    both = np.concatenate([case["d_input"], case["image"]])
    scores, seen = look(discriminator, both, np.tile(case["sent_emb"], (2, 1)))
    case.check("c_output", scores[:3, None, None, None])
    case.check("c_output_of_image", scores[3:, None, None, None])
    case.check("d_features", seen[-1][:3])
    told = {"sentences": case["sent_emb"], "raw": True}
    case.check("c_output", ganjax.discriminate(discriminator, case["d_input"], **told)[:, None, None, None])
    for kind, blocks in (("act_GBlocks", drawn), ("dact_DBlocks", seen)):
        for i, features in enumerate(blocks):
            case.check(f"{kind}_{i}", features[:1])


@pytest.mark.shared
def test_the_size_of_the_published_files(shared: Path) -> None:
    """The names and shapes of all tensors, and what weights by a formula give."""
    folder = shared / "golden" / "df_gan" / "bird256_layout_recipe"
    case = Case(folder)
    listed = json.loads((folder / "parameters.json").read_text())
    states: dict[str, dict[str, np.ndarray]] = {"generator": {}, "discriminator": {}}
    for part, names in (("generator", ["netG"]), ("discriminator", ["netD", "netC"])):
        for network in names:
            for key, shape in listed[network]:
                states[part][key] = by_formula(f"{network}.{key}", shape, case.meta["seed"])
    models = {}
    for part, config in zip(PARTS, net.CONFIGS["published-256"], strict=True):
        assert convert.infer(states[part], part) == config
        module, inputs = net.PARTS[part][1](config), net.example_inputs(part, config, 1)
        shapes = jax.eval_shape(module.init, jax.random.key(0), *inputs)
        pairs = convert.pairs(part, config)
        variables = engine.load(pairs, states[part], shapes, ignore=convert.IGNORE)
        models[part] = ganjax.Model(variables, net=module)
    images, _ = look(models["generator"], case["noise"], case["sent_emb"])
    case.check("image", images)
    score, seen = look(models["discriminator"], case["image"], case["sent_emb"])
    case.check("d_features_of_image", seen[-1])
    case.check("c_output_of_image", score[:, None, None, None])


def by_formula(name: str, shape: list[int], seed: int) -> np.ndarray:
    """A tensor by the formula in the meta.json of the case."""
    rng = np.random.RandomState((zlib.crc32(name.encode()) ^ seed) & 0xFFFFFFFF)
    if len(shape) > 1:
        drawn = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
    else:
        drawn = 0.2 * rng.standard_normal(shape)
    drawn = drawn.astype(np.float32)
    for end, factor in {
        "fc_gamma.linear2.weight": 0.25,
        "fc_beta.linear2.weight": 0.35,
        "to_rgb.1.weight": 0.05,
    }.items():
        drawn = drawn * np.float32(factor) if name.endswith(end) else drawn
    return drawn + np.float32(1) if name.endswith("fc_gamma.linear2.bias") else drawn


@pytest.mark.shared
def test_sentences_to_images(shared: Path) -> None:
    """Two latents for each of two sentences, whose vectors the reference's text encoder gave."""
    case = Case(shared / "golden" / "df_gan" / "text_to_image")
    generator = ganjax.load(case.file.with_name("netG.pth"))
    for i, expected in enumerate(case.arrays["images_first_two_sentences"]):
        images, _ = look(generator, case["noise"], np.tile(case["sent_emb"][i], (2, 1)))
        np.testing.assert_allclose(images, expected.transpose(0, 2, 3, 1), rtol=0, atol=7e-5)


def test_sizes_are_those_of_the_reference() -> None:
    # Parameters of NetG(32, 100, 256, 256, 3), and of NetD(32, 256, 3) and NetC(32, 256) less the shortcuts
    # that they do not use, counted by PyTorch.
    found = {
        part: count(jax.eval_shape(module(config).init, jax.random.key(0), *x)["params"])
        for config, (part, (_, module)) in zip(net.CONFIGS["published-256"], net.PARTS.items(), strict=True)
        for x in [net.example_inputs(part, config, 1)]
    }
    assert found == {"generator": 9_744_131, "discriminator": 6_717_766}


def test_an_untrained_generator_does_not_listen_yet() -> None:
    """Its modulations begin as none: as in the reference, two sentences give one image."""
    module = net.Generator(net.GeneratorConfig(width=2, condition=6, side=8, latent=5))
    z, sentences = np.ones((2, 5), np.float32), np.eye(2, 6, dtype=np.float32)

    def draw(key: jax.Array) -> jax.Array:
        return module.apply(module.init(key, z, sentences), z, sentences)

    images = np.asarray(jax.jit(draw, compiler_options=QUICK)(jax.random.key(0)))
    np.testing.assert_array_equal(images[0], images[1])
    assert images.std() > 1e-3


def test_bfloat16_is_near_float32() -> None:
    own, model = Own("dfgan"), ganjax.load(GOLDEN / "dfgan.pth", dtype="bfloat16")
    images, _ = look(model, own["z"], own["sentence"])
    assert images.dtype == jnp.float32
    error = np.abs(images - own["images"])
    assert 1e-5 < error.mean() < 0.01


@pytest.mark.parametrize("side", [4, 24, 2**200])
def test_sides_are_powers_of_two_within_reason(side: int) -> None:
    with pytest.raises(UsageError, match="side"):
        net.GeneratorConfig(side=side)


def test_what_does_not_fit_is_refused() -> None:
    generator, discriminator = (
        module(config) for (_, module), config in zip(net.PARTS.values(), net.CONFIGS["tiny"], strict=True)
    )
    key, images, sentence = jax.random.key(0), jnp.zeros((1, 16, 16, 3)), jnp.zeros((1, 6))
    for module, inputs, message in (
        (generator, (sentence, sentence), "latents .N, 5. and sentences .N, 6.; got lengths 6 and 6"),
        (discriminator, (images[:, :8], sentence), "images .N, 16, 16, 3.; got .1, 8, 16, 3."),
        (discriminator, (images, sentence[:, :4]), "sentences .N, 6.; got length 4"),
    ):
        with pytest.raises(UsageError, match=message):
            jax.eval_shape(module.init, key, *inputs)
    with pytest.raises(UsageError, match="Did you mean 'generator'"):
        net.example_inputs("generater", generator.config, 1)


def test_tensors_of_another_network_are_refused() -> None:
    assert convert.recognise(["conv.weight"]) is None
    with pytest.raises(CheckpointError, match="not the tensors of DF-GAN's generator"):
        convert.infer({}, "generator")
    content = dict.fromkeys(["conv_img.weight", "DBlocks.0.conv_r.0.weight"], np.zeros((2, 3, 3, 3)))
    with pytest.raises(KeyError, match="joint_conv"):  # netD without netC
        convert.infer(content, "discriminator")
