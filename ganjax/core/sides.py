"""Sides of the square images that networks halve and double."""

from ganjax.core.errors import UsageError


def check_side(side: int) -> None:
    """Makes sure that images of `side` pixels can be halved, again and again, down to 4.

    Raises:
      UsageError: `side` is no power of two from 4 on.
    """
    if side < 4 or side & (side - 1):
        raise UsageError(f"The side of the images is a power of two from 4 on, not {side}.")
