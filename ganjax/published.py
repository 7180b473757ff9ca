"""The files that others published: reading them, telling what they hold, and writing their form again.

The container is read, the wrappers are peeled, and each group of tensors becomes a network by way of
`ganjax.recognise`.
"""

import dataclasses
import itertools
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import safetensors.numpy

from ganjax.convert import pairs as engine
from ganjax.convert.bundle import Bundle, Part, read_bundle
from ganjax.convert.container import Container, read_container
from ganjax.convert.unpickle import Record, brief
from ganjax.convert.wrappers import Peeled, entries, left_aside, peel
from ganjax.core.configs import from_dict, to_dict
from ganjax.core.errors import CheckpointError
from ganjax.core.files import write_bytes
from ganjax.models.index import system
from ganjax.outline import check_fit, outline
from ganjax.recognise import (
    NETWORK,
    by_part,
    known_networks,
    left_out,
    likeness,
    recognised,
    understood,
    variables,
)

_BUNDLE = "ganjax"  # key of the text beside the tensors of a bundle of our own


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
        known = known_networks(container)
        for name, each in by_part(known, part).items():
            config, stage, alpha = understood(each, container, path)
            growth[name] = stage, alpha
            parts[name] = Part(to_dict(config), variables(each, config))
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
    write_bytes(path, safetensors.numpy.save(tensors, {NETWORK: json.dumps(told)}))


def _refusal(container: Container) -> str | None:
    try:
        known_networks(container)
    except CheckpointError as error:
        return str(error)
    return None


def _name(container: Container) -> str:
    """The published name of a network in the form of its code, as a file of ours tells it."""
    told = json.loads(container.metadata.get(NETWORK, "{}"))
    return str(told.get("name", ""))


def _found(peeled: Peeled, container: Container, path: str | os.PathLike[str]) -> Found:
    """What ganjax makes of one group of tensors of a published file."""
    found = Found(peeled.place, fault=likeness(peeled))
    try:
        if (known := recognised(peeled)) is None:
            return found
        found = Found(peeled.place, known.system, known.part)
        config, stage, alpha = understood(known, container, path)
        found = dataclasses.replace(found, config=to_dict(config), stage=stage, alpha=alpha)
        found = dataclasses.replace(found, ignored=left_out(known, config))
        variables(known, config)
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
