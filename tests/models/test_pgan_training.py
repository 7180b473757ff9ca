"""The step that trains, built as a recipe builds it, against one step of pytorch_GAN_zoo (shared/golden)."""

import dataclasses
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import ganjax
from ganjax.convert import pairs as engine
from ganjax.convert.container import read_container
from ganjax.losses import wgan_gp
from ganjax.models.pgan import convert, training
from ganjax.train import state as states
from ganjax.train.step import make_step


@pytest.mark.shared
def test_one_step_equals_the_reference(shared: Path) -> None:
    """Losses, the gradient of every tensor, weights and average after one WGAN-GP step.

    The step draws latents and the places of the gradient penalty from its own seed. These draws alone are
    exchanged for the reference's, where they leave the step: before `generate` and before the game.
    """
    case = shared / "golden" / "pgan_zoo" / "train_step_16px"
    arrays, meta = np.load(case / "io.npz"), json.loads((case / "meta.json").read_text())
    settings, n = meta["config"], len(arrays["real"])
    average, generator, discriminator = (
        ganjax.load(case / "checkpoint.pth", part=part)
        for part in ("generator", "generator_raw", "discriminator")
    )
    players = training.players(generator.net, discriminator.net, generator.net.config.stages - 1)
    game = wgan_gp(penalty=settings["lambdaGP"], drift=settings["epsilonD"])
    turns = iter([arrays["latents_D"], arrays["latents_G"]])
    places = arrays["gp_alpha"][:, 0]
    # Their losses, and so their gradients, are sums over the batch, ours means: Adam takes the same step of
    # either where its epsilon, theirs 1e-8, is scaled alike.
    tx = optax.adam(settings["learningRate"], b1=0.0, b2=0.99, eps=1e-8 / n)
    step = make_step(
        dataclasses.replace(
            game,
            discriminator_loss=lambda score, real, fake, u, labels: game.discriminator_loss(
                score, real, fake, places, labels
            ),
        ),
        dataclasses.replace(
            players, generate=lambda variables, z, *rest: players.generate(variables, next(turns), *rest)
        ),
        generator_tx=tx,
        discriminator_tx=tx,
        ema_decay=0.999,
    )
    state = states.create(
        generator.variables, discriminator.variables, generator_tx=tx, discriminator_tx=tx, seed=0
    ).replace(average=average.variables)
    batch = {"image": (arrays["real"].transpose(0, 2, 3, 1) + 1) / 2}
    quick = {"xla_backend_optimization_level": 0}  # it runs once
    after, metrics = jax.jit(step, compiler_options=quick)(state, batch, jnp.float32(1))

    losses = {
        "lossD_real": -metrics["d_real"],
        "lossD_fake": metrics["d_fake"],
        "lossD_Grad": metrics["penalty"],
        "lossD_Epsilon": metrics["drift"],
        "lossD": metrics["d_loss"],
        "lossG": metrics["g_loss"],
    }
    for name, loss in losses.items():
        assert float(n * loss) == pytest.approx(meta["losses"][name], rel=1e-4), name
    theirs = read_container(case / "after.pth").content
    # With beta1 = 0 the first moment of Adam is the gradient itself.
    g_slopes, d_slopes = ({"params": opt[0].mu} for opt in (after.generator_opt, after.discriminator_opt))
    for name, part, network, slopes, variables in (
        ("netD", "discriminator", discriminator.net, d_slopes, after.discriminator),
        ("netG", "generator", generator.net, g_slopes, after.generator),
        ("avgG", "generator", generator.net, g_slopes, after.average),
    ):
        pairs = list(convert.pairs(part, network.config))
        weights = engine.dump(pairs, variables)
        for tensor, slope in engine.dump(pairs, slopes).items():
            reference = arrays[f"grad_{part[0].upper()}/{tensor}"]
            largest = np.abs(reference).max()
            np.testing.assert_allclose(n * slope, reference, rtol=0, atol=2e-4 * largest, err_msg=tensor)
            # Adam's first step is the sign of the gradient: only a clear sign can be compared.
            clear = np.abs(reference) > 1e-4 * largest
            expected = theirs[name][tensor]
            np.testing.assert_allclose(weights[tensor][clear], expected[clear], rtol=0, atol=2e-6)
