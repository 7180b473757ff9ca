"""DF-GAN in training: the generator with what it hears by, and the game that it plays."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from ganjax.core.images import from_range, to_uint8
from ganjax.core.random import image_keys, normal_latents
from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.core.types import Model
from ganjax.losses.auxiliary import facts_loss
from ganjax.losses.games import Metrics
from ganjax.losses.matching import contrastive, sentence_similarity
from ganjax.losses.matching_aware import Judge, MatchingAware
from ganjax.losses.mode_seeking import mode_seeking
from ganjax.models import captions
from ganjax.models.damsm.net import ImageFeatures
from ganjax.models.dfgan import net

_COARSE = 16  # pixels a side, of which a face fills a dozen


class Told(NamedTuple):
    """What captions say.

    Attributes:
      tokens: their tokens, int32 [N, T].
      lengths: how many those are, int32 [N].
      sentence: their vectors [N, D].
      classes: a number [N] for each, alike where they are.
      facts: the numbers of the facts that they tell, int32 [N, G]; None for none.
    """

    tokens: jax.Array
    lengths: jax.Array
    sentence: jax.Array
    classes: jax.Array
    facts: jax.Array | None = None


@dataclasses.dataclass(frozen=True)
class Drawer:
    """A generator and the text encoder that it hears by.

    Where the encoder learns too, it is a copy that belongs to the generator and learns by its losses;
    the discriminator and the matching loss go on to judge by the sentences of the original.

    Attributes:
      generator: the network.
      text: the encoder.
      learns: whether variables hold parameters of both, "generator" and "text".
    """

    generator: net.Generator
    text: Model
    learns: bool

    def lazy_init(self, key: jax.Array, *inputs: jax.ShapeDtypeStruct) -> Any:
        """Variables of the generator, drawn, and of the encoder as it is."""
        drawn = self.generator.lazy_init(key, *inputs)
        if not self.learns:
            return drawn
        return {"params": {"generator": drawn["params"], "text": self.text.variables["params"]}}

    def optimiser(
        self, generator: optax.GradientTransformation, text: optax.GradientTransformation
    ) -> optax.GradientTransformation:
        """One for the variables, of one for each network."""
        if not self.learns:
            return generator
        labels = {name: name for name in ("generator", "text")}
        return optax.partition({"generator": generator, "text": text}, labels)

    def parts(self, variables: Mapping[str, Any]) -> tuple[Any, Any]:
        """The variables of the generator and of the encoder."""
        if not self.learns:
            return variables, self.text.variables
        return {"params": variables["params"]["generator"]}, {"params": variables["params"]["text"]}

    def draw(self, variables: Mapping[str, Any], z: jax.Array, told: Told) -> jax.Array:
        """Images [N, S, S, C] in [-1, 1] of latents [N, L] and what is asked for."""
        own, ear = self.parts(variables)
        sentence = told.sentence
        if self.learns:
            sentence = self.text.net.apply(ear, told.tokens, told.lengths).sentence
        images: Any = self.generator.apply(own, z, sentence)
        return images


class Order(NamedTuple):
    """What is known in one step.

    Attributes:
      told: of the real images.
      asked: of which images are to be drawn.
      latents: of those, [N, L].
      key: for what is done to images before an image encoder sees them.
    """

    told: Told
    asked: Told
    latents: jax.Array
    key: jax.Array


@dataclasses.dataclass(frozen=True)
class Listening:
    """The game of DF-GAN, in which an image encoder may help: a `ganjax.train.step.Game`.

    Attributes:
      game: what generator and discriminator play.
      look: images -> what an image encoder makes of them; None for no help.
      matching: weight of the loss that compares images and sentences: `ganjax.losses.matching`.
      sharpness: how sharply answers compete in it.
      facts: weight of the loss that reads off images what was asked for: `ganjax.losses.facts_loss`.
      weights: for each group of facts how much its words count.
      seeking: weight of `ganjax.losses.mode_seeking` between the `relief` of neighbours; see `in_pairs`.
    """

    game: MatchingAware
    look: Callable[[jax.Array], ImageFeatures] | None
    matching: float = 0.0
    sharpness: float = 10.0
    facts: float = 0.0
    weights: tuple[np.ndarray, ...] = ()
    seeking: float = 0.0

    def discriminator_loss(
        self, score: Judge, real: jax.Array, fake: jax.Array, mix: jax.Array, condition: Order
    ) -> tuple[jax.Array, Metrics]:
        """(scalar, metrics) of the game."""
        told, asked = condition.told.sentence, condition.asked.sentence
        return self.game.discriminator_loss(score, real, fake, mix, told, asked=asked)

    def generator_loss(
        self, score: Judge, fake: jax.Array, real: jax.Array, condition: Order
    ) -> tuple[jax.Array, Metrics]:
        """(scalar, metrics) of the game.

        Among these are `g_matching`, `g_facts` and `g_seeking` with their weights in, and the share of facts
        that are read as they were asked for, `shown`.
        """
        asked, z = condition.asked, condition.latents
        loss, metrics = self.game.generator_loss(score, fake, real, asked.sentence)
        more = {}
        if self.look is not None:
            seen = self.look(captions.shaken(condition.key, fake))
            if self.matching:
                likeness = sentence_similarity(seen.whole, asked.sentence)
                losses = contrastive(likeness, classes=asked.classes, gamma3=self.sharpness)
                more["g_matching"] = self.matching * sum(losses, start=jnp.zeros(()))
            if seen.facts is not None and asked.facts is not None:
                cost, metrics["shown"] = facts_loss(seen.facts, asked.facts, self.weights)
                more["g_facts"] = self.facts * cost
        if self.seeking:
            pairs = len(z) // 2 * 2
            forms = relief(fake)
            halves = forms[:pairs:2], forms[1:pairs:2], z[:pairs:2], z[1:pairs:2]
            more["g_seeking"] = self.seeking * mode_seeking(*halves)
        return sum(more.values(), loss), {**metrics, **more, "g_loss": sum(more.values(), loss)}


def relief(images: jax.Array) -> jax.Array:
    """How much lighter images [N, S, S, C] are than the block that each place lies in: [N, 16, 16, 1].

    They are seen in grey, in 16 x 16 pixels at most, and in blocks of 4 x 4 of those. What an image shows,
    and where, counts for more here than in the image itself, and its colours for less: by the images, other
    latents would above all have to give other colours, those too that a caption has said.
    """
    grey = jnp.mean(images.astype(jnp.float32), -1, keepdims=True)
    while grey.shape[1] > _COARSE:
        grey = downsample_box(grey)
    blocks = downsample_box(downsample_box(grey))
    return grey - upsample_nearest(upsample_nearest(blocks))


def in_pairs(told: Told) -> Told:
    """Every other one, twice: neighbours are told the same."""
    return jax.tree.map(lambda x: jnp.repeat(x[::2], 2, 0)[: len(x)], told)


def sample(
    drawer: Drawer,
    draw: Callable[..., jax.Array],
    pictures: captions.Shown,
    seed: int,
    variables: Any,
    stage: int,
    alpha: float,
    n: int,
) -> np.ndarray:
    """`n` images [n, side, side, 3] uint8 of captions that were kept from training, always the same.

    `draw` is that of `drawer`, compiled.
    """
    places = np.arange(n) % len(pictures.tokens)
    z = normal_latents(image_keys(jax.random.key(seed), n), drawer.generator.config.latent)
    tokens, lengths = jnp.asarray(pictures.tokens[places]), jnp.asarray(pictures.lengths[places])
    said = drawer.text.net.apply(drawer.text.variables, tokens, lengths).sentence
    told = Told(tokens, lengths, said, captions.classes(tokens))
    return to_uint8(from_range(draw(variables, z, told), (-1.0, 1.0)))
