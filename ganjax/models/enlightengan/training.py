"""EnlightenGAN's unpaired stage as the loop wants it: two discriminators, pictures that are no pairs."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax

from ganjax.core.images import as_unit, to_range
from ganjax.losses import enlightengan as losses
from ganjax.losses.games import Game, Metrics
from ganjax.losses.perceptual import Features
from ganjax.models import restoration
from ganjax.models.enlightengan import net
from ganjax.models.restoration_recipe import Recipe
from ganjax.train.step import Players, Round


class Unpaired(NamedTuple):
    """What the game knows beside bright pictures: dark ones [N, H, W, 3], and where patches lie [P, 2]."""

    dark: jax.Array
    places: jax.Array


@dataclasses.dataclass(frozen=True)
class Both:
    """The global and the local discriminator as one network, whose variables are those of both.

    Attributes:
      networks: "whole", which scores pictures, and "patch".
      side: of a patch, in pixels.
    """

    networks: Mapping[str, net.Discriminator]
    side: int

    def lazy_init(self, key: jax.Array, images: jax.ShapeDtypeStruct) -> dict[str, Any]:
        """Variables for pictures of a shape [N, H, W, 3]."""
        patches = images.update(shape=(1, self.side, self.side, 3))
        keys = jax.random.split(key)
        whole = self.networks["whole"].lazy_init(keys[0], images)
        patch = self.networks["patch"].lazy_init(keys[1], patches)
        return {"params": {"whole": whole["params"], "patch": patch["params"]}}

    def apply(self, variables: Mapping[str, Any], images: jax.Array, *, which: str = "whole") -> jax.Array:
        """Scores [N, H', W', 1] of pictures, or of patches."""
        scores: Any = self.networks[which].apply({"params": variables["params"][which]}, images)
        return scores


def players(recipe: Recipe, restorer: restoration.Restorer, *, side: int, count: int) -> Players:
    """The networks of the unpaired stage, which looks at `count` patches of `side` pixels.

    The dark pictures are "input" of a batch, which are made dark unless they are.
    """

    def prepare(batch: Mapping[str, jax.Array], alpha: jax.Array, keys: tuple[jax.Array, jax.Array]) -> Round:
        low_high = restorer.spec.range
        real = to_range(as_unit(batch["image"]), low_high)
        dark = to_range(restoration.inputs(recipe, restorer, {"image": batch["input"]}, keys[0]), low_high)
        places = losses.draw_places(keys[1][0], *real.shape[1:3], side=side, count=count)
        return Round(real, (dark, dark), Unpaired(dark, places))

    return dataclasses.replace(restoration.players(recipe, restorer), prepare=prepare)


def game(features: Features, *, side: int, hybrid: bool) -> Game:
    """Both adversarial games and the content of the dark pictures, seen by `features`."""

    def discriminator_loss(
        score: Any, real: jax.Array, fake: jax.Array, u: jax.Array, labels: Any = None
    ) -> tuple[jax.Array, Metrics]:
        patch = functools.partial(score, which="patch")
        return losses.discriminator_loss(score, patch, real, fake, labels.places, side=side, hybrid=hybrid)

    def generator_loss(
        score: Any, fake: jax.Array, real: jax.Array, labels: Any = None
    ) -> tuple[jax.Array, Metrics]:
        patch = functools.partial(score, which="patch")
        return losses.generator_loss(
            score, patch, features, fake, real, labels.dark, labels.places, side=side, hybrid=hybrid
        )

    return Game(discriminator_loss, generator_loss)


def pixels(images: jax.Array) -> Sequence[jax.Array]:
    """The pictures themselves, in place of a classifier's activations."""
    return [images]
