import pytest

from ganjax.core.errors import UsageError
from ganjax.core.sides import check_side


@pytest.mark.parametrize("side", [4, 8, 1024])
def test_sides_that_can_be_halved_down_to_4_pass(side: int) -> None:
    check_side(side)


@pytest.mark.parametrize("side", [-4, 0, 1, 2, 3, 6, 48, 1023])
def test_others_are_refused(side: int) -> None:
    with pytest.raises(UsageError, match=f"power of two from 4 on, not {side}"):
        check_side(side)
