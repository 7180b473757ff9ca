"""Weight maps: which tensor of a published file becomes which leaf of a network, and back.

A system's `convert.py` yields one `Pair` for each leaf, in the order of the network. `load` and `dump` run
the same map forwards and backwards, so one proves the other.
"""

import collections
import dataclasses
import fnmatch
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ganjax.core.errors import CheckpointError
from ganjax.core.trees import flatten, unflatten

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
    """

    target: str
    source: str
    op: Op = KEEP


def load(
    pairs: Iterable[Pair],
    state: Mapping[str, np.ndarray],
    shapes: Mapping[str, Any],
    *,
    ignore: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The variables of a network from the tensors of a file.

    Args:
      pairs: the map, a pair for each leaf.
      state: the tensors of the file by name.
      shapes: the variables wanted, nested dicts of arrays or shapes; their dtypes are given to the result.
      ignore: patterns of tensor names (as in `fnmatch`) that have no place here, each with the reason.

    Raises:
      CheckpointError: a leaf that is not filled, filled twice or of another shape, or a tensor that is
        neither used nor ignored. The message lists all of them.
    """
    wanted = flatten(shapes)
    pairs = list(pairs)
    sources, targets = {pair.source for pair in pairs}, [pair.target for pair in pairs]
    faults = [f"leaf {leaf} is given no tensor" for leaf in wanted if leaf not in targets]
    faults += [
        f"leaf {leaf} is filled {n} times" for leaf, n in collections.Counter(targets).items() if n > 1
    ]
    faults += [
        f"tensor {name} {list(tensor.shape)} has no place"
        for name, tensor in state.items()
        if name not in sources and not any(fnmatch.fnmatch(name, pattern) for pattern in ignore or ())
    ]
    filled = {}
    for pair in pairs:
        if pair.target not in wanted:
            faults.append(f"there is no leaf {pair.target} for tensor {pair.source}")
        elif pair.source not in state:
            faults.append(f"leaf {pair.target} waits for tensor {pair.source}, which is not there")
        else:
            tensor, leaf = state[pair.source], wanted[pair.target]
            try:
                filled[pair.target] = _exactly(pair.op.apply(tensor), leaf.shape).astype(
                    leaf.dtype, order="C"
                )
            except ValueError as error:
                faults.append(
                    f"tensor {pair.source} {list(tensor.shape)} does not fit {pair.target}: {error}"
                )
    if faults:
        raise CheckpointError("The file does not fit this network: " + "; ".join(faults) + ".")
    return unflatten(filled)


def dump(pairs: Iterable[Pair], variables: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The tensors of a file from the variables of a network: `load` backwards.

    Raises:
      CheckpointError: the map and the variables do not have the same leaves.
    """
    pairs, leaves = list(pairs), flatten(variables)
    if odd := leaves.keys() ^ {pair.target for pair in pairs}:
        raise CheckpointError(f"The map and the network differ in the leaves {', '.join(sorted(odd))}.")
    return {pair.source: pair.op.undo(np.asarray(leaves[pair.target])) for pair in pairs}


def _exactly(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if x.shape != tuple(shape):
        raise ValueError(f"the shape is {list(x.shape)} where {list(shape)} is expected")
    return x
