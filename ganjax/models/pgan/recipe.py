"""How to train a progressive GAN: what a run is made of, and presets with what they gave.

Source of the method: Karras et al. 2018 (arXiv:1710.10196), section 2 and appendix A; of the numbers of the
paper's preset: tkarras/progressive_growing_of_gans, config.py and train.py.
"""

import dataclasses
import functools
import math
from typing import Literal

import optax

from ganjax.core.errors import UsageError, unknown
from ganjax.core.sides import check_side
from ganjax.data.pipeline import in_memory
from ganjax.data.sources import open_source
from ganjax.losses import GAMES, Game
from ganjax.models.pgan import net, training
from ganjax.models.pgan.config import NVIDIA, DiscriminatorConfig, GeneratorConfig, channels
from ganjax.models.training import settings
from ganjax.train import state as states
from ganjax.train.loop import Plan
from ganjax.train.schedule import Phase, Schedule
from ganjax.train.step import Step, ema_decay, make_step

_PENALTIES = {"wgan-gp": "penalty", "non-saturating-r1": "gamma", "hinge": "r1"}
"""What each game calls the weight of its gradient penalty."""

# Groups of neighbours stay on one device wherever it has whole groups of the batch.
STYLE = dataclasses.replace(NVIDIA, strided_groups=False)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides the result of a run.

    Attributes:
      data: "faces", "faces:COUNT", "folder:PATH" or "tfds:NAME".
      data_dir: folder of the prepared TFDS data sets.
      split: part of a TFDS data set.
      max_unreadable: share of a folder's files that may be unreadable.
      mirror: mirror half of the real images.
      conditional: generate by class, where the data has classes (AC-GAN).
      side: side of the finished images in pixels, a power of two from 4 on.
      latent: length of the latent vector.
      base: channels at side S are min(maximum, 2 base / S), the paper's rule.
      maximum: largest number of channels.
      game: the losses: wgan-gp, non-saturating-r1, hinge, least-squares or relativistic-average.
      penalty: weight of the gradient penalty; None for the game's own default.
      learning_rate: step size of Adam for both networks; its betas are `beta1` and `beta2`.
      beta1: decay of Adam's first moment.
      beta2: decay of Adam's second moment.
      ema_kimg: half-life of the averaged generator in thousands of images.
      batches: batch size for each side 4, 8, ...; the last one holds for all further sides.
      fade_kimg: thousands of images to fade in each resolution.
      hold_kimg: thousands of images to hold each resolution before the last.
      final_kimg: thousands of images to hold the last resolution.
      dtype: type of the products, float32 or bfloat16.
      seed: fixes every random number of the run.

    Raises:
      UsageError: a number that makes no sense; all are checked before anything begins.
    """

    data: str = "faces"
    data_dir: str | None = None
    split: str = "train"
    max_unreadable: float = 0.01
    mirror: bool = False
    conditional: bool = False
    side: int = 64
    latent: int = 512
    base: int = 8192
    maximum: int = 512
    game: str = "wgan-gp"
    penalty: float | None = None
    learning_rate: float = 1e-3
    beta1: float = 0.0
    beta2: float = 0.99
    ema_kimg: float = 11.0
    batches: tuple[int, ...] = (16,)
    fade_kimg: float = 600.0
    hold_kimg: float = 600.0
    final_kimg: float = 4000.0
    dtype: Literal["float32", "bfloat16"] = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        check_side(self.side)
        rate, half_life, penalty = self.learning_rate, self.ema_kimg, self.penalty or 0.0
        for holds, text in (
            (0 <= self.seed < 2**32, f"seed is a number from 0 to 2^32 - 1, not {self.seed}"),
            (min(self.latent, self.base, self.maximum) > 0, "latent, base and maximum are positive"),
            (0 < rate < math.inf, f"learning rate is positive and finite, not {rate}"),
            (0 <= penalty < math.inf, f"penalty is finite and 0 or more, not {penalty}"),
            (
                min(self.beta1, self.beta2) >= 0 and max(self.beta1, self.beta2) < 1,
                "betas lie from 0 to below 1",
            ),
            (0 <= half_life < math.inf, f"half-life of the average is finite and 0 or more, not {half_life}"),
            (len(self.batches) > 0, "list of batches has at least one"),
            (0 <= self.max_unreadable <= 1, f"unreadable share lies from 0 to 1, not {self.max_unreadable}"),
        ):
            if not holds:
                raise UsageError(f"A recipe's {text}.")

    @property
    def schedule(self) -> Schedule:
        """The phases: 4x4 held, then each further side faded in and held."""
        sides = self.configs()[0].sides
        sizes = (*self.batches, *self.batches[-1:] * len(sides))
        return Schedule(
            tuple(
                Phase(
                    side,
                    0.0 if side == 4 else self.fade_kimg,
                    self.final_kimg if side == self.side else self.hold_kimg,
                    size,
                )
                for side, size in zip(sides, sizes, strict=False)
            )
        )

    def configs(self, labels: int = 0) -> tuple[GeneratorConfig, DiscriminatorConfig]:
        """The networks of this recipe, for `labels` classes."""
        widths = channels(self.side, base=self.base, maximum=self.maximum)
        generator = GeneratorConfig(
            self.side, self.latent, widths, labels=labels, style=STYLE, dtype=self.dtype
        )
        discriminator = DiscriminatorConfig(
            self.side, widths, dense=widths[0], labels=labels, style=STYLE, dtype=self.dtype
        )
        return generator, discriminator


PRESETS: dict[str, Recipe] = {
    # ganjax train pgan --preset quickstart
    # 5 minutes of training on 2 cores of an AMD EPYC (Zen 4) for 30,000 images: faces, if soft ones.
    "quickstart": Recipe(
        data="faces:6000",
        side=32,
        latent=64,
        base=512,
        maximum=64,
        game="non-saturating-r1",
        penalty=0.1,
        learning_rate=2e-3,
        ema_kimg=2.0,
        batches=(8,),
        fade_kimg=3.0,
        hold_kimg=3.0,
        final_kimg=12.0,
    ),
    # ganjax train pgan --preset faces-64
    # 75 minutes on 2 cores of an AMD EPYC (Zen 4) that other work shared, for 164,000 images: the bundled
    # pgan-faces-64, whose scores stand in card.py.
    "faces-64": Recipe(
        data="faces:30000",
        side=64,
        latent=96,
        base=512,
        maximum=64,
        game="non-saturating-r1",
        penalty=0.2,
        learning_rate=2e-3,
        ema_kimg=4.0,
        batches=(8,),
        fade_kimg=6.0,
        hold_kimg=10.0,
        final_kimg=100.0,
    ),
    # ganjax train pgan --preset cifar10-32
    # 35 minutes on one core of the same machine for 220,000 images; of 4,096 images SWD is 18.2 (floor 5.4)
    # and MS-SSIM 0.080 (0.073).
    "cifar10-32": Recipe(
        data="tfds:cifar10",
        side=32,
        latent=64,
        base=256,
        maximum=64,
        game="non-saturating-r1",
        penalty=0.1,
        learning_rate=2e-3,
        ema_kimg=5.0,
        fade_kimg=20.0,
        hold_kimg=20.0,
        final_kimg=100.0,
    ),
    # ganjax train pgan --preset paper-1024 --data folder:PATH
    # Not run here: it is the paper's schedule, for accelerators.
    "paper-1024": Recipe(
        data="folder:celeba-hq", side=1024, mirror=True, batches=(16, 16, 16, 16, 16, 16, 14, 6, 3)
    ),
}
"""Recipes by name."""


def plan(recipe: Recipe, *, workers: int = 0) -> Plan:
    """What the training loop needs to follow `recipe`; opens the data.

    `workers` processes decode the pictures; 0 decodes in this one.

    Raises:
      UsageError: an unknown game or data source, a side that is no power of two, a conditional recipe on
        data without classes.
      DataError: the data cannot be used.
    """
    game = _game(recipe)
    schedule = recipe.schedule
    source = open_source(
        recipe.data,
        side=recipe.side,
        data_dir=recipe.data_dir,
        split=recipe.split,
        seed=recipe.seed,
        max_unreadable=recipe.max_unreadable,
    )
    labels = len(getattr(source, "labels", ())) if recipe.conditional else 0
    if recipe.conditional and not labels:
        raise UsageError(f"{recipe.data} has no classes: leave --conditional out.")
    source = in_memory(source, side=recipe.side, workers=workers, progress=True)
    configs = recipe.configs(labels)
    networks = net.Generator(configs[0]), net.Discriminator(configs[1])
    tx = optax.adam(recipe.learning_rate, b1=recipe.beta1, b2=recipe.beta2)
    optimisers = {"generator_tx": tx, "discriminator_tx": tx}

    def stage_step(stage: int) -> Step:
        return make_step(
            game,
            training.players(*networks, stage),
            **optimisers,
            ema_decay=ema_decay(schedule.phases[stage].batch, recipe.ema_kimg),
        )

    return Plan(
        settings=settings("pgan", recipe),
        schedule=schedule,
        create=lambda: training.create(*networks, seed=recipe.seed, **optimisers),
        enter=functools.partial(states.enter_stage, **optimisers),
        step=stage_step,
        batch_shapes=lambda stage: training.shapes(schedule.phases[stage], conditional=recipe.conditional),
        batches=lambda stage, seen: training.read(
            source,
            schedule.phases[stage],
            seen,
            conditional=recipe.conditional,
            seed=recipe.seed,
            mirror=recipe.mirror,
            workers=workers,
        ),
        sample=functools.partial(training.sample, networks[0], recipe.seed),
        export=functools.partial(training.export, configs, recipe),
    )


def _game(recipe: Recipe) -> Game:
    if recipe.game not in GAMES:
        raise UsageError(unknown("game", recipe.game, GAMES))
    if recipe.penalty is None:
        return GAMES[recipe.game]()
    if recipe.game not in _PENALTIES:
        raise UsageError(f"The game {recipe.game} has no gradient penalty: leave --penalty out.")
    return GAMES[recipe.game](**{_PENALTIES[recipe.game]: recipe.penalty})
