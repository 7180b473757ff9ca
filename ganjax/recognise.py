"""Networks in the files that others published: which they are, and filling ours with their tensors.

Each group of tensors of a file is shown to the systems of the index. The first one that knows the names reads
the config off the shapes and fills the network by its map.
"""

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

import jax

from ganjax.convert import pairs as engine
from ganjax.convert.container import Container
from ganjax.convert.families import family
from ganjax.convert.settings import settings_beside
from ganjax.convert.unpickle import Record, brief
from ganjax.convert.wrappers import Kind, Peeled, peel
from ganjax.core.configs import from_dict
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.models.index import SYSTEMS, system

NETWORK = "ganjax_network"
"""Key of the text beside the tensors of a safetensors file that holds a network in the form of its code."""


@dataclasses.dataclass(frozen=True)
class Known:
    """A network whose names a system knows.

    Attributes:
      system: name of the system.
      kind: what the network is in it.
      peeled: its tensors, and what its place in the file says of it.
    """

    system: str
    kind: Kind
    peeled: Peeled

    @property
    def part(self) -> str:
        """What it is, as `ganjax.load` calls it."""
        return "generator_raw" if self.kind == "generator" and self.peeled.averaged is False else self.kind


def known_networks(container: Container) -> list[Known]:
    """The networks of a file that some system knows.

    Raises:
      CheckpointError: there are none, or the file is of a system that ganjax does not have.
    """
    known = []
    for peeled in peel(container.content):
        if (each := recognised(peeled)) is not None:
            known.append(each)
        elif family(peeled.state):
            raise CheckpointError(likeness(peeled))
    if not known:
        raise CheckpointError(_nothing(container))
    return known


def recognised(peeled: Peeled) -> Known | None:
    """The network as the first system that knows its names sees it.

    Raises:
      CheckpointError: they are not the names of the part that its place in the file says.
    """
    for name in SYSTEMS:
        kind = system(name, "convert").recognise(peeled.state)
        if kind is not None:
            if peeled.kind not in (None, kind):
                raise CheckpointError(f"its {peeled.place} has the tensors of a {name} {kind}.")
            return Known(name, kind, peeled)
    return None


def by_part(known: Sequence[Known], part: str | None) -> dict[str, Known]:
    """The network that is `part`, or with None every one by its part.

    Raises:
      CheckpointError: there is none, or several may be it.
    """
    return {part: _choose(known, part)} if part else _all_parts(known)


def understood(
    known: Known, container: Container, path: str | os.PathLike[str]
) -> tuple[Any, int | None, float]:
    """The config of a network, its stage and its alpha: as a file of ours tells them, else from the tensors.

    Raises:
      CheckpointError: what the tensors or the settings say makes no sense.
    """
    convert, state, settings = system(known.system, "convert"), known.peeled.state, known.peeled.settings
    with _coherent(known):
        if NETWORK in container.metadata:
            told = json.loads(container.metadata[NETWORK])
            config = from_dict(system(known.system).PARTS[known.kind][0], told["config"])
            stage, alpha = told["stage"], told["alpha"]
        else:
            if hasattr(convert, "SETTINGS_FILE"):
                settings = {**settings_beside(path, convert.SETTINGS_FILE), **settings}
            config, stage, alpha = convert.infer(state, known.kind, settings), None, 1.0
            if hasattr(convert, "progress"):  # it grows
                stage, alpha = convert.progress(config, state, settings)
        if not (stage is None or (type(stage) is int and stage >= 0)):
            raise ValueError(f"the stage that it has grown to is {stage}")
        if not 0 <= alpha <= 1:
            raise ValueError(f"the weight of its newest block is {alpha}")
    return config, stage, alpha


def variables(known: Known, config: Any) -> dict[str, Any]:
    """The variables of a network of `config`.

    Raises:
      CheckpointError: the tensors do not fit the network.
    """
    net, convert = system(known.system), system(known.system, "convert")
    with _coherent(known):
        module, inputs = net.PARTS[known.kind][1](config), net.example_inputs(known.kind, config, 1)
        shapes = jax.eval_shape(lambda *x: module.init(jax.random.key(0), *x), *inputs)
        pairs = list(convert.pairs(known.kind, config))
    return engine.load(pairs, known.peeled.state, shapes, ignore=convert.IGNORE)


def left_out(known: Known, config: Any) -> dict[str, str]:
    """The tensors that a network of `config` does without, each with the reason.

    Raises:
      CheckpointError: the settings make no network.
    """
    convert = system(known.system, "convert")
    with _coherent(known):
        pairs = list(convert.pairs(known.kind, config))
    left = engine.left_out(pairs, known.peeled.state, convert.IGNORE)
    return {name: why for name, why in left.items() if why}


def likeness(peeled: Peeled) -> str:
    """What tensors of which no system knows the names look like."""
    if what := family(peeled.state):
        return f"this is {what}, which ganjax does not have."
    names = list(peeled.state)
    some = ", ".join(map(brief, names[:3])) + (", ..." if len(names) > 3 else "")
    return f"ganjax has no system whose tensors are called {some}."


@contextlib.contextmanager
def _coherent(known: Known) -> Iterator[None]:
    """Whatever fails inside is a fault of the file, whose tensors and settings can be anything."""
    what = f"its {known.peeled.place or 'network'} has the names of a {known.system} {known.kind}, but"
    try:
        yield
    except KeyError as error:
        raise CheckpointError(f"{what} {error} is missing.") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, UsageError, ValueError) as error:
        raise CheckpointError(f"{what} contradicts itself: {error}.") from error


def _nothing(container: Container) -> str:
    """Why a file without any network that is known is of no use."""
    if peeled := peel(container.content):
        return likeness(peeled[0])
    if isinstance(container.content, Record):
        return f"it is an object of {container.content.name}, pickled whole: save its state_dict() instead."
    return "it holds no tensors."


def _choose(known: Sequence[Known], part: str) -> Known:
    """The network that is `part`: of generators, the averaged one or the other, whichever is asked for."""
    kind = part.removesuffix("_raw")
    order = {"generator": (True, None, False), "generator_raw": (False, None)}.get(part, (None, False, True))
    for averaged in order:
        found = [each for each in known if each.kind == kind and each.peeled.averaged is averaged]
        if len(found) > 1:
            places = ", ".join(each.peeled.place for each in found)
            raise CheckpointError(f"it holds several networks that may be its {part}: {places}.")
        if found:
            return found[0]
    others = sorted({each.part for each in known})
    if len(others) == 1:
        what = others[0].replace("_", " ")
        raise CheckpointError(f"this is a {what} file, without {part}: load it with part={others[0]!r}.")
    raise CheckpointError(f"it holds no {part}; it holds {', '.join(others)}.")


def _all_parts(known: Sequence[Known]) -> dict[str, Known]:
    """Every network by its part; a lone generator is "generator", averaged or not."""
    parts = {each.part for each in known}
    if "generator_raw" in parts and "generator" not in parts:
        parts = parts - {"generator_raw"} | {"generator"}
    return {part: _choose(known, part) for part in sorted(parts)}
