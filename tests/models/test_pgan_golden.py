"""The networks against the reference vectors of pytorch_GAN_zoo and of NVIDIA's code (shared/golden).

Tolerance of shared/golden/README.md: 5e-5 of the largest value and ten times the reference's own rounding.
"""

import functools
import json
import zlib
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import numpy as np
import optax
import pytest

import ganjax
from ganjax.cli import main
from ganjax.convert import pairs as engine
from ganjax.convert.container import read_container
from ganjax.core.images import to_uint8
from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.models.pgan import convert, net
from ganjax.models.pgan.config import GeneratorConfig
from ganjax.nn.minibatch_stddev import minibatch_stddev
from ganjax.nn.norms import pixel_norm

pytestmark = pytest.mark.shared

ZOO = [
    "base_4px",
    "fade05_8px",
    "oldkeys_16px",
    "legacy_cuda_16px",
    "acgan_16px",
    "small_32px",
    "small_32px_fade03",
]
NVIDIA = ["fused_32px", "fused_32px_lod1_4", "labels_16px", "unfused_32px"]


# Everything here runs once or twice: compiling quickly counts more than running quickly.
QUICK = {"xla_backend_optimization_level": 0}


def load_file(path: Path, part: str) -> tuple[convert.Config, Any, int | None, float]:
    """What `ganjax.load` makes of a file."""
    model = ganjax.load(path, part=part)
    return model.net.config, model.variables, model.stage, model.alpha


