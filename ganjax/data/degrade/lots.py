"""Decisions by lot, made from uniform numbers in [0, 1).

One call of the random generator serves all decisions about a picture: a call for each takes the compiler ten
times as long.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np


def between(u: jax.Array, ends: tuple[jax.Array | float, jax.Array | float]) -> jax.Array:
    """A number between the two `ends`, uniformly."""
    low, high = ends
    return low + u * (high - low)


def pick(u: jax.Array, chances: Sequence[float]) -> jax.Array:
    """An index into `chances`, which sum to 1, int32."""
    return jnp.searchsorted(np.cumsum(chances)[:-1], u, side="right", method="compare_all")


def integer(u: jax.Array, first: int, last: int) -> jax.Array:
    """A whole number from `first` to `last`, both included, int32."""
    return first + jnp.floor(u * (last - first + 1)).astype(jnp.int32)
