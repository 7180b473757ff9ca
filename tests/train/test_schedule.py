"""The schedule against positions worked out by hand."""

import math

import pytest

from ganjax.core.errors import UsageError
from ganjax.train.schedule import Phase, Schedule

SCHEDULE = Schedule((Phase(4, 0, 1, 16), Phase(8, 2, 1, 16), Phase(16, 2, 0.5, 10)))


def test_phases_are_whole_batches() -> None:
    # 1000 / 16 = 62.5 -> 63 batches; 3000 / 16 = 187.5 -> 188; 2500 / 10 = 250.
    assert [phase.images for phase in SCHEDULE.phases] == [1008, 3008, 2500]
    assert SCHEDULE.total_images == 6516


@pytest.mark.parametrize(
    ("seen", "stage", "alpha"),
    [
        (0, 0, 1.0),
        (1007, 0, 1.0),
        (1008, 1, 0.0),
        (1008 + 500, 1, 0.25),
        (1008 + 2000, 1, 1.0),
        (4015, 1, 1.0),
        (4016, 2, 0.0),
        (4016 + 1000, 2, 0.5),
        (6516, 2, 1.0),
        (9999, 2, 1.0),
    ],
)
def test_position_of_the_next_step(seen: int, stage: int, alpha: float) -> None:
    position = SCHEDULE.at(seen)
    assert (position.stage, position.alpha) == (stage, pytest.approx(alpha))
    assert position.phase is SCHEDULE.phases[stage]


def test_at_the_end_of_a_phase_the_networks_still_stand_in_it() -> None:
    assert (SCHEDULE.reached(4016).stage, SCHEDULE.reached(4016).alpha) == (1, 1.0)
    assert (SCHEDULE.reached(4026).stage, SCHEDULE.reached(4026).alpha) == (2, 0.005)


def test_steps_are_counted_with_the_batch_of_each_phase() -> None:
    # 63 and 188 batches of 16, then 250 of 10, as above.
    assert [SCHEDULE.steps(seen) for seen in (0, 16, 1008, 1024, 4016, 4026, 6516)] == [
        0,
        1,
        63,
        64,
        251,
        252,
        501,
    ]


def test_empty_schedules_are_refused() -> None:
    with pytest.raises(UsageError, match="at least one phase"):
        Schedule(())
    with pytest.raises(UsageError, match="batch"):
        Schedule((Phase(4, 0, 1, 0),))
    for length in (0, math.nan, math.inf):
        with pytest.raises(UsageError, match="images"):
            Schedule((Phase(4, 0, length, 16),))
