"""The files that others published: which networks they hold, reading them, and writing their form again.

The container is read, the wrappers are peeled, and each group of tensors is shown to the systems of the
index. The first one that knows the names reads the config off the shapes and fills the network by its map.
"""

import contextlib
import dataclasses
import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
import safetensors.numpy

from ganjax.convert import pairs as engine
from ganjax.convert.bundle import Bundle, Part, read_bundle
from ganjax.convert.container import Container, read_container
from ganjax.convert.families import family
from ganjax.convert.settings import settings_beside
from ganjax.convert.unpickle import Record, brief
from ganjax.convert.wrappers import Kind, Peeled, entries, left_aside, peel
from ganjax.core.configs import from_dict, to_dict
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.files import write_bytes
from ganjax.models.index import SYSTEMS, system
from ganjax.outline import check_fit, outline

# The texts beside the tensors of a safetensors file: of a bundle, and of a network in the form of its code.
_BUNDLE, _NETWORK = "ganjax", "ganjax_network"


@dataclasses.dataclass(frozen=True)
class Found:
    """One network of a file, as far as ganjax understands it.

    Attributes:
      place: where it lies in the file, e.g. "avgG"; "" where it is the whole file.
      system: name of its system, None if no system knows it.
      part: "generator" (averaged), "generator_raw" or "discriminator", None if no system knows it.
      config: its config as plain JSON values, None if it cannot be inferred.
      stage: how far it had grown, None for its full size.
      alpha: weight of its newest block in [0, 1].
      ignored: tensors that are left out, each with the reason.
      fault: why it cannot be loaded, None if it can.
    """

    place: str
    system: str | None = None
    part: str | None = None
    config: Mapping[str, Any] | None = None
    stage: int | None = None
    alpha: float = 1.0
    ignored: Mapping[str, str] = dataclasses.field(default_factory=dict)
    fault: str | None = None


@dataclasses.dataclass(frozen=True)
class Report:
    """What a file holds.

    Attributes:
      path: the file.
      container: how it was written, e.g. "torch zip".
      tensors: shape and dtype of every array in it, by its path in the file.
      others: what else it holds, by path.
      networks: the networks in it.
      ignored: what belongs to no network, by path, with the reason.
      fault: why `ganjax.load` cannot use it, None if it can use a part of it.
    """

    path: str
    container: str
    tensors: Mapping[str, tuple[tuple[int, ...], str]]
    others: Mapping[str, str]
    networks: Sequence[Found]
    ignored: Mapping[str, str]
    fault: str | None


@dataclasses.dataclass(frozen=True)
class _Known:
    """A network whose names a system knows."""

    system: str
    kind: Kind
    peeled: Peeled

    @property
    def part(self) -> str:
        return "generator_raw" if self.kind == "generator" and self.peeled.averaged is False else self.kind


def read(path: str | os.PathLike[str], part: str | None) -> Bundle:
    """The network `part` of a published file, or with None all that it has; our own bundles are read too.

    "generator" is the averaged generator, or the only one that the file has. Where only the layout changes,
    the variables are views of the file, which must stay as it is while they are in use.

    Raises:
      CheckpointError: the file cannot be read, is of no system that ganjax has, does not hold `part`, or does
        not fit. The message says what the file looks like instead.
    """
    container = read_container(path)
    if _BUNDLE in container.metadata:
        return read_bundle(path, part=part)
    parts: dict[str, Part] = {}
    growth: dict[str, tuple[int | None, float]] = {}
    try:
        known = _known(container)
        for name, each in ({part: _choose(known, part)} if part else _all_parts(known)).items():
            config, stage, alpha = _understood(each, container, path)
            growth[name] = stage, alpha
            parts[name] = Part(to_dict(config), _variables(each, config))
        if len(set(growth.values())) > 1:
            raise CheckpointError(f"its networks have not grown equally far, {growth}: take one part of it.")
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return Bundle(known[0].system, parts, stage, alpha, _name(container))


def examine(path: str | os.PathLike[str]) -> Report:
    """What the file at `path` holds, and what ganjax makes of it.

    Raises:
      CheckpointError: the file cannot be read at all.
    """
    container = read_container(path)
    held = entries(container.content)
    if _BUNDLE in container.metadata:
        networks, fault, ignored = _bundled(path, read_bundle(path)), None, {}
    else:
        networks = [_found(each, container, path) for each in peel(container.content)]
        fault, ignored = _refusal(container), left_aside(container.content)
    if all(each.fault for each in networks):
        fault = fault or (networks[0].fault if networks else "it holds no networks.")
    return Report(
        os.fspath(path),
        container.kind,
        {name: (each.shape, str(each.dtype)) for name, each in held.items() if isinstance(each, np.ndarray)},
        {name: _told(each) for name, each in held.items() if not isinstance(each, np.ndarray)},
        networks,
        ignored,
        fault,
    )


def write_reference(path: str | os.PathLike[str], bundle: Bundle, part: str) -> None:
    """Writes `part` of `bundle` as a safetensors file in the names of the code that it follows, atomically.

    What names and shapes do not tell goes into a text beside the tensors, which `read` heeds.

    Raises:
      UsageError: the network follows no published code, so its tensors have no names.
    """
    kind, held = part.removesuffix("_raw"), bundle.parts[part]
    config = from_dict(system(bundle.system).PARTS[kind][0], held.config)
    state = engine.dump(system(bundle.system, "convert").pairs(kind, config), held.variables)
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in state.items()}
    told = {"config": held.config, "stage": bundle.stage, "alpha": bundle.alpha, "name": bundle.name}
    write_bytes(path, safetensors.numpy.save(tensors, {_NETWORK: json.dumps(told)}))


