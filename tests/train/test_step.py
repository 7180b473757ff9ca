"""The train step: against numpy on a game that can be worked out, and the same on any number of devices."""

import dataclasses
import functools
import re
from typing import Any

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from ganjax.core.random import image_keys, normal_latents
from ganjax.losses import GAMES, restoring, wgan_gp
from ganjax.models.pgan import net, recipe, training
from ganjax.models.pgan.config import DiscriminatorConfig, GeneratorConfig
from ganjax.train import mesh as meshes
from ganjax.train import state as states
from ganjax.train.step import Players, Round, ema_decay, latents, make_step

N = 16
SGD = optax.sgd(1e-2)
SEED = 5


def linear_players() -> Players:
    """G(z) = a z and D(x) = w . x on images of one pixel: every gradient is known in closed form."""
    return Players(
        generate=lambda v, z, labels, alpha: v["params"]["a"] * z.reshape(-1, 1, 1, 1),
        discriminate=lambda v, x, alpha: v["params"]["w"] * x.reshape(-1),
        prepare=lambda batch, alpha, keys: Round(batch["image"], latents(keys, 1)),
    )


def test_one_step_of_a_linear_game_equals_the_closed_form() -> None:
    a, w, lr = 0.5, 2.0, 1e-2
    state = states.create(
        {"params": {"a": jnp.float32(a)}},
        {"params": {"w": jnp.float32(w)}},
        generator_tx=SGD,
        discriminator_tx=SGD,
        seed=SEED,
    )
    real = np.random.default_rng(0).normal(size=(N, 1, 1, 1)).astype(np.float32)
    game = wgan_gp(penalty=10.0, drift=1e-3)
    step = make_step(game, linear_players(), generator_tx=SGD, discriminator_tx=SGD, ema_decay=0.9)
    after, metrics = jax.jit(step)(state, {"image": jnp.asarray(real)}, jnp.float32(1))

    keys = jax.vmap(lambda key: jax.random.split(key, 3))(image_keys(jax.random.key(SEED), N))
    d_z, g_z = (np.asarray(normal_latents(keys[:, i], 1)).astype(np.float64) for i in (0, 1))
    real = real.astype(np.float64).ravel()
    # D: -w mean(x) + w mean(a z) + 10 (|w| - 1)^2 + 0.001 w^2 mean(x^2)
    slope = -real.mean() + (a * d_z).mean() + 20 * (w - 1) + 2e-3 * w * (real**2).mean()
    new_w = w - lr * slope
    # G meets the new D: -new_w a mean(z)
    new_a = a - lr * (-new_w * g_z.mean())
    np.testing.assert_allclose(after.discriminator["params"]["w"], new_w, rtol=1e-5)
    np.testing.assert_allclose(after.generator["params"]["a"], new_a, rtol=1e-5)
    np.testing.assert_allclose(after.average["params"]["a"], 0.9 * a + 0.1 * new_a, rtol=1e-5)
    np.testing.assert_allclose(metrics["d_grad_norm"], abs(slope), rtol=1e-4)
    assert int(after.seen_images) == N
    assert float(metrics["finite"]) == 1


def test_a_discriminator_that_waits_stays_what_it_was() -> None:
    """A game of content alone: a falls by the mean of 2 a z^2, and w, with its optimiser, rests."""
    adam = optax.adam(1e-2)
    state = states.create(
        {"params": {"a": jnp.float32(0.5)}},
        {"params": {"w": jnp.float32(2)}},
        generator_tx=SGD,
        discriminator_tx=adam,
        seed=SEED,
    )
    game = restoring(lambda fake, real: (jnp.square(fake).mean(), {}))
    step = make_step(game, linear_players(), generator_tx=SGD, discriminator_tx=adam, ema_decay=0.9)
    after, metrics = jax.jit(step)(state, {"image": jnp.ones((N, 1, 1, 1))}, jnp.float32(1))
    keys = jax.vmap(lambda key: jax.random.split(key, 3))(image_keys(jax.random.key(SEED), N))
    z = np.asarray(normal_latents(keys[:, 1], 1)).astype(np.float64)
    np.testing.assert_allclose(after.generator["params"]["a"], 0.5 - 1e-2 * (z**2).mean(), rtol=1e-5)
    chex.assert_trees_all_equal(
        (after.discriminator, after.discriminator_opt), (state.discriminator, state.discriminator_opt)
    )
    assert set(metrics) == {"g_loss", "g_grad_norm", "finite"}


