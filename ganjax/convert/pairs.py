"""Weight maps: which tensor of a published file becomes which leaf of a network, and back.

A system's `convert.py` yields one `Pair` for each leaf, in the order of the network. `load` and `dump` run
the same map forwards and backwards, so one proves the other.
"""

import collections
import dataclasses
import fnmatch
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from ganjax.core.errors import CheckpointError
from ganjax.core.trees import flatten, unflatten

# Faults that a message names, and letters of each: a file may give its tensors any names.
_SHOWN, _LONGEST = 40, 200

Change = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Op:
    """A change of layout that can be taken back: `undo(apply(x))` is `x`."""

    apply: Change
    undo: Change


KEEP = Op(lambda x: x, lambda x: x)


def transpose(*axes: int) -> Op:
    """Axis i of the result is axis `axes[i]` of the source."""
    back = tuple(axes.index(i) for i in range(len(axes)))
    return Op(lambda x: x.transpose(axes), lambda x: x.transpose(back))


def reshape(source: tuple[int, ...], target: tuple[int, ...]) -> Op:
    """The same values in the same order, from the shape `source` to the shape `target`."""
    return Op(lambda x: _exactly(x, source).reshape(target), lambda x: _exactly(x, target).reshape(source))


def flip(*axes: int) -> Op:
    """The order along `axes` turned round."""
    return Op(lambda x: np.flip(x, axes), lambda x: np.flip(x, axes))


def chain(*ops: Op) -> Op:
    """All `ops`, the first one first."""

    def run(changes: Iterable[Change], x: np.ndarray) -> np.ndarray:
        for change in changes:
            x = change(x)
        return x

    return Op(lambda x: run([op.apply for op in ops], x), lambda x: run([op.undo for op in reversed(ops)], x))


@dataclasses.dataclass(frozen=True)
class Pair:
    """One leaf and where it comes from.

    Attributes:
      target: path of the leaf in the network's variables, e.g. "params/b4_conv0/kernel".
      source: name of the tensor in the published file.
      op: what turns the tensor into the leaf.
      also: other names that the tensor has in files of other versions.
    """

    target: str
    source: str
    op: Op = KEEP
    also: tuple[str, ...] = ()

    def name_in(self, state: Mapping[str, Any]) -> str:
        """The name that the tensor has in `state`; `source` where it has none."""
        return next((name for name in (self.source, *self.also) if name in state), self.source)


def load(
    pairs: Iterable[Pair],
    state: Mapping[str, np.ndarray],
    shapes: Mapping[str, Any],
    *,
    ignore: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The variables of a network from the tensors of a file: views of them where only the layout changes.

    Args:
      pairs: the map, a pair for each leaf.
      state: the tensors of the file by name.
      shapes: the variables wanted, nested dicts of arrays or shapes; their dtypes are given to the result.
      ignore: patterns of tensor names (as in `fnmatch`) that have no place here, each with the reason.

    Raises:
      CheckpointError: a leaf that is not filled, filled twice or of another shape, or a tensor that is
        neither used nor ignored. The message lists all of them.
    """
    wanted, pairs = flatten(shapes), list(pairs)
    given = collections.Counter(pair.target for pair in pairs)
    faults = [f"leaf {leaf} is given no tensor" for leaf in wanted if leaf not in given]
    faults += [f"leaf {leaf} is filled {n} times" for leaf, n in given.items() if n > 1]
    left = left_out(pairs, state, ignore or {})
    faults += [
        f"tensor {name} {list(state[name].shape)} has no place" for name, why in left.items() if why is None
    ]
    filled = {}
    for pair in pairs:
        name = pair.name_in(state)
        if pair.target not in wanted:
            faults.append(f"there is no leaf {pair.target} for tensor {name}")
        elif name not in state:
            faults.append(f"leaf {pair.target} waits for tensor {name}, which is not there")
        else:
            try:
                filled[pair.target] = _fitted(pair.op, state[name], wanted[pair.target])
            except ValueError as error:
                faults.append(f"tensor {name} {list(state[name].shape)} does not fit {pair.target}: {error}")
    if faults:
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        cut = (fault if len(fault) <= _LONGEST else f"{fault[:_LONGEST]}..." for fault in faults[:_SHOWN])
        raise CheckpointError(f"The file does not fit this network: {'; '.join(cut)}{more}.")
    return unflatten(filled)


def left_out(
    pairs: Iterable[Pair], state: Mapping[str, Any], ignore: Mapping[str, str]
) -> dict[str, str | None]:
    """The tensors of `state` that no pair uses, each with its reason in `ignore`, or None."""
    used = {pair.name_in(state) for pair in pairs}
    return {
        name: next((why for pattern, why in ignore.items() if fnmatch.fnmatchcase(name, pattern)), None)
        for name in state
        if name not in used
    }


def dump(pairs: Iterable[Pair], variables: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The tensors of a file from the variables of a network: `load` backwards.

    Raises:
      CheckpointError: the map and the variables do not have the same leaves.
    """
    pairs, leaves = list(pairs), flatten(variables)
    if odd := leaves.keys() ^ {pair.target for pair in pairs}:
        raise CheckpointError(f"The map and the network differ in the leaves {', '.join(sorted(odd))}.")
    return {pair.source: pair.op.undo(np.asarray(leaves[pair.target])) for pair in pairs}


def _fitted(op: Op, tensor: np.ndarray, leaf: Any) -> np.ndarray:
    """The leaf that `tensor` becomes; a view of it if its dtype is that of the leaf."""
    if jnp.issubdtype(leaf.dtype, jnp.floating) and not jnp.issubdtype(tensor.dtype, jnp.floating):
        raise ValueError(f"its values are {tensor.dtype}, not floating point")
    return _exactly(op.apply(tensor), leaf.shape).astype(leaf.dtype, copy=False)


def _exactly(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if x.shape != tuple(shape):
        raise ValueError(f"the shape is {list(x.shape)} where {list(shape)} is expected")
    return x