class Case:
    """The arrays of one case; `check` compares with them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.arrays = np.load(folder / "io.npz")
        self.meta = json.loads((folder / "meta.json").read_text())

    def images(self, name: str) -> np.ndarray:
        """An array as NHWC."""
        return self.arrays[name].transpose(0, 2, 3, 1)

    def check(self, name: str, result: Any) -> None:
        reference = self.images(name) if self.arrays[name].ndim == 4 else self.arrays[name]
        rounding = self.meta["arrays"].get(name, {}).get("float32_vs_float64_max_abs", 0.0)
        atol = 5e-5 * np.abs(reference).max() + 10 * rounding
        np.testing.assert_allclose(result, reference, rtol=0, atol=atol, err_msg=name)


def run(
    part: str,
    config: convert.Config,
    variables: Any,
    *inputs: Any,
    stage: int | None = None,
    alpha: float = 1.0,
) -> tuple[jax.Array, dict[str, Any]]:
    """The output of a network, and what its layers and blocks gave on the way, by name."""
    module = net.PARTS[part][1](config)

    def apply(variables: Any, *inputs: Any) -> Any:
        return module.apply(variables, *inputs, stage=stage, alpha=alpha, capture_intermediates=True)

    output, state = jax.jit(apply, compiler_options=QUICK)(variables, *inputs)
    seen = {}
    for name, value in state["intermediates"].items():
        # A layer holds its outputs under "__call__", a sown block holds them directly.
        (seen[name],) = value["__call__"] if isinstance(value, dict) else value
    return output, seen


def check_generator(case: Case, zoo: bool, part: str, image: str) -> None:
    file = case.folder / ("checkpoint.pth" if zoo else "checkpoint.pkl")
    config, variables, stage, alpha = load_file(file, part)
    z = case.arrays["latents"]
    labels = z[:, config.latent :] if zoo else case.arrays["labels"]
    inputs = (z[:, : config.latent], labels) if config.labels else (z[:, : config.latent],)
    drawn, seen = run("generator", config, variables, *inputs, stage=stage, alpha=alpha)
    # NVIDIA's images have the full size at any stage.
    case.check(image, upsample_nearest(drawn, config.side // drawn.shape[1]))
    if part == "generator_raw":
        check_features(case, config, seen)
    elif not zoo:
        unit = (drawn + 1) / 2
        levels = to_uint8(np.asarray(upsample_nearest(unit, config.side // drawn.shape[1]))).astype(int)
        off = np.abs(levels - case.images("images_uint8_Gs"))
        assert off.max() <= 1 and (off > 0).mean() <= 0.001


def check_features(case: Case, config: GeneratorConfig, seen: dict[str, Any]) -> None:
    """Every activation that the case has; they were kept for the first rows only."""

    def activated(x: jax.Array) -> jax.Array:
        return pixel_norm(nn.leaky_relu(x, config.leak))

    for name in case.arrays.files:
        match name.split("_"):
            case ["act", "4x4", "format" | "dense"]:
                result = activated(seen["b4_dense"])
            case ["act", size, "conv0"]:
                result = activated(seen[f"b{size.split('x')[0]}_conv0"])
            case ["act", size] if f"b{size.split('x')[0]}" in seen:
                result = seen[f"b{size.split('x')[0]}"]
            case ["torgb", size]:
                result = seen[f"b{size.split('x')[0]}_to_rgb"]
            case _:
                continue
        case.check(name, result[: len(case.arrays[name])])


@pytest.mark.parametrize("part", ["generator", "generator_raw"])
@pytest.mark.parametrize("name", ZOO)
def test_zoo_generators(shared: Path, name: str, part: str) -> None:
    image = {"generator": "image_avgG", "generator_raw": "image_netG"}[part]
    check_generator(Case(shared / "golden" / "pgan_zoo" / name), True, part, image)


@pytest.mark.parametrize("part", ["generator", "generator_raw"])
@pytest.mark.parametrize("name", NVIDIA)
def test_nvidia_generators(shared: Path, name: str, part: str) -> None:
    image = {"generator": "images_Gs", "generator_raw": "images_G"}[part]
    check_generator(Case(shared / "golden" / "tkarras_pgan" / name), False, part, image)


def check_discriminator(case: Case, file: str, outputs: dict[str, tuple[str, slice]]) -> None:
    """`outputs`: array of scores or labels, the array of images it belongs to, the columns it has."""
    config, variables, stage, alpha = load_file(case.folder / file, "discriminator")
    top = config.sides_up_to(stage)[-1]

    @functools.cache
    def look(images: str, n: int) -> tuple[jax.Array, dict[str, Any]]:
        x = downsample_box(case.images(images)[:n], config.side // top)
        return run("discriminator", config, variables, x, stage=stage, alpha=alpha)

    for name, (images, columns) in outputs.items():
        if name in case.arrays:
            case.check(name, look(images, len(case.arrays[name]))[0][:, columns])
    if "d_feature_batch8" in case.arrays:
        case.check("d_feature_batch8", look("d_input", 8)[1]["b4"])

    def activated(x: jax.Array) -> jax.Array:
        return nn.leaky_relu(x, config.leak)

    _, seen = look("d_input", 4)
    entering = {top: activated(seen[f"b{top}_from_rgb"])}
    entering |= {side // 2: seen[f"b{side}"] for side in config.sides_up_to(stage)[1:]}
    style = config.style
    if config.stddev_group:
        entering[4] = minibatch_stddev(
            entering[4], group=config.stddev_group, strided=style.strided_groups, ddof=style.ddof
        )
    for name in case.arrays.files:
        match name.split("_"):
            case ["dact", "in", "4x4", "dense", "batch4"]:
                features = activated(seen["b4_conv0"])
                result = features.transpose(0, 3, 1, 2).reshape(4, -1)
            case ["dact", "in", size, *_]:
                result = entering[int(size.split("x")[0])]
            case ["dact", "after", size, "batch4"] if int(size.split("x")[0]) > 8:
                result = entering[int(size.split("x")[0]) // 2]
            case _:
                continue
        case.check(name, result)


@pytest.mark.parametrize("name", ZOO)
def test_zoo_discriminators(shared: Path, name: str) -> None:
    case = Case(shared / "golden" / "pgan_zoo" / name)
    outputs = {f"d_output_batch{n}": ("d_input", slice(None)) for n in (8, 5, 3, 1)}
    outputs["d_output_of_image_netG"] = ("image_netG", slice(None))
    check_discriminator(case, "checkpoint.pth", outputs)


@pytest.mark.parametrize("name", NVIDIA)
def test_nvidia_discriminators(shared: Path, name: str) -> None:
    case = Case(shared / "golden" / "tkarras_pgan" / name)
    columns = {"d_scores": slice(0, 1), "d_labels": slice(1, None)}
    outputs = {f"{kind}_batch{n}": ("d_input", columns[kind]) for kind in columns for n in (8, 4, 3, 2)}
    outputs["d_scores_of_images_G"] = ("images_G", columns["d_scores"])
    check_discriminator(case, "checkpoint.pkl", outputs)


def test_the_hub_entry_point(shared: Path) -> None:
    """What hubconf.PGAN draws, and how it scores a real photograph."""
    case = Case(shared / "golden" / "pgan_zoo" / "hub_test_api_32px")
    check_generator(case, True, "generator", "image_avgG")
    check_generator(case, True, "generator_raw", "image_netG")
    config, variables, _, _ = load_file(case.folder / "checkpoint.pth", "discriminator")
    case.check("d_output_real", run("discriminator", config, variables, case.images("real_preprocessed"))[0])


@pytest.mark.parametrize("name", ["default_layout_32px_recipe", "celebahq256_layout_recipe"])
def test_full_width_networks_whose_weights_follow_a_formula(shared: Path, name: str) -> None:
    case = Case(shared / "golden" / "pgan_zoo" / name)
    layout = json.loads((case.folder / "parameters.json").read_text())

    def load(key: str) -> tuple[convert.Config, Any]:
        state = {}
        for tensor, shape in layout[key]:
            seed = zlib.crc32(f"{key}.{tensor}".encode()) ^ case.meta["seed"]
            draw = np.random.RandomState(seed & 0xFFFFFFFF).standard_normal(shape)
            state[tensor] = draw.astype(np.float32)
        part = "discriminator" if key == "netD" else "generator"
        config = convert.infer(state, part)
        shapes = jax.eval_shape(
            net.PARTS[part][1](config).init, jax.random.key(0), *net.example_inputs(part, config, 1)
        )
        return config, engine.load(convert.pairs(part, config), state, shapes)

    z = case.arrays["latents"]
    config, variables = load("netG")
    case.check("image_netG", run("generator", config, variables, z)[0])
    config, variables = load("avgG")
    case.check("image_avgG_first", run("generator", config, variables, z[:1])[0])
    config, variables = load("netD")
    scores, seen = run("discriminator", config, variables, case.images("image_netG"))
    case.check("d_output_of_image_netG", scores)
    case.check("d_feature_of_image_netG", seen["b4"])
    if "d_input" in case.arrays:
        scores, _ = run("discriminator", config, variables, case.images("d_input"))
        case.check("d_output_batch4", scores)


def test_one_training_step(shared: Path) -> None:
    """Losses, the gradient of every tensor, weights and average after one WGAN-GP step of pytorch_GAN_zoo.

    Its losses are sums over the batch; the generator is judged by the discriminator already updated.
    """
    case = Case(shared / "golden" / "pgan_zoo" / "train_step_16px")
    file, settings = case.folder / "checkpoint.pth", case.meta["config"]
    g_config, g, _, _ = load_file(file, "generator_raw")
    average = load_file(file, "generator")[1]
    d_config, d, _, _ = load_file(file, "discriminator")
    real, arrays = case.images("real"), case.arrays
    mix = arrays["gp_alpha"].reshape(-1, 1, 1, 1)

    def generate(g: Any, z: np.ndarray) -> jax.Array:
        return net.Generator(g_config).apply(g, z)

    def score(d: Any, x: jax.Array) -> jax.Array:
        return net.Discriminator(d_config).apply(d, x)[:, 0]

    def discriminator_loss(d: Any, fake: jax.Array) -> tuple[jax.Array, dict[str, jax.Array]]:
        scores = score(d, real)
        slopes = jax.grad(lambda x: score(d, x).sum())(mix * real + (1 - mix) * fake)
        norms = (slopes**2).sum((1, 2, 3)) ** 0.5
        terms = {
            "lossD_real": -scores.sum(),
            "lossD_fake": score(d, fake).sum(),
            "lossD_Grad": settings["lambdaGP"] * ((norms - 1) ** 2).sum(),
            "lossD_Epsilon": settings["epsilonD"] * (scores**2).sum(),
        }
        return sum(terms.values()), terms

    def generator_loss(g: Any, d: Any) -> jax.Array:
        return -score(d, generate(g, arrays["latents_G"])).sum()

    adam = optax.adam(settings["learningRate"], b1=0.0, b2=0.99, eps=1e-8)

    def step(g: Any, d: Any, average: Any) -> Any:
        fake = generate(g, arrays["latents_D"])
        (total, terms), d_slope = jax.value_and_grad(discriminator_loss, has_aux=True)(d, fake)
        d = optax.apply_updates(d, adam.update(d_slope, adam.init(d))[0])
        g_loss, g_slope = jax.value_and_grad(generator_loss)(g, d)
        g = optax.apply_updates(g, adam.update(g_slope, adam.init(g))[0])
        average = optax.incremental_update(g, average, 0.001)
        return {**terms, "lossD": total, "lossG": g_loss}, d_slope, g_slope, d, g, average

    losses, d_slope, g_slope, d, g, average = jax.jit(step, compiler_options=QUICK)(g, d, average)
    for name, loss in losses.items():
        assert float(loss) == pytest.approx(case.meta["losses"][name], rel=1e-4), name
    after = read_container(case.folder / "after.pth").content
    for prefix, part, config, slopes, weights in (
        ("D", "discriminator", d_config, d_slope, d),
        ("G", "generator", g_config, g_slope, g),
        ("avgG", "generator", g_config, g_slope, average),
    ):
        pairs = list(convert.pairs(part, config))
        slopes, weights = engine.dump(pairs, slopes), engine.dump(pairs, weights)
        for name, slope in slopes.items():
            reference = arrays[f"grad_{prefix.removeprefix('avg')}/{name}"]
            np.testing.assert_allclose(slope, reference, rtol=0, atol=2e-4 * np.abs(reference).max())
            # Adam's first step is the sign of the gradient: only a clear sign can be compared.
            clear = np.abs(reference) > 1e-4 * np.abs(reference).max()
            expected = after[prefix if prefix == "avgG" else f"net{prefix}"][name]
            np.testing.assert_allclose(weights[name][clear], expected[clear], rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("stylegan_16px", "a StyleGAN of pytorch_GAN_zoo"),
        ("stylegan_16px_fade", "a StyleGAN of pytorch_GAN_zoo"),
        ("dcgan_64px", "a DCGAN of pytorch_GAN_zoo"),
    ],
)
@pytest.mark.parametrize("part", ["generator", "generator_raw", "discriminator"])
def test_the_other_networks_of_the_zoo_are_refused_by_name(
    shared: Path, name: str, what: str, part: str
) -> None:
    """Their discriminators too, though the StyleGAN's has the tensors of a progressive GAN's."""
    with pytest.raises(ganjax.CheckpointError, match=f"this is {what}, which ganjax does not have"):
        ganjax.load(shared / "golden" / "pgan_zoo" / name / "checkpoint.pth", part=part)


@pytest.mark.parametrize("system", ["pgan_zoo", "tkarras_pgan"])
def test_every_case_is_converted_and_draws_the_same(shared: Path, tmp_path: Path, system: str) -> None:
    """A file of ours from theirs, and one in their names from ours: the same weights to the bit."""
    files = sorted((shared / "golden" / system).glob("*/checkpoint.p*"))
    for file in (file for file in files if not file.parent.name.startswith(("stylegan", "dcgan"))):
        ours, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
        assert main(["convert", str(file), str(ours), "--force"]) == 0
        for part in ("generator", "generator_raw", "discriminator"):
            arguments = ["--keys", "reference", "--part", part, "--force"]
            assert main(["convert", str(ours), str(theirs), *arguments]) == 0
            kind = part.removesuffix("_raw")
            original = ganjax.load(file, part=part)
            for copy in (ganjax.load(ours, part=part), ganjax.load(theirs, part=kind)):
                assert (copy.net, copy.stage, copy.alpha) == (original.net, original.stage, original.alpha)
                jax.tree.map(np.testing.assert_array_equal, copy.variables, original.variables)
