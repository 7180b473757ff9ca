"""Which networks a published file holds, out of all that they are wrapped in.

Every code wraps its tensors in its own way: entries of a dict ("avgG", "params_ema", "state_dict"), heads of
names ("module.", "generator_ema."), or both at once. They are peeled here and nowhere else, so a system sees
the names that its code gave to the tensors of one network.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np

from ganjax.convert.tf_pickle import Network
from ganjax.convert.unpickle import Record
from ganjax.core.errors import CheckpointError

Kind = Literal["generator", "discriminator", "features", "text", "image", "vision"]

# What an entry, or the beginning of a name, says of a network: its kind, and whether its weights are averaged
# (None where it does not say). Only these beginnings of names are peeled.
_LABELS: dict[str, tuple[Kind | None, bool | None]] = {
    "Gs": ("generator", True),  # tkarras/progressive_growing_of_gans
    "G": ("generator", False),
    "D": ("discriminator", None),
    "avgG": ("generator", True),  # facebookresearch/pytorch_GAN_zoo
    "netG": ("generator", False),
    "netD": ("discriminator", None),
    "generator_ema": ("generator", True),  # open-mmlab/mmgeneration
    "generator": ("generator", False),
    "discriminator": ("discriminator", None),
    "params_ema": (None, True),  # XPixelGroup/BasicSR
    "params": (None, False),
    "module": (None, None),  # torch.nn.DataParallel
}

# Networks of a file that are halves of one: the one is put to the other.
_HALVES = {"netC": "netD"}  # tobran/DF-GAN: what judges, and what sees

# CLIP's files hold two networks side by side: what the names of their tensors begin with, which they keep.
_SIDE_BY_SIDE: dict[str, Kind] = {
    "text_model": "text",
    "text_projection": "text",
    "vision_model": "vision",
    "visual_projection": "vision",
}

# Weight files have names of some sixty letters and at most three heads; what is far beyond is no weight file.
_LONGEST_NAME = 1024
_MOST_HEADS = 8

Place = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Peeled:
    """One network of a published file.

    Attributes:
      place: where it lies, e.g. "avgG", "state_dict/generator_ema", "Gs"; "" where it is the whole file.
      state: its tensors by the names that its code gave them.
      settings: what the file says beside the tensors, by the names of that code.
      kind: "generator", "discriminator" or another part of a system, or None where the file does not say.
      averaged: whether the weights are averaged ones, None where the file does not say.
    """

    place: str
    state: Mapping[str, np.ndarray]
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    kind: Kind | None = None
    averaged: bool | None = None


class _Settings(dict[str, Any]):
    """Settings of a network among its tensors; not walked into."""


def entries(content: Any) -> dict[str, Any]:
    """All that the content of a file holds, by path with "/" between the names: arrays, numbers, records.

    `content` is that of a `ganjax.convert.container.Container`.

    Raises:
      CheckpointError: a name is far longer than those of weight files.
    """
    return {"/".join(path): value for path, value in _walk(_named(content))}


def left_aside(content: Any) -> dict[str, str]:
    """What `peel` leaves aside, by the path in the file of the whole of it, with the reason.

    Raises:
      CheckpointError: a name is far longer than those of weight files.
    """
    places = (_optimiser(path) for path, _ in _walk(_named(content)))
    return {
        "/".join(place): "the state of an optimiser, which only training needs" for place in places if place
    }


def peel(content: Any) -> tuple[Peeled, ...]:
    """The networks in the content of a file, in its order; `left_aside` says what is none of them.

    A group of tensors that is no network to any system comes too: that is for the caller to find out.

    Raises:
      CheckpointError: a name is far longer than those of weight files.
    """
    groups: dict[Place, dict[str, np.ndarray]] = {}
    told: dict[Place, dict[str, Any]] = {}
    for path, value in _walk(_named(content)):
        if _optimiser(path):
            continue
        *folders, name = path
        for _ in range(_MOST_HEADS):
            head, _, tail = name.partition(".")
            if not tail or head not in _LABELS:
                break
            folders, name = [*folders, head], tail
        if side := _SIDE_BY_SIDE.get(name.partition(".")[0]):
            folders.append(side)
        if isinstance(value, np.ndarray):
            place = tuple(_HALVES.get(folder, folder) for folder in folders)
            groups.setdefault(place, {})[name] = value
        elif name == "config" and isinstance(value, Record | _Settings):
            told[tuple(folders)] = dict(value.fields if isinstance(value, Record) else value)
    around = {place[:depth] for place in groups for depth in range(len(place))}
    for place, state in groups.items():
        if place in around:  # numbers beside networks tell of the networks
            numbers = {name: state.pop(name).item() for name in list(state) if not state[name].ndim}
            told[place] = {**told.get(place, {}), **numbers}
    return tuple(_peeled(place, state, told) for place, state in groups.items() if state)


def _peeled(place: Place, state: Mapping[str, np.ndarray], told: Mapping[Place, Mapping[str, Any]]) -> Peeled:
    kind: Kind | None = None
    averaged: bool | None = None
    settings: dict[str, Any] = {}
    for folder in place:
        here = _LABELS.get(folder, (None, None))
        kind = here[0] or kind
        averaged = averaged if here[1] is None else here[1]
    for depth in range(len(place) + 1):
        settings.update(told.get(place[:depth], {}))
    return Peeled("/".join(place), state, settings, kind, averaged)


def _optimiser(path: Place) -> Place:
    """The folder of `path` that holds the state of an optimiser; empty where there is none."""
    depth = next((i for i, folder in enumerate(path[:-1], 1) if folder.startswith("optim")), 0)
    return path[:depth]


def _named(content: Any) -> Any:
    """A tuple of pickled networks as a dict by what they are: some are called after their functions only."""
    if not (isinstance(content, tuple) and all(isinstance(each, Network) for each in content)):
        return content
    generators = [each for each in content if not each.build.startswith("D")]
    named = {}
    for each in content:
        # Of several generators the last is the averaged one.
        averaged = each is generators[-1] if len(generators) > 1 else each.name == "Gs"
        role = "D" if each.build.startswith("D") else "Gs" if averaged else "G"
        named[role] = {"config": _Settings(each.settings), **each.variables}
    return named


def _walk(content: Any, path: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every entry that is no dict or list itself, with its path."""
    if isinstance(content, Mapping) and not isinstance(content, _Settings):
        for key, value in content.items():
            name = str(key)
            if len(name) > _LONGEST_NAME:
                raise CheckpointError(f"it has a name of {len(name):,} letters; it may be an attack")
            yield from _walk(value, (*path, name))
    elif isinstance(content, list | tuple):
        for i, value in enumerate(content):
            yield from _walk(value, (*path, str(i)))
    else:
        yield path or ("",), content
