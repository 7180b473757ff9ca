"""The game of DF-GAN against PyTorch (scripts/golden/dfgan.py), the reference vectors, and a formula."""

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ganjax
from ganjax.convert import pairs as engine
from ganjax.losses.matching_aware import MatchingAware
from ganjax.models.dfgan import convert

GOLDEN = Path(__file__).parents[1] / "golden"
QUICK = {"xla_backend_optimization_level": 0}


def play(file: Path, real: Any, z: Any, sentence: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The metrics of both turns with the networks of `file`, and the gradients by the names of the file."""
    generator, discriminator = (ganjax.load(file, part=part) for part in ("generator", "discriminator"))
    game = MatchingAware()

    def score(params: Any) -> Any:
        return lambda x, **how: discriminator.net.apply({"params": params}, x, **how)

    def turns(g_params: Any, d_params: Any) -> Any:
        def d_loss(params: Any, fake: Any) -> Any:
            return game.discriminator_loss(score(params), real, fake, jnp.zeros(len(z)), sentence)

        def g_loss(params: Any) -> Any:
            fake = generator.net.apply({"params": params}, z, sentence)
            return game.generator_loss(score(d_params), fake, real, sentence)

        fake = generator.net.apply({"params": g_params}, z, sentence)
        by_d, d_metrics = jax.grad(d_loss, has_aux=True)(d_params, fake)
        by_g, g_metrics = jax.grad(g_loss, has_aux=True)(g_params)
        return by_g, by_d, d_metrics | g_metrics

    params = generator.variables["params"], discriminator.variables["params"]
    *gradients, metrics = jax.jit(turns, compiler_options=QUICK)(*params)
    named: dict[str, np.ndarray] = {}
    for part, model, gradient in zip(
        ("generator", "discriminator"), (generator, discriminator), gradients, strict=True
    ):
        named |= engine.dump(convert.pairs(part, model.net.config), {"params": gradient})
    return metrics, named


def close(result: Any, expected: np.ndarray, *, rounding: float = 0.0) -> None:
    """To the tolerance of the reference vectors: 2e-4 of the largest value."""
    atol = 2e-4 * np.abs(expected).max() + 10 * rounding
    np.testing.assert_allclose(result, expected, rtol=0, atol=atol)


def test_losses_and_gradients_are_those_of_pytorch() -> None:
    own = np.load(GOLDEN / "dfgan.npz")
    real = own["x_real"].astype(np.float32) / 4 - 0.5
    metrics, gradients = play(GOLDEN / "dfgan.pth", real, own["z"], own["sentence"])
    means = {"d_real": "matched", "d_fake": "generated", "d_mismatched": "mismatched"}
    for name, value in metrics.items():
        close(value, own[means.get(name, name)].mean())
    for ours, theirs in {
        "by_conv_img": "conv_img.weight",
        "by_gamma": "DBlocks.1.gamma",
        "by_joint_conv": "joint_conv.0.weight",
        "by_fc": "fc.weight",
        "by_linear1": "GBlocks.1.fuse2.affine1.fc_gamma.linear1.weight",
    }.items():
        gradient = gradients[theirs]
        close(gradient.transpose(0, 2, 3, 1) if gradient.ndim == 4 else gradient, own[ours])


@pytest.mark.shared
def test_the_step_of_the_reference_vectors(shared: Path) -> None:
    """Every gradient that is recorded, of all three networks."""
    folder = shared / "golden" / "df_gan" / "loss_magp_32px"
    arrays, meta = np.load(folder / "io.npz"), json.loads((folder / "meta.json").read_text())
    real = arrays["imgs"].transpose(0, 2, 3, 1)
    metrics, gradients = play(folder / "checkpoint.pth", real, arrays["noise"], arrays["sent_emb"])
    names = {"d_loss": "errD", "penalty": "errD_MAGP", "g_loss": "errG"}
    for ours, theirs in names.items():
        assert float(metrics[ours]) == pytest.approx(meta["losses"][theirs], rel=1e-4)
    recorded = [name for name in arrays if name.startswith("grad_")]
    assert len(recorded) > 40
    for name in recorded:
        rounding = meta["arrays"][name]["float32_vs_float64_max_abs"]
        close(gradients[name.partition("/")[2]], arrays[name], rounding=rounding)


def test_a_pair_is_mismatched_with_the_image_after_it_and_the_penalty_follows_its_formula() -> None:
    """A bilinear critic, whose slopes are known: by the image W s, by the sentence W^T x."""
    rng = np.random.default_rng(0)
    weights, real, fake, sentence = (
        0.3 * rng.standard_normal(shape).astype(np.float32) for shape in ((12, 5), (4, 12), (4, 12), (4, 5))
    )

    def score(x: Any, sentence: Any = None, *, method: str | None = None) -> Any:
        features = x if method == "judge" else x @ weights
        return features if sentence is None else (features * sentence).sum(1)

    game = MatchingAware(penalty=3.0, power=4.0)
    loss, metrics = game.discriminator_loss(score, real, fake, jnp.zeros(4), sentence)
    features = real @ weights
    matched = (features * sentence).sum(1)
    mismatched = (features[[1, 2, 3, 0]] * sentence).sum(1)
    generated = (fake @ weights * sentence).sum(1)
    squared = ((sentence @ weights.T) ** 2).sum(1) + (features**2).sum(1)
    penalty = 3 * (squared**2).mean()
    hinges = [np.maximum(0, 1 + wrong).mean() for wrong in (generated, mismatched)]
    expected = np.maximum(0, 1 - matched).mean() + sum(hinges) / 2 + penalty
    np.testing.assert_allclose(metrics["penalty"], penalty, rtol=1e-5)
    np.testing.assert_allclose(metrics["d_mismatched"], mismatched.mean(), rtol=1e-5)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    np.testing.assert_allclose(
        game.generator_loss(score, fake, real, sentence)[0], -generated.mean(), rtol=1e-5
    )


def test_a_flat_critic_has_no_penalty_and_finite_gradients() -> None:
    def loss(weight: jax.Array) -> jax.Array:
        def score(x: Any, sentence: Any = None, *, method: str | None = None) -> Any:
            return x if sentence is None else weight * (x.sum((1, 2, 3)) + sentence.sum(1))

        game = MatchingAware()
        images = jnp.ones((2, 2, 2, 3))
        return game.discriminator_loss(score, images, -images, jnp.zeros(2), jnp.ones((2, 4)))[0]

    value, slope = jax.value_and_grad(loss)(jnp.float32(0))
    assert float(value) == 2 and np.isfinite(float(slope))


def test_generated_images_are_judged_with_the_sentence_that_they_were_asked_for() -> None:
    random = np.random.default_rng(4)
    real, fake, sentence, asked = (jnp.asarray(random.normal(size=(4, 3)), jnp.float32) for _ in range(4))

    def score(images: Any, *, sentence: Any = None, method: str = "") -> Any:
        return images if sentence is None else (images * sentence).sum(-1)

    loss, _ = MatchingAware(penalty=0.0).discriminator_loss(score, real, fake, real, sentence, asked=asked)
    x, s, y, t = (np.asarray(each, np.float64) for each in (real, sentence, fake, asked))
    low = [np.maximum(1 + (a * b).sum(1), 0).mean() for a, b in ((y, t), (np.roll(x, -1, 0), s))]
    assert float(loss) == pytest.approx(np.maximum(1 - (x * s).sum(1), 0).mean() + sum(low) / 2, rel=1e-5)
