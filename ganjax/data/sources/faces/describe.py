"""The distribution of the faces: `describe(seed, index)`.

The random numbers are the raw 64-bit stream of Philox-4x64-10, keyed by the seed and counted by the index,
and the mapping to attributes is written out here, so that no library can change the set.
"""

from collections.abc import Sequence

import numpy as np

from ganjax.core.errors import UsageError
from ganjax.data.sources.faces.attributes import Face


class _Dice:
    """Uniform numbers of one face."""

    def __init__(self, seed: int, index: int) -> None:
        if not (0 <= seed < 1 << 64 and 0 <= index < 1 << 64):
            raise UsageError(f"A face needs a seed and an index in [0, 2^64), not {seed} and {index}.")
        raw = np.random.Philox(key=seed, counter=index << 64).random_raw(96)
        self._values = iter(((raw >> np.uint64(11)) * 2.0**-53).tolist())

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        return low + (high - low) * float(next(self._values))

    def bell(self, low: float, high: float) -> float:
        """Mean of three uniform numbers: mostly near the middle of the range."""
        return low + (high - low) * (self.uniform() + self.uniform() + self.uniform()) / 3

    def chance(self, probability: float) -> bool:
        return self.uniform() < probability

    def choose(self, names: Sequence[str], weights: Sequence[float]) -> str:
        at = self.uniform() * sum(weights)
        for name, weight in zip(names, weights, strict=True):
            at -= weight
            if at < 0:
                return name
        return names[-1]


def describe(seed: int, index: int) -> Face:
    """Face number `index` of the endless set `seed`: the same on every machine.

    What goes together in life goes together here (grey hair with age, beards with masculinity), as a
    tendency: every combination can happen.

    Raises:
      UsageError: a seed or index that is negative or does not fit 64 bits.
    """
    dice = _Dice(seed, index)
    age = dice.uniform()
    child, old = max(0.0, 1 - age / 0.2), max(0.0, (age - 0.55) / 0.45)
    woman = dice.chance(0.5)
    femininity = dice.bell(0.5, 1.1) if woman else dice.bell(-0.1, 0.5)
    femininity = min(max(femininity, 0.0), 1.0)
    skin_tone = dice.uniform()
    # Light skin comes with all hair and eye colours, dark skin mostly with dark ones.
    hair_colour = dice.uniform() ** (0.9 + 2.2 * skin_tone)
    eye_colour = dice.uniform() ** (0.8 + 2.5 * skin_tone)
    grey = old * dice.uniform(0.4, 1.6) if dice.chance(0.9) else dice.uniform()
    dye = dice.choose(("none", "pink", "blue", "green", "purple"), (1.0, *(0.025 * (1 - old),) * 4))
    length = dice.bell(0.15, 1.15) if dice.chance(0.9 if woman else 0.14) else dice.bell(-0.15, 0.4)
    updo = dice.choose(
        ("none", "bun", "buns", "pigtails"),
        (1.0, *((0.16, 0.05 + 0.1 * child, 0.05 + 0.2 * child) if woman else (0.03, 0.004, 0.004))),
    )
    balding = dice.chance((0.02 if woman else 0.12 + 0.5 * old) * (1 - child))
    receding = dice.uniform(0.3, 1.0) if balding else dice.uniform(0.0, 0.15)
    bearded = dice.chance(0.01 if woman else 0.42 * (1 - child))
    beard = dice.uniform(0.15, 1.0) if bearded else 0.0
    moustached = dice.chance(0.8 if bearded else 0.005 if woman else 0.12 * (1 - child))
    moustache = dice.uniform(0.3, 1.0) if moustached else 0.0
    return Face(
        age=age,
        femininity=femininity,
        width=dice.bell(-1, 1),
        skin_tone=skin_tone,
        freckles=dice.uniform(0.4, 1.0) if dice.chance(0.22 * (1 - skin_tone)) else 0.0,
        blush=dice.bell(0.0, 1.0),
        hair_colour=hair_colour,
        hair_grey=min(grey, 1.0),
        hair_dye=dye,
        hair_length=min(max(length, 0.0), 1.0),
        hair_volume=dice.bell(0.0, 1.0),
        hair_wave=dice.uniform(),
        fringe=dice.uniform(),
        parting=dice.uniform(-1, 1),
        receding=receding,
        updo=updo,
        brow_thickness=min(max(dice.bell(0.0, 0.7) + 0.3 * (1 - femininity), 0.0), 1.0),
        brow_raise=dice.bell(-1, 1),
        eye_colour=eye_colour,
        eye_size=dice.bell(-1, 1),
        eye_open=dice.uniform(0.0, 0.3) if dice.chance(0.08) else dice.uniform(0.55, 1.0),
        gaze_x=dice.bell(-1, 1),
        gaze_y=dice.bell(-1, 1),
        nose_size=dice.bell(0.0, 1.0),
        smile=dice.uniform(-0.9, 0.1) if dice.chance(0.18) else dice.uniform(0.1, 1.0),
        mouth_open=dice.uniform(0.25, 1.0) if dice.chance(0.4) else 0.0,
        lipstick=dice.uniform(0.3, 1.0) if dice.chance(0.6 * (1 - child) if woman else 0.01) else 0.0,
        beard=beard,
        moustache=moustache,
        glasses=dice.choose(
            ("none", "round", "square", "sun"), (1.0, 0.17 + 0.12 * old, 0.14 + 0.12 * old, 0.05)
        ),
        frame_colour=dice.uniform(),
        earrings=dice.uniform(0.2, 1.0) if dice.chance(0.4 if woman else 0.05) else 0.0,
        ornament=dice.choose(
            ("none", "bow", "band", "flower", "beanie"),
            (1.0, *((0.05 + 0.15 * child, 0.07, 0.06) if woman else (0.004, 0.02, 0.004)), 0.08),
        ),
        ornament_colour=dice.uniform(),
        clothes=dice.choose(("tee", "stripes", "shirt", "turtleneck", "hoodie"), (1.0, 0.8, 0.8, 0.6, 0.8)),
        clothes_colour=dice.uniform(),
        clothes_light=dice.uniform(),
        background_colour=dice.uniform(),
        background_light=dice.uniform(),
        turn=dice.bell(-1, 1),
        tilt=dice.bell(-1, 1),
    )
