"""What can be read off a traced program."""

import math
from typing import Any

from jax.extend.core import Jaxpr, subjaxprs


def largest_array(jaxpr: Jaxpr) -> int:
    """Bytes of the largest array that a program computes, in itself or in the functions that it calls."""
    made: list[Any] = [each.aval for equation in jaxpr.eqns for each in equation.outvars]
    sizes = (math.prod(each.shape) * each.dtype.itemsize for each in made)
    return max([*sizes, *map(largest_array, subjaxprs(jaxpr))], default=0)