def _known(container: Container) -> list[_Known]:
    """The networks of a file that some system knows.

    Raises:
      CheckpointError: there are none, or the file is of a system that ganjax does not have.
    """
    known = []
    for peeled in peel(container.content):
        if (each := _recognised(peeled)) is not None:
            known.append(each)
        elif family(peeled.state):
            raise CheckpointError(_unknown(peeled))
    if not known:
        raise CheckpointError(_nothing(container))
    return known


def _recognised(peeled: Peeled) -> _Known | None:
    """The network as the first system that knows its names sees it.

    Raises:
      CheckpointError: they are not the names of the part that its place in the file says.
    """
    for name in SYSTEMS:
        kind = system(name, "convert").recognise(peeled.state)
        if kind is not None:
            if peeled.kind not in (None, kind):
                raise CheckpointError(f"its {peeled.place} has the tensors of a {name} {kind}.")
            return _Known(name, kind, peeled)
    return None


def _unknown(peeled: Peeled) -> str:
    """What tensors of which no system knows the names look like."""
    if what := family(peeled.state):
        return f"this is {what}, which ganjax does not have."
    names = list(peeled.state)
    some = ", ".join(map(brief, names[:3])) + (", ..." if len(names) > 3 else "")
    return f"ganjax has no system whose tensors are called {some}."


def _nothing(container: Container) -> str:
    """Why a file without any network that is known is of no use."""
    if peeled := peel(container.content):
        return _unknown(peeled[0])
    if isinstance(container.content, Record):
        return f"it is an object of {container.content.name}, pickled whole: save its state_dict() instead."
    return "it holds no tensors."


def _refusal(container: Container) -> str | None:
    try:
        _known(container)
    except CheckpointError as error:
        return str(error)
    return None


def _choose(known: Sequence[_Known], part: str) -> _Known:
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


def _all_parts(known: Sequence[_Known]) -> dict[str, _Known]:
    """Every network by its part; a lone generator is "generator", averaged or not."""
    parts = {each.part for each in known}
    if "generator_raw" in parts and "generator" not in parts:
        parts = parts - {"generator_raw"} | {"generator"}
    return {part: _choose(known, part) for part in sorted(parts)}


def _understood(
    known: _Known, container: Container, path: str | os.PathLike[str]
) -> tuple[Any, int | None, float]:
    """The config of a network, its stage and its alpha: as a file of ours tells them, else from the tensors.

    Raises:
      CheckpointError: what the tensors or the settings say makes no sense.
    """
    convert, state, settings = system(known.system, "convert"), known.peeled.state, known.peeled.settings
    with _coherent(known):
        if _NETWORK in container.metadata:
            told = json.loads(container.metadata[_NETWORK])
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


def _name(container: Container) -> str:
    """The published name of a network in the form of its code, as a file of ours tells it."""
    told = json.loads(container.metadata.get(_NETWORK, "{}"))
    return str(told.get("name", ""))


def _variables(known: _Known, config: Any) -> dict[str, Any]:
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


@contextlib.contextmanager
def _coherent(known: _Known) -> Iterator[None]:
    """Whatever fails inside is a fault of the file, whose tensors and settings can be anything."""
    what = f"its {known.peeled.place or 'network'} has the names of a {known.system} {known.kind}, but"
    try:
        yield
    except KeyError as error:
        raise CheckpointError(f"{what} {error} is missing.") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, UsageError, ValueError) as error:
        raise CheckpointError(f"{what} contradicts itself: {error}.") from error


def _found(peeled: Peeled, container: Container, path: str | os.PathLike[str]) -> Found:
    """What ganjax makes of one group of tensors of a published file."""
    found = Found(peeled.place, fault=_unknown(peeled))
    try:
        if (known := _recognised(peeled)) is None:
            return found
        found = Found(peeled.place, known.system, known.part)
        config, stage, alpha = _understood(known, container, path)
        found = dataclasses.replace(found, config=to_dict(config), stage=stage, alpha=alpha)
        convert = system(known.system, "convert")
        with _coherent(known):
            pairs = list(convert.pairs(known.kind, config))
        left = engine.left_out(pairs, peeled.state, convert.IGNORE)
        found = dataclasses.replace(found, ignored={name: why for name, why in left.items() if why})
        _variables(known, config)
    except CheckpointError as error:
        return dataclasses.replace(found, fault=str(error))
    return found


def _told(value: Any) -> str:
    """What is no tensor, on one line; settings come with their values."""
    if not isinstance(value, Record):
        return brief(value)
    fields = (f"{brief(name)}: {brief(field)}" for name, field in itertools.islice(value.fields.items(), 50))
    return f"{value.name} {{{', '.join(fields)}}}"


def _bundled(path: str | os.PathLike[str], bundle: Bundle) -> list[Found]:
    """The networks of a file of our own."""
    networks = []
    for name, part in bundle.parts.items():
        fault = None
        try:
            check_fit(path, part.variables, outline(bundle, name, name=os.fspath(path)).variables)
        except CheckpointError as error:
            fault = str(error)
        networks.append(
            Found(name, bundle.system, name, part.config, bundle.stage, bundle.alpha, fault=fault)
        )
    return networks
