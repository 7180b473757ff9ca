"""Benchmark worker: ganjax. Takes one JSON argument from `text.py`, which runs it."""

import dataclasses
import json
import re
import sys
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import optax
from worker import serve
from worker_ganjax import facts

from ganjax.core.images import as_unit, to_range
from ganjax.core.types import Model
from ganjax.data.sources import captions_of, open_source
from ganjax.imagine import encode_text
from ganjax.losses.matching_aware import MatchingAware
from ganjax.models import training
from ganjax.models.clip import net as clip
from ganjax.models.dfgan import net
from ganjax.text.words import Words
from ganjax.train import mesh as meshes
from ganjax.train.step import Players, Round, latents, make_step

# What is called at every turn, and the weights of the networks in it.
Case = tuple[Callable[[], None], Any]


def _networks(job: dict[str, Any]) -> tuple[net.Generator, net.Discriminator]:
    shared = {name: job[name] for name in ("width", "condition", "side", "dtype")}
    generator = net.GeneratorConfig(latent=job["latent"], **shared)
    return net.Generator(generator), net.Discriminator(net.DiscriminatorConfig(**shared))


def imagine(job: dict[str, Any]) -> Case:
    generator = _networks(job)[0]
    variables = training.drawn(generator, net.example_inputs("generator", generator.config, 1))(
        jax.random.key(0)
    )
    draw = jax.jit(generator.apply)
    rng = np.random.default_rng(0)
    z, sentence = (
        rng.standard_normal((job["batch"], job[name]), np.float32) for name in ("latent", "condition")
    )

    def call() -> None:
        draw(variables, z, sentence).block_until_ready()

    return call, variables


def train(job: dict[str, Any]) -> Case:
    networks = generator, discriminator = _networks(job)
    optimisers = {
        "generator_tx": optax.adam(1e-4, b1=0.0, b2=0.9),
        "discriminator_tx": optax.adam(4e-4, b1=0.0, b2=0.9),
    }
    draws = (
        training.drawn(network, net.example_inputs(part, network.config, 4))
        for part, network in zip(net.PARTS, networks, strict=True)
    )
    state = training.create(*draws, seed=0, **optimisers)
    weights = [state.generator, state.discriminator]

    def prepare(batch: Any, alpha: jax.Array, keys: tuple[jax.Array, jax.Array]) -> Round:
        z, _ = latents(keys, job["latent"])  # the reference draws once a step
        return Round(to_range(as_unit(batch["image"]), (-1.0, 1.0)), (z, z), batch["sentence"])

    players = Players(
        generate=lambda variables, z, sentence, alpha: generator.apply(variables, z, sentence),
        discriminate=lambda variables, x, alpha, **how: discriminator.apply(variables, x, **how),
        prepare=prepare,
    )
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (job["batch"], job["side"], job["side"], 3), np.uint8)
    sentences = rng.standard_normal((job["batch"], job["condition"]), np.float32)
    mesh = meshes.data_mesh(1)
    batch = meshes.shard({"image": images, "sentence": sentences}, mesh)
    state, alpha = meshes.replicate((state, np.float32(1)), mesh)
    step = make_step(MatchingAware(), players, ema_decay=job["ema_decay"], **optimisers)
    compiled = meshes.compile_step(step, mesh, state, batch, alpha)

    def call() -> None:
        nonlocal state
        state, _ = compiled(state, batch, alpha)
        jax.block_until_ready(state)

    return call, weights


def encode(job: dict[str, Any]) -> Case:
    """Texts that are as long as CLIP reads."""
    config = clip.CONFIGS["base-patch32"][0]
    words = [f"word{i}" for i in range(config.tokens - 1)]
    rng = np.random.default_rng(0)
    return _reading(job, [" ".join(rng.choice(words, config.length)) for _ in range(job["batch"])], words)


def prompts(job: dict[str, Any]) -> Case:
    """Captions, which are a dozen words long."""
    faces = open_source("faces:64", side=64)
    captions = [captions_of(faces, i)[0] for i in range(job["batch"])]
    return _reading(job, captions, re.findall(r"[a-z0-9]+", " ".join(captions).lower()))


def _reading(job: dict[str, Any], texts: list[str], words: list[str]) -> Case:
    """From texts to features, as a user calls it: with a tokenizer, and in as many tokens as they need.

    CLIP's merges are not at hand; it has a token for every common word.
    """
    encoder = clip.Text(dataclasses.replace(clip.CONFIGS["base-patch32"][0], dtype=job["dtype"]))
    ids = np.ones((1, 2), np.int32)
    model = Model(
        variables=jax.jit(encoder.init)(jax.random.key(0), ids, ids[:, 0]),
        net=encoder,
        spec=clip.spec(encoder.config),
        system="clip",
        part="text",
        tokenizer=Words(("<end>", *sorted(set(words))), encoder.config.length),
    )

    def call() -> None:
        jax.block_until_ready(encode_text(model, texts))

    return call, model.variables


CASES = {"imagine": imagine, "train": train, "encode": encode, "prompts": prompts}


def main(job: dict[str, Any]) -> None:
    call, weights = CASES[job["task"]](job)
    serve(call, **facts(weights))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
