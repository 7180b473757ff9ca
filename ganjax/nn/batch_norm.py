"""Batch normalisation whose averages follow PyTorch."""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn


class BatchNorm(nn.Module):
    """Brings each channel of `x` [..., C] to mean 0 and variance 1, then scales and shifts it, in float32.

    The dtype of `x` is kept. With `train` the mean and variance are those of the batch (under `jax.jit`, of
    the batch on all devices), and the averages in "batch_stats", which then is mutable, take them in; else
    they are those averages. The averaged variance divides by the number of values less one, as PyTorch's
    does; Flax's own layer, which is the same otherwise, divides by the number.

    Source: Ioffe and Szegedy 2015 (arXiv:1502.03167), algorithms 1 and 2; torch.nn.BatchNorm2d.

    Attributes:
      momentum: weight of the new batch in the averages.
      epsilon: what is added to the variance.
    """

    momentum: float = 0.1
    epsilon: float = 1e-5

    @nn.compact
    def __call__(self, x: jax.Array, *, train: bool = False) -> jax.Array:
        shape = x.shape[-1:]
        scale = self.param("scale", nn.initializers.ones, shape)
        bias = self.param("bias", nn.initializers.zeros, shape)
        averages = [
            self.variable("batch_stats", "mean", jnp.zeros, shape),
            self.variable("batch_stats", "var", jnp.ones, shape),
        ]
        wide = x.astype(jnp.float32)
        mean, var = (average.value for average in averages)
        if train:
            axes = tuple(range(x.ndim - 1))
            mean, var = wide.mean(axes), wide.var(axes)
            if not self.is_initializing():
                n = math.prod(x.shape[:-1])
                for average, new in zip(averages, (mean, var * (n / max(n - 1, 1))), strict=True):
                    average.value += self.momentum * (new - average.value)
        gain = scale * jax.lax.rsqrt(var + self.epsilon)
        shift = bias - mean * gain
        return (wide * jnp.broadcast_to(gain, x.shape) + jnp.broadcast_to(shift, x.shape)).astype(x.dtype)