def test_buffers_see_what_each_network_saw_and_the_average_follows_them() -> None:
    """Buffers that halve and add a mean: the discriminator's sees real images, then generated ones."""
    variables = ({"params": {name: jnp.float32(0.5)}, "seen": {"mean": jnp.float32(8)}} for name in "aw")
    state = states.create(*variables, generator_tx=SGD, discriminator_tx=SGD, seed=SEED)

    def halve(variables: Any, images: jax.Array) -> dict[str, Any]:
        return {"seen": {"mean": variables["seen"]["mean"] / 2 + images.mean()}}

    players = dataclasses.replace(linear_players(), generator_buffers=halve, discriminator_buffers=halve)
    step = make_step(wgan_gp(), players, generator_tx=SGD, discriminator_tx=SGD, ema_decay=0.9)
    after, _ = jax.jit(step)(state, {"image": jnp.full((N, 1, 1, 1), 3.0)}, jnp.float32(1))
    keys = jax.vmap(lambda key: jax.random.split(key, 3))(image_keys(jax.random.key(SEED), N))
    d_z, g_z = (np.asarray(normal_latents(keys[:, i], 1)).mean() for i in (0, 1))
    np.testing.assert_allclose(after.discriminator["seen"]["mean"], (8 / 2 + 3) / 2 + 0.5 * d_z, rtol=1e-5)
    np.testing.assert_allclose(after.generator["seen"]["mean"], 8 / 2 + g_z, rtol=1e-5)
    np.testing.assert_allclose(after.average["seen"]["mean"], 0.9 * 8 + 0.1 * (4 + g_z), rtol=1e-5)


def test_losses_that_are_not_finite_are_marked() -> None:
    variables = {"params": {"a": jnp.float32(1)}}, {"params": {"w": jnp.float32(jnp.inf)}}
    state = states.create(*variables, generator_tx=SGD, discriminator_tx=SGD, seed=0)
    step = make_step(wgan_gp(), linear_players(), generator_tx=SGD, discriminator_tx=SGD, ema_decay=0.9)
    _, metrics = step(state, {"image": jnp.ones((N, 1, 1, 1))}, jnp.float32(1))
    assert float(metrics["finite"]) == 0


def test_half_life_of_the_average() -> None:
    assert ema_decay(16, 11.0) ** (11_000 / 16) == pytest.approx(0.5)
    assert ema_decay(16, 0.0) == 0.0


@functools.cache
def pgan(
    axis_name: str | None = None, dtype: str = "float32"
) -> tuple[states.TrainState, object, dict[str, np.ndarray]]:
    """A tiny progressive GAN in the middle of a fade, its step, and a batch."""
    settings = {"side": 8, "channels": (8, 8), "style": recipe.STYLE, "dtype": dtype}
    generator = GeneratorConfig(latent=8, **settings)
    discriminator = DiscriminatorConfig(dense=8, **settings)
    networks = net.Generator(generator), net.Discriminator(discriminator)
    optimisers = {"generator_tx": SGD, "discriminator_tx": SGD}
    state = training.create(*networks, seed=1, **optimisers)
    game, players = GAMES["non-saturating-r1"](), training.players(*networks, 1)
    # 64 images, so that each of 8 devices has whole groups of the minibatch standard deviation.
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 3), np.uint8)
    step = make_step(game, players, **optimisers, ema_decay=0.9, axis_name=axis_name)
    return state, step, {"image": images}


def jit_steps(devices: int) -> tuple[states.TrainState, dict[str, jax.Array]]:
    state, step, batch = pgan()
    mesh = meshes.data_mesh(devices)
    alpha = meshes.replicate(np.float32(0.4), mesh)
    state, rows = meshes.replicate(state, mesh), meshes.shard(batch, mesh)
    compiled = meshes.compile_step(step, mesh, state, rows, alpha)
    for _ in range(3):
        state, metrics = compiled(state, rows, alpha)
    return jax.device_get((state, metrics))


# SGD, since Adam would turn rounding in a gradient that is zero into whole steps.
def assert_same(one: object, other: object) -> None:
    chex.assert_trees_all_close(one, other, rtol=2e-4, atol=2e-6)


def test_eight_devices_give_the_numbers_of_one() -> None:
    assert jax.device_count() == 8
    assert_same(jit_steps(1), jit_steps(8))


