"""Long short-term memory: a network that reads a sequence and keeps what it needs."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from ganjax.nn.layers import uniform


class BidirectionalLstm(nn.Module):
    """Two memories that read sequences of different lengths, one forwards and one backwards.

    The one that reads backwards begins with the last item of the sequence, wherever the padding ends.

    Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; torch.nn.LSTM, one
    layer with `bidirectional`, on packed sequences.

    Attributes:
      width: length H of the state of a direction.
      dtype: type of the products; the state is float32.
    """

    width: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array, counts: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The states after each item [N, T, 2 H], zeros in the padding, and the last ones [N, 2 H].

        Args:
          x: sequences [N, T, E].
          counts: items of each sequence, [N].
        """
        init, gates = uniform(self.width**-0.5), 4 * self.width

        def both(leaf: str, *shape: int) -> jax.Array:
            return jnp.stack([self.param(f"{way}_{leaf}", init, shape) for way in ("forward", "backward")])

        x, inner = x.astype(self.dtype), both("input_kernel", x.shape[-1], gates).astype(self.dtype)
        outer = both("state_kernel", self.width, gates).astype(self.dtype)
        # PyTorch has two biases, of which only the sum counts.
        bias = both("input_bias", gates) + both("state_bias", gates)
        # What the items give to the gates depends on no state: one product for all times and directions.
        given = jnp.einsum("nte,deg->tdng", x, inner).astype(jnp.float32) + bias[None, :, None]
        there = jnp.arange(x.shape[1])[:, None] < counts[None]  # [T, N]

        def read(
            past: tuple[jax.Array, jax.Array], item: tuple[jax.Array, jax.Array]
        ) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
            state, memory = past
            given, there = item
            more = jnp.einsum("dnh,dhg->dng", state.astype(self.dtype), outer)
            take, keep, new, show = jnp.split(given + more.astype(jnp.float32), 4, -1)
            later = nn.sigmoid(keep) * memory + nn.sigmoid(take) * jnp.tanh(new)
            memory = jnp.where(there[..., None], later, memory)
            state = jnp.where(there[..., None], nn.sigmoid(show) * jnp.tanh(later), state)
            return (state, memory), state

        start = jnp.zeros((2, len(x), self.width), jnp.float32)
        items = _both_ways(given), _both_ways(jnp.stack([there, there], 1))
        (last, _), states = jax.lax.scan(read, (start, start), items)
        states = jnp.where(there[:, None, :, None], _both_ways(states), 0)
        return jnp.concatenate([states[:, 0], states[:, 1]], -1).swapaxes(0, 1), jnp.concatenate(last, -1)


def _both_ways(x: jax.Array) -> jax.Array:
    """`x` [T, 2, ...] with the second of the two turned round in time."""
    return jnp.stack([x[:, 0], jnp.flip(x[:, 1], 0)], 1)
