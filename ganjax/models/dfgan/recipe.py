"""How to train a DF-GAN: to draw what a text encoder that is trained already tells it.

Source of the method: Tao et al. 2022 (arXiv:2008.05865), section 3; tobran/DF-GAN, code/cfg and
code/lib/modules.py. The generator may also be taught by the image encoder that belongs to the text encoder,
as that of AttnGAN is (arXiv:1711.10485, eq. 14), which DF-GAN leaves out.
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from ganjax.core.errors import UsageError
from ganjax.core.images import as_unit, from_range, to_range, to_uint8
from ganjax.core.random import image_keys, normal_latents
from ganjax.core.sides import check_side
from ganjax.core.types import Model
from ganjax.losses.games import Metrics
from ganjax.losses.matching import contrastive, sentence_similarity
from ganjax.losses.matching_aware import Judge, MatchingAware
from ganjax.models import captions, training
from ganjax.models.dfgan import net
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
      text: the text encoder, a published name, a file or a run; it is not trained further.
      side: side of the images in pixels, a power of two from 8 on.
      latent: length of the latent vector.
      width: channels of the generator at the full size; each halving doubles them, up to eight times.
      discriminator_width: the same of the discriminator.
      penalty: weight of the matching-aware gradient penalty.
      matching: weight of the loss by which the image encoder beside the text encoder teaches the generator
        that its images are to match the sentences; 0 for none, as in the paper.
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
    side: int = 64
    latent: int = 100
    width: int = 32
    discriminator_width: int = 32
    penalty: float = 2.0
    matching: float = 0.0
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
        rates = (self.learning_rate, self.discriminator_rate)
        weights = (self.penalty, self.matching, self.ema_kimg)
        for holds, text in (
            (0 <= self.seed < 2**32, f"seed is a number from 0 to 2^32 - 1, not {self.seed}"),
            (min(self.latent, self.width, self.discriminator_width) > 0, "latent and widths are positive"),
            (self.batch > 1, f"batch holds two pictures at least, not {self.batch}"),
            (all(0 < rate < math.inf for rate in rates), "learning rates are positive and finite"),
            (all(0 <= each < math.inf for each in weights), "weights and half-life are finite and 0 or more"),
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
        width=4,
        discriminator_width=4,
        matching=2.0,
        learning_rate=4e-4,
        discriminator_rate=8e-4,
        kimg=20.0,
        batch=16,
        ema_kimg=1.0,
    ),
    # ganjax train dfgan --preset faces-64
    # About 45 minutes on 2 cores of an AMD EPYC (Zen 4) where they are free, at 60 to 70 images a second: the
    # bundled dfgan-faces-64.
    "faces-64": Recipe(
        data="faces:20000",
        latent=32,
        width=8,
        discriminator_width=8,
        matching=1.0,
        learning_rate=4e-4,
        discriminator_rate=8e-4,
        kimg=150.0,
        batch=16,
        ema_kimg=4.0,
        dtype="bfloat16",
    ),
    # ganjax train dfgan --preset paper-256 --data captions:PATH --text ENCODER
    # Not run here: the paper's, for accelerators; 1,300 epochs of 8,855 birds.
    "paper-256": Recipe(data="captions:birds", text="damsm-birds", side=256, kimg=11500.0),
}
"""Recipes by name."""


class Told(NamedTuple):
    """What captions say: their sentence vectors [N, D], and a number [N] for each, alike where they are."""

    sentence: jax.Array
    classes: jax.Array


@dataclasses.dataclass(frozen=True)
class Listening:
    """The game of DF-GAN, in which an image encoder may help: a `ganjax.train.step.Game`.

    Attributes:
      game: what generator and discriminator play.
      look: images -> vectors [N, D] that can be compared with those of sentences; None for no help.
      matching: weight of the loss that compares them in the generator's: `ganjax.losses.matching`.
    """

    game: MatchingAware
    look: Callable[[jax.Array], jax.Array] | None
    matching: float

    def discriminator_loss(
        self, score: Judge, real: jax.Array, fake: jax.Array, mix: jax.Array, condition: Told
    ) -> tuple[jax.Array, Metrics]:
        """(scalar, metrics) of the game."""
        return self.game.discriminator_loss(score, real, fake, mix, condition.sentence)

    def generator_loss(
        self, score: Judge, fake: jax.Array, real: jax.Array, condition: Told
    ) -> tuple[jax.Array, Metrics]:
        """(scalar, metrics) of the game, and `g_matching` with its weight in."""
        loss, metrics = self.game.generator_loss(score, fake, real, condition.sentence)
        if self.look is None:
            return loss, metrics
        likeness = sentence_similarity(self.look(fake), condition.sentence)
        missed = self.matching * sum(contrastive(likeness, classes=condition.classes), start=jnp.zeros(()))
        return loss + missed, {"g_loss": loss + missed, "g_matching": missed}


def plan(recipe: Recipe, *, text: Model, image: Model | None = None, workers: int = 0) -> Plan:
    """What the training loop needs to follow `recipe`; opens the data.

    Args:
      recipe: the recipe.
      text: the text encoder that it names, with its tokenizer.
      image: the image encoder beside it, where `recipe.matching` is not 0.
      workers: processes that decode the pictures; 0 decodes in this one.

    Raises:
      UsageError: an unknown data source, or one without captions; an encoder that does not fit.
      DataError: the data cannot be used.
    """
    if text.tokenizer is None:
        raise UsageError(f"{recipe.text} has no tokenizer, without which it reads no captions.")
    if recipe.matching and image is None:
        raise UsageError(f"matching needs an image encoder beside {recipe.text}: leave it at 0.")
    source, shown = captions.open_captioned(recipe, workers=workers)
    how: dict[str, Any] = {"condition": text.spec.width, "side": recipe.side, "dtype": recipe.dtype}
    generator = net.Generator(net.GeneratorConfig(recipe.width, latent=recipe.latent, **how))
    discriminator = net.Discriminator(net.DiscriminatorConfig(recipe.discriminator_width, **how))
    schedule = Schedule((Phase(recipe.side, 0.0, recipe.kimg, recipe.batch),))
    rates = {"generator_tx": recipe.learning_rate, "discriminator_tx": recipe.discriminator_rate}
    optimisers = {name: optax.adam(rate, b1=recipe.beta1, b2=recipe.beta2) for name, rate in rates.items()}
    draws = (
        training.drawn(network, net.example_inputs(part, network.config, 1))
        for part, network in (("generator", generator), ("discriminator", discriminator))
    )
    create = functools.partial(training.create, *draws, seed=recipe.seed, **optimisers)
    game = Listening(
        MatchingAware(recipe.penalty),
        look=_look(image) if recipe.matching and image else None,
        matching=recipe.matching,
    )

    def prepare(batch: Mapping[str, jax.Array], alpha: jax.Array, keys: tuple[jax.Array, jax.Array]) -> Round:
        said = text.net.apply(text.variables, batch["tokens"], batch["lengths"])
        told = Told(said.sentence, captions.classes(batch["tokens"]))
        z = normal_latents(keys[0], recipe.latent)  # one for both turns, as in the reference
        return Round(to_range(as_unit(batch["image"]), (-1.0, 1.0)), (z, z), told)

    return Plan(
        settings=training.settings("dfgan", recipe),
        schedule=schedule,
        create=create,
        enter=functools.partial(states.enter_stage, **optimisers),
        step=lambda stage: make_step(
            game,
            Players(
                generate=lambda variables, z, told, alpha: generator.apply(variables, z, told.sentence),
                discriminate=lambda variables, x, alpha, **how: discriminator.apply(variables, x, **how),
                prepare=prepare,
            ),
            ema_decay=ema_decay(recipe.batch, recipe.ema_kimg),
            **optimisers,
        ),
        batch_shapes=lambda stage: captions.batch_shapes(recipe, text.tokenizer),
        batches=lambda stage, seen: captions.read(recipe, source, text.tokenizer, seen=seen, workers=workers),
        sample=functools.partial(
            _sample, generator, text, captions.shown(shown, recipe.side, text.tokenizer), recipe.seed
        ),
        export=lambda path, state, position: training.export(
            path,
            "dfgan",
            {
                "generator": (generator.config, state.average),
                "generator_raw": (generator.config, state.generator),
                "discriminator": (discriminator.config, state.discriminator),
            },
            recipe,
            int(state.seen_images),
            text=recipe.text,
        ),
    )


def _look(image: Model) -> Callable[[jax.Array], jax.Array]:
    def look(images: jax.Array) -> jax.Array:
        vectors: jax.Array = image.net.apply(image.variables, images).whole
        return vectors

    return look


def _sample(
    generator: net.Generator,
    text: Model,
    pictures: captions.Shown,
    seed: int,
    variables: Any,
    stage: int,
    alpha: float,
    n: int,
) -> np.ndarray:
    """`n` images [n, side, side, 3] uint8 of captions that were kept from training, always the same."""
    places = np.arange(n) % len(pictures.tokens)
    z = normal_latents(image_keys(jax.random.key(seed), n), generator.config.latent)
    made = _draw(generator, text, variables, z, pictures.tokens[places], pictures.lengths[places])
    return to_uint8(made)


@functools.partial(jax.jit, static_argnums=0)
def _draw(
    generator: net.Generator, text: Model, variables: Any, z: jax.Array, tokens: jax.Array, counts: jax.Array
) -> jax.Array:
    said = text.net.apply(text.variables, tokens, counts)
    images: Any = generator.apply(variables, z, said.sentence)
    return from_range(images, (-1.0, 1.0))
