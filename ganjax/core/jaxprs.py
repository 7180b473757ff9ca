"""What can be read off a traced program."""

import math
from typing import Any


def largest_array(jaxpr: Any) -> int:
    """Bytes of the largest array that a program computes, in itself or in the functions that it calls.

    Args:
      jaxpr: the program, as `jax.make_jaxpr` gives it.
    """
    made = [each.aval for equation in jaxpr.eqns for each in equation.outvars]
    sizes = [math.prod(each.shape) * each.dtype.itemsize for each in made]
    given = [value for equation in jaxpr.eqns for value in equation.params.values()]
    flat = [each for value in given for each in (value if isinstance(value, tuple) else (value,))]
    return max([*sizes, *(largest_array(each) for each in flat if hasattr(each, "eqns"))], default=0)
