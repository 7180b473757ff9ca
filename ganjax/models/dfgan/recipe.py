"""How to train a DF-GAN: to draw what a text encoder that is trained already tells it.

Source of the method: Tao et al. 2022 (arXiv:2008.05865), section 3; tobran/DF-GAN, code/cfg and
code/lib/modules.py. Three things that it leaves out may be added. The image encoder that belongs to the text
encoder may teach the generator, by comparing images with sentences, as in AttnGAN (arXiv:1711.10485, eq. 14),
and by reading off them what was asked for, as in AC-GAN (arXiv:1610.09585); and other latents may have to
give other shapes, as they have to give other images in MSGAN (arXiv:1903.05628).
"""

import dataclasses
import functools
import math
import pathlib
from collections.abc import Mapping
from typing import Any, Literal

import jax
import optax

from ganjax.core.errors import UsageError
from ganjax.core.images import as_unit, to_range
from ganjax.core.random import normal_latents
from ganjax.core.sides import check_side
from ganjax.core.types import Model
from ganjax.losses.matching_aware import MatchingAware
from ganjax.models import captions, training
from ganjax.models.dfgan import net
from ganjax.models.dfgan.training import Drawer, Listening, Order, Told, in_pairs, sample
from ganjax.text import kinds
from ganjax.text.fingerprint import fingerprint
from ganjax.train import state as states
from ganjax.train.loop import Plan
from ganjax.train.schedule import Phase, Schedule
from ganjax.train.step import Players, Round, ema_decay, make_step


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides the result of a run.

    Attributes:
      data: pictures with captions: "faces", "faces:COUNT" or "captions:PATH".
      max_unreadable: share of a folder's files that may be unreadable.
      text: the text encoder, a published name, a file or a run.
      text_rate: step size of the text encoder as a share of the generator's, which then trains a copy of its
        own; 0 leaves the encoder as it is, as in the paper.
      side: side of the images in pixels, a power of two from 8 on.
      latent: length of the latent vector.
      width: channels of the generator at the full size; each halving doubles them, up to eight times.
      discriminator_width: the same of the discriminator.
      penalty: weight of the matching-aware gradient penalty.
      matching: weight of the loss by which the image encoder beside the text encoder teaches the generator
        that its images are to match the sentences; 0 for none, as in the paper.
      sharpness: how sharply answers compete in that loss, gamma3 of AttnGAN.
      facts: weight of the loss by which an image encoder that has learned facts teaches the generator to show
        those that a caption tells, where the data know them, as the drawn faces do; 0 for none.
      seeking: weight of the loss that wants other shapes of other latents; then two images each are drawn of
        half of the captions. 0 for none, as in the paper.
      learning_rate: step size of Adam for the generator.
      discriminator_rate: the same for the discriminator.
      beta1: decay of Adam's first moment.
      beta2: decay of Adam's second moment.
      kimg: thousands of images to train for.
      batch: images in a batch.
      ema_kimg: half-life of the averaged generator in thousands of images.
      dtype: type of the products, float32 or bfloat16.
      seed: fixes every random number of the run.

    Raises:
      UsageError: a number that makes no sense; all are checked before anything begins.
    """

    data: str = "faces"
    max_unreadable: float = 0.01
    text: str = "damsm-faces-64"
    text_rate: float = 0.0
    side: int = 64
    latent: int = 100
    width: int = 32
    discriminator_width: int = 32
    penalty: float = 2.0
    matching: float = 0.0
    sharpness: float = 10.0
    facts: float = 0.0
    seeking: float = 0.0
    learning_rate: float = 1e-4
    discriminator_rate: float = 4e-4
    beta1: float = 0.0
    beta2: float = 0.9
    kimg: float = 1000.0
    batch: int = 32
    ema_kimg: float = 10.0
    dtype: Literal["float32", "bfloat16"] = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        check_side(self.side)
        net.GeneratorConfig(side=self.side)
        rates = (self.learning_rate, self.discriminator_rate)
        weights = (self.penalty, self.matching, self.facts, self.seeking, self.ema_kimg, self.text_rate)
        for holds, text in (
            (0 <= self.seed < 2**32, f"seed is a number from 0 to 2^32 - 1, not {self.seed}"),
            (min(self.latent, self.width, self.discriminator_width) > 0, "latent and widths are positive"),
            (self.batch > 1, f"batch holds two pictures at least, not {self.batch}"),
            (0 < self.sharpness < math.inf, f"sharpness is positive and finite, not {self.sharpness}"),
            (all(0 < rate < math.inf for rate in rates), "learning rates are positive and finite"),
            (
                all(0 <= each < math.inf for each in weights),
                "weights, half-life and text rate are finite and 0 or more",
            ),
            (
                0 <= min(self.beta1, self.beta2) <= max(self.beta1, self.beta2) < 1,
                "betas lie from 0 to below 1",
            ),
            (0 <= self.max_unreadable <= 1, f"unreadable share lies from 0 to 1, not {self.max_unreadable}"),
        ):
            if not holds:
                raise UsageError(f"A recipe's {text}.")


PRESETS: dict[str, Recipe] = {
    # ganjax train dfgan --preset quickstart
    "quickstart": Recipe(
        data="faces:2000",
        latent=16,
        width=8,
        discriminator_width=8,
        facts=0.5,
        learning_rate=4e-4,
        discriminator_rate=8e-4,
        kimg=20.0,
        batch=16,
        ema_kimg=1.0,
    ),
    # ganjax train dfgan --preset faces-64
    # Two hours on 2 cores of an Intel Xeon. The bundled dfgan-faces-64 has this shape; its page tells how it
    # was trained: in several parts, with weights of `facts` and `seeking` that grew.
    "faces-64": Recipe(
        data="faces:50000",
        latent=32,
        width=12,
        discriminator_width=8,
        facts=1.0,
        seeking=0.05,
        learning_rate=4e-4,
        discriminator_rate=8e-4,
        kimg=400.0,
        batch=16,
        ema_kimg=4.0,
    ),
    # ganjax train dfgan --preset paper-256 --data captions:PATH --text ENCODER
    # Not run here: the paper's, for accelerators; 1,300 epochs of 8,855 birds.
    "paper-256": Recipe(data="captions:birds", text="damsm-birds", side=256, kimg=11500.0),
}
"""Recipes by name."""


def plan(recipe: Recipe, *, text: Model, image: Model | None = None, workers: int = 0) -> Plan:
    """What the training loop needs to follow `recipe`; opens the data.

    Args:
      recipe: the recipe.
      text: the text encoder that it names, with its tokenizer.
      image: the image encoder beside it, which `matching` needs, and `facts` where the data know some.
      workers: processes that decode the pictures; 0 decodes in this one.

    Raises:
      UsageError: an unknown data source, or one without captions; an encoder that does not fit.
      DataError: the data cannot be used.
    """
    if text.tokenizer is None:
        raise UsageError(f"{recipe.text} has no tokenizer, without which it reads no captions.")
    source, shown = captions.open_captioned(recipe, workers=workers)
    asked = (recipe.batch + 1) // 2 if recipe.seeking else recipe.batch
    weights = captions.told_weights(recipe, source, texts=asked)
    facts = tuple(map(len, weights))
    if (recipe.matching or facts) and image is None:
        raise UsageError(f"matching and facts need an image encoder beside {recipe.text}: leave them at 0.")
    if image is not None and facts and image.net.config.facts != facts:
        raise UsageError(f"The image encoder beside {recipe.text} has learned other facts: leave facts at 0.")
    how: dict[str, Any] = {"condition": text.spec.width, "side": recipe.side, "dtype": recipe.dtype}
    generator = net.Generator(net.GeneratorConfig(recipe.width, latent=recipe.latent, **how))
    discriminator = net.Discriminator(net.DiscriminatorConfig(recipe.discriminator_width, **how))
    helps = recipe.matching > 0 or facts != ()
    drawer = Drawer(generator, text, learns=recipe.text_rate > 0)
    schedule = Schedule((Phase(recipe.side, 0.0, recipe.kimg, recipe.batch),))
    adam = functools.partial(optax.adam, b1=recipe.beta1, b2=recipe.beta2)
    rate, slow = recipe.learning_rate, recipe.learning_rate * recipe.text_rate
    optimisers = {
        "generator_tx": drawer.optimiser(adam(rate), adam(slow)),
        "discriminator_tx": adam(recipe.discriminator_rate),
    }
    draws = (
        training.drawn(drawer, net.example_inputs("generator", generator.config, 1)),
        training.drawn(discriminator, net.example_inputs("discriminator", discriminator.config, 1)),
    )
    create = functools.partial(training.create, *draws, seed=recipe.seed, **optimisers)
    game = Listening(
        MatchingAware(recipe.penalty),
        look=functools.partial(image.net.apply, image.variables) if helps and image else None,
        matching=recipe.matching,
        sharpness=recipe.sharpness,
        facts=recipe.facts,
        weights=weights,
        seeking=recipe.seeking,
    )

    def prepare(batch: Mapping[str, jax.Array], alpha: jax.Array, keys: tuple[jax.Array, jax.Array]) -> Round:
        tokens, lengths = batch["tokens"], batch["lengths"]
        said = text.net.apply(text.variables, tokens, lengths).sentence
        told = Told(tokens, lengths, said, captions.classes(tokens), batch.get("told"))
        z = normal_latents(keys[0], recipe.latent)  # one for both turns, as in the reference
        order = Order(told, in_pairs(told) if recipe.seeking else told, z, keys[1][0])
        return Round(to_range(as_unit(batch["image"]), (-1.0, 1.0)), (z, z), order)

    return Plan(
        settings=training.settings("dfgan", recipe),
        schedule=schedule,
        create=create,
        enter=functools.partial(states.enter_stage, **optimisers),
        step=lambda stage: make_step(
            game,
            Players(
                generate=lambda variables, z, order, alpha: drawer.draw(variables, z, order.asked),
                discriminate=lambda variables, x, alpha, **how: discriminator.apply(variables, x, **how),
                prepare=prepare,
            ),
            ema_decay=ema_decay(recipe.batch, recipe.ema_kimg),
            **optimisers,
        ),
        batch_shapes=lambda stage: captions.batch_shapes(recipe, text.tokenizer, len(facts)),
        batches=lambda stage, seen: captions.read(recipe, source, text.tokenizer, seen=seen, workers=workers),
        sample=functools.partial(
            sample,
            drawer,
            jax.jit(drawer.draw),
            captions.shown(shown, recipe.side, text.tokenizer),
            recipe.seed,
        ),
        export=lambda path, state, position: _export(path, drawer, discriminator, state, recipe),
    )


def _export(path: pathlib.Path, drawer: Drawer, discriminator: Any, state: Any, recipe: Recipe) -> None:
    """Writes the networks, and where the text encoder learned too a file of it beside them."""
    seen = int(state.seen_images)
    encoder, (average, learned) = recipe.text, drawer.parts(state.average)
    if drawer.learns:
        encoder = f"{path.stem}-text.safetensors"
        tokenizer = kinds.to_json(drawer.text.tokenizer)
        config = drawer.text.net.config
        training.export(
            path.with_name(encoder),
            drawer.text.system,
            {"text": (config, learned)},
            recipe,
            seen,
            tokenizer=tokenizer,
        )
    parts = {
        "generator": (drawer.generator.config, average),
        "generator_raw": (drawer.generator.config, drawer.parts(state.generator)[0]),
        "discriminator": (discriminator.config, state.discriminator),
    }
    heard = fingerprint(learned, drawer.text.tokenizer)
    training.export(path, "dfgan", parts, recipe, seen, text=encoder, text_fingerprint=heard)
