"""Benchmark worker: ganjax. Takes one JSON argument from `pgan.py`, which runs it."""

import json
import sys
import tempfile
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from worker import serve
from worker_ganjax import facts

import ganjax
from ganjax.losses import GAMES
from ganjax.models.pgan import net, training
from ganjax.models.pgan.config import ZOO, DiscriminatorConfig, GeneratorConfig
from ganjax.train import mesh as meshes
from ganjax.train.step import make_step


def main(job: dict[str, Any]) -> None:
    generator = GeneratorConfig(
        job["side"], job["latent"], tuple(job["channels"]), style=ZOO, dtype=job["dtype"]
    )
    discriminator = DiscriminatorConfig(
        job["side"],
        tuple(job["channels"]),
        dense=job["channels"][0],
        fused_down=False,
        style=ZOO,
        dtype=job["dtype"],
    )
    networks = net.Generator(generator), net.Discriminator(discriminator)
    call, told, compile_s = (_generate if job["task"] == "generate" else _train)(networks, job)
    serve(call, **told, compile_s=compile_s)


def _generate(networks: Any, job: dict[str, Any]) -> tuple[Any, dict[str, Any], list[float]]:
    """What a user calls: `ganjax.generate`, with its latents, its chunks and its range."""
    network = networks[0]
    variables = jax.jit(network.init)(jax.random.key(0), jnp.zeros((1, job["latent"])))
    model = ganjax.Model(
        variables, net=network, spec=net.spec(network.config), system="pgan", part="generator"
    )

    def draw() -> None:
        ganjax.generate(model, jax.random.key(1), n=job["batch"]).block_until_ready()

    began = time.perf_counter()
    draw()
    return draw, facts(variables), [time.perf_counter() - began]


def _train(networks: Any, job: dict[str, Any]) -> tuple[Any, dict[str, Any], list[float]]:
    tx = optax.adam(job["learning_rate"], b1=0.0, b2=0.99)
    optimisers = {"generator_tx": tx, "discriminator_tx": tx}
    state = training.create(*networks, seed=0, **optimisers)
    told = facts([state.generator, state.discriminator])
    players = training.players(*networks, stage=networks[0].config.stages - 1)
    step = make_step(GAMES[job["game"]](), players, ema_decay=job["ema_decay"], **optimisers)
    shape = (job["batch"], job["side"], job["side"], 3)
    mesh = meshes.data_mesh(1)
    batch = meshes.shard({"image": np.random.default_rng(0).integers(0, 256, shape, np.uint8)}, mesh)
    state, alpha = meshes.replicate((state, np.float32(1)), mesh)
    with tempfile.TemporaryDirectory() as folder:  # the user's own cache might know the step already
        jax.config.update("jax_compilation_cache_dir", folder)
        compile_s = []
        for _ in range(2):  # cold, then from the cache
            jax.clear_caches()
            began = time.perf_counter()
            compiled = meshes.compile_step(step, mesh, state, batch, alpha)
            compile_s.append(time.perf_counter() - began)

    def call() -> None:
        nonlocal state
        state, _ = compiled(state, batch, alpha)
        jax.block_until_ready(state)

    return call, told, compile_s


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
