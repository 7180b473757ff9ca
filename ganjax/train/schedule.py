"""Progressive growing by images seen: which resolution, which fade-in weight, which batch size.

Karras et al. 2018 (arXiv:1710.10196), appendix A: each new resolution is first faded in, then held.
"""

import dataclasses
import math

from ganjax.core.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Phase:
    """One resolution: `fade_kimg` thousands of images to fade it in, then `hold_kimg` to settle."""

    side: int
    fade_kimg: float
    hold_kimg: float
    batch: int

    @property
    def images(self) -> int:
        """Length in images: whole batches, so that every step of the phase has the same shape."""
        return math.ceil(round(1000 * (self.fade_kimg + self.hold_kimg)) / self.batch) * self.batch


@dataclasses.dataclass(frozen=True)
class Position:
    """A place in a schedule.

    Attributes:
      stage: index of the resolution.
      alpha: weight of its newest block, in [0, 1].
      phase: the phase in force.
      start, end: images seen at its start and at its end.
    """

    stage: int
    alpha: float
    phase: Phase
    start: int
    end: int


@dataclasses.dataclass(frozen=True)
class Schedule:
    """The phases of a run, stage 0 first.

    Raises:
      UsageError: no phase, a phase without images or with a batch below 1.
    """

    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        if not self.phases:
            raise UsageError("A schedule needs at least one phase.")
        for phase in self.phases:
            lengths = (phase.fade_kimg, phase.hold_kimg)
            endless = not all(map(math.isfinite, lengths))
            if endless or phase.batch < 1 or phase.images < 1 or min(lengths) < 0:
                raise UsageError(f"Every phase needs a batch and images to show: got {phase}.")

    @property
    def total_images(self) -> int:
        """Length of the whole run in images."""
        return sum(phase.images for phase in self.phases)

    def at(self, seen: int) -> Position:
        """The position of the step after `seen` images; past the end, the last stage at alpha 1."""
        start = 0
        for stage, phase in enumerate(self.phases):
            if seen < start + phase.images or stage == len(self.phases) - 1:
                break
            start += phase.images
        return Position(stage, self._alpha(phase, seen - start), phase, start, start + phase.images)

    def steps(self, seen: int) -> int:
        """The number of steps that show the first `seen` images."""
        position = self.at(seen)
        before = sum(phase.images // phase.batch for phase in self.phases[: position.stage])
        return before + (seen - position.start) // position.phase.batch

    def reached(self, seen: int) -> Position:
        """Where the networks stand after `seen` images: at the very end of a phase, that phase at alpha 1."""
        last = self.at(max(seen - 1, 0))
        return dataclasses.replace(last, alpha=self._alpha(last.phase, seen - last.start))

    @staticmethod
    def _alpha(phase: Phase, images: int) -> float:
        return min(images / (1000 * phase.fade_kimg), 1.0) if phase.fade_kimg > 0 else 1.0


def crosses(seen: int, batch: int, kimg: float) -> bool:
    """Whether a multiple of `kimg` thousand images lies in the batch that ended at `seen`; never for 0."""
    return kimg > 0 and int(seen / (1000 * kimg)) > int((seen - batch) / (1000 * kimg))
