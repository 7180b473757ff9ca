"""What is read off a traced program, of programs whose arrays are counted by hand."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import pytest

from ganjax.core.jaxprs import largest_array

_X = jnp.ones((4, 3), jnp.float32)
_BYTES = 4 * 4 * 3


@pytest.mark.parametrize(
    ("program", "size"),
    [
        (lambda x: x, 0),  # nothing is computed
        (lambda x: x + 1, _BYTES),
        (lambda x: jnp.tile(x, (5, 1)).sum(), 5 * _BYTES),
        (lambda x: jnp.tile(x, (5, 1)).astype(jnp.bfloat16).sum(), 5 * _BYTES),
        (lambda x: jnp.tile(x.astype(jnp.bfloat16), (5, 1)).sum(dtype=jnp.bfloat16), 5 * _BYTES // 2),
        (lambda x: jax.jit(lambda y: jnp.outer(y, y).sum())(x), 12 * _BYTES),
        (lambda x: jax.lax.scan(lambda y, _: (jnp.outer(y, y)[0, 0] + y, None), x, length=3)[0], 12 * _BYTES),
        (lambda x: jax.lax.cond(x[0, 0] > 0, lambda y: jnp.outer(y, y).sum(), jnp.sum, x), 12 * _BYTES),
    ],
)
def test_largest_array(program: Callable[[jax.Array], jax.Array], size: int) -> None:
    assert largest_array(jax.make_jaxpr(program)(_X)) == size