def test_the_state_gives_up_its_memory_off_the_cpu_only(monkeypatch: pytest.MonkeyPatch) -> None:
    state, step, batch = pgan()
    mesh = meshes.data_mesh(1)
    state, rows = meshes.replicate(state, mesh), meshes.shard(batch, mesh)
    compiled = meshes.compile_step(step, mesh, state, rows, meshes.replicate(np.float32(0.4), mesh))
    compiled(state, rows, meshes.replicate(np.float32(0.4), mesh))
    assert not any(leaf.is_deleted() for leaf in jax.tree.leaves(state))
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert meshes.donated() == (0,)


def test_a_step_takes_its_memory_in_pieces_that_the_c_library_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    megabyte = 2**20
    for largest, piece in ((1, 20), (19 * megabyte, 20), (25 * megabyte, 25)):
        options = {"xla_multiheap_size_constraint_per_heap": piece * megabyte}
        assert meshes._memory_options(largest) == options
        jax.jit(jnp.sin).lower(1.0).compile(options)  # XLA knows it
    assert meshes._memory_options(32 * megabyte) == {}
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert meshes._memory_options(1) == {}


def test_steps_are_compiled_with_these_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meshes, "_memory_options", lambda largest: {f"option_of_{largest}": 1})
    state, step, batch = pgan()
    with pytest.raises(jax.errors.JaxRuntimeError, match=r"option_of_\d+") as refusal:
        meshes.compile_step(step, meshes.data_mesh(1), state, batch, np.float32(0.4))
    (largest,) = re.findall(r"option_of_(\d+)", str(refusal.value))
    assert int(largest) >= 64 * 8 * 8 * 8 * 4  # the batch, with all channels, in float32


def test_bfloat16_is_the_type_of_products_only() -> None:
    results = []
    for dtype in ("float32", "bfloat16"):
        state, step, batch = pgan(dtype=dtype)
        results.append(jax.jit(step)(state, batch, jnp.float32(0.4)))
    (exact, exact_metrics), (rounded, metrics) = results
    assert {leaf.dtype for leaf in jax.tree.leaves(rounded)} == {
        leaf.dtype for leaf in jax.tree.leaves(exact)
    }
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(rounded.average))
    assert float(metrics["finite"]) == 1
    # bfloat16 has 8 bits: each product is good to 0.4 %.
    for name in ("d_loss", "g_loss", "penalty"):
        np.testing.assert_allclose(metrics[name], exact_metrics[name], rtol=0.03)
    assert float(metrics["d_loss"]) != float(exact_metrics["d_loss"])


def test_pmap_gives_the_numbers_of_jit() -> None:
    state, step, batch = pgan(meshes.DATA)
    step = meshes.pmap_step(step)
    state = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (8, *leaf.shape)), state)
    rows = {"image": batch["image"].reshape(8, 8, 8, 8, 3)}
    for _ in range(3):
        state, metrics = step(state, rows, np.float32(0.4))
    assert_same(jit_steps(8), jax.tree.map(lambda leaf: np.asarray(leaf)[0], (state, metrics)))


def test_a_new_stage_starts_with_fresh_optimisers_and_the_same_networks() -> None:
    generator, discriminator = {"params": {"a": jnp.ones(2)}}, {"params": {"w": jnp.ones(3)}}
    adam = optax.adam(1e-3)
    state = states.create(generator, discriminator, generator_tx=adam, discriminator_tx=adam, seed=0)
    used = state.replace(generator_opt=jax.tree.map(lambda leaf: leaf + 1, state.generator_opt))
    entered = states.enter_stage(used, 1, generator_tx=adam, discriminator_tx=adam)
    assert int(entered.stage) == 1
    assert_same(entered.generator_opt, state.generator_opt)
    assert_same(entered.generator, state.generator)


def test_real_images_fade_in_as_generated_ones_do() -> None:
    generator = GeneratorConfig(side=8, latent=8, channels=(8, 8))
    discriminator = DiscriminatorConfig(side=8, channels=(8, 8), dense=8)
    players = training.players(net.Generator(generator), net.Discriminator(discriminator), 1)
    images = np.random.default_rng(1).integers(0, 256, (2, 8, 8, 3), np.uint8)
    keys = (image_keys(jax.random.key(0), 2),) * 2
    real, _, labels = players.prepare({"image": jnp.asarray(images)}, jnp.float32(0.25), keys)
    fine = images / 127.5 - 1
    coarse = fine.reshape(2, 4, 2, 4, 2, 3).mean((2, 4)).repeat(2, 1).repeat(2, 2)
    np.testing.assert_allclose(real, 0.25 * fine + 0.75 * coarse, atol=1e-6)
    assert labels is None
