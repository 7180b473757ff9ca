"""What the recipes of all networks that restore pictures have in common."""

import dataclasses
import functools
import math
from collections.abc import Callable

from ganjax.core.errors import UsageError, unknown
from ganjax.core.sides import check_side
from ganjax.losses import games
from ganjax.train.schedule import Phase, Schedule

GAMES: dict[str, Callable[[], games.Game]] = {
    "non-saturating": functools.partial(games.non_saturating_r1, gamma=0.0),
    "relativistic-average": games.relativistic_average,
    "least-squares": games.least_squares,
    "hinge": games.hinge,
}
"""The adversarial losses by name; discriminators of pictures need no gradient penalty."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides the result of a run.

    Attributes:
      data: the good pictures: "faces", "faces:COUNT", "folder:PATH", "tfds:NAME", several of these, or
        "pairs:IMAGES:INPUTS", two folders of pictures that belong together.
      data_dir: folder of the prepared TFDS data sets.
      split: part of a TFDS data set.
      drawn: side at which faces are drawn, in pixels, a power of two.
      fitted: side of the squares to which all other pictures are brought before, in pixels, a power of two:
        small pictures of a data set then look as large ones do, smooth. 0 leaves them as they are.
      max_unreadable: share of a folder's files that may be unreadable.
      side: side of the squares that are cut out of the good pictures, in pixels.
      degraded: share of each batch that is made as bad as can be; the rest is only shrunk, or stays as it is.
      pixel_kimg: thousands of squares to train for likeness alone, the first stage.
      adversarial_kimg: thousands of squares to train against the discriminator, the second.
      batch: squares in a batch.
      learning_rate: step size of Adam in the first stage; in the second, of both networks, a half of it.
      beta1: decay of Adam's first moment.
      beta2: decay of Adam's second moment.
      ema_kimg: half-life of the averaged generator in thousands of squares.
      game: the adversarial losses: non-saturating, relativistic-average, least-squares or hinge.
      adversarial: weight of the generator's part in them.
      pixel: weight of the difference of pixels in the second stage.
      perceptual: the network whose activations are compared in the second stage: vgg19, vgg16, vgg16-caffe or
        the path of such a file; none for no such loss.
      perception: weight of that comparison.
      layers: the activations compared, e.g. conv5_4, the last before its ReLU.
      layer_weights: the weight of each.
      seed: fixes every random number of the run.

    Raises:
      UsageError: a number that makes no sense; all are checked before anything begins.
    """

    data: tuple[str, ...] = ("faces",)
    data_dir: str | None = None
    split: str = "train"
    drawn: int = 128
    fitted: int = 0
    max_unreadable: float = 0.01
    side: int = 128
    degraded: float = 0.0
    pixel_kimg: float = 1000.0
    adversarial_kimg: float = 1000.0
    batch: int = 16
    learning_rate: float = 2e-4
    beta1: float = 0.9
    beta2: float = 0.99
    ema_kimg: float = 11.0
    game: str = "non-saturating"
    adversarial: float = 0.1
    pixel: float = 1.0
    perceptual: str = "none"
    perception: float = 1.0
    layers: tuple[str, ...] = ("conv5_4",)
    layer_weights: tuple[float, ...] = (1.0,)
    seed: int = 0

    def __post_init__(self) -> None:
        weights = (self.ema_kimg, self.adversarial, self.pixel, self.perception, *self.layer_weights)
        for holds, text in (
            (0 <= self.seed < 2**32, f"seed is a number from 0 to 2^32 - 1, not {self.seed}"),
            (len(self.data) > 0, "list of data has at least one"),
            (self.side > 0, f"side is positive, not {self.side}"),
            (0 <= self.degraded <= 1, f"degraded share lies from 0 to 1, not {self.degraded}"),
            (0 < self.learning_rate < math.inf, f"learning rate is positive, not {self.learning_rate}"),
            (all(0 <= beta < 1 for beta in (self.beta1, self.beta2)), "betas lie from 0 to below 1"),
            (
                all(0 <= each < math.inf for each in weights),
                "weights and half-life are 0 or more, and finite",
            ),
            (len(self.layers) == len(self.layer_weights), "layers have one weight each"),
            (0 <= self.max_unreadable <= 1, f"unreadable share lies from 0 to 1, not {self.max_unreadable}"),
        ):
            if not holds:
                raise UsageError(f"A recipe's {text}.")
        if self.fitted:
            check_side(self.fitted)
        if self.game not in GAMES:
            raise UsageError(unknown("game", self.game, GAMES))

    @property
    def schedule(self) -> Schedule:
        """The stages that have any length."""
        lengths = (self.pixel_kimg, self.adversarial_kimg)
        return Schedule(tuple(Phase(self.side, 0.0, kimg, self.batch) for kimg in lengths if kimg != 0))

    def against(self, stage: int) -> bool:
        """Whether the discriminator plays in `stage`."""
        return stage == 1 or self.pixel_kimg == 0
