"""From a name or a file to a model, and from a model to a file."""

import dataclasses
import logging
import os
import pathlib
import typing
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from ganjax import published
from ganjax.convert.bundle import Bundle, Part, write_bundle
from ganjax.core.configs import to_dict
from ganjax.core.errors import CheckpointError, UsageError, unknown
from ganjax.core.parts import PartName
from ganjax.core.types import Model
from ganjax.models.index import SYSTEMS, system
from ganjax.outline import check_fit, outline
from ganjax.text import kinds
from ganjax.train.run_folder import MODEL
from ganjax.weights.fetch import cached_path, fetch
from ganjax.weights.huggingface import PREFIX, fetch_from_hub
from ganjax.weights.release import Release

PARTS: tuple[str, ...] = typing.get_args(PartName)
BUNDLED = pathlib.Path(__file__).parent / "weights" / "bundled"

_log = logging.getLogger(__name__)
_licences_told: set[str] = set()


def load(name_or_path: str | os.PathLike[str], *, part: str = "generator", dtype: str | None = None) -> Model:
    """A model by its published name, or from a file: a ganjax bundle, a run folder, a published .pth or .pkl.

    Published weights are downloaded once, verified, and kept in the cache folder. Those under a
    non-commercial licence say so once in a process, as a warning of the logger "ganjax.hub".

    Args:
      name_or_path: a name of `list_models`; `hf:owner/name` or `hf:owner/name/file` for a repository on the
        Hugging Face Hub; or a path. A file or folder called like a published name is reached with "./"
        before it.
      part: "generator" (averaged weights), "generator_raw", "discriminator"; "features" of a network that
        others look through (VGG, AlexNet); "text", "image" or "vision" of a pair of encoders (DAMSM, CLIP).
      dtype: type of the products, "float32" or "bfloat16"; None for what the file says.

    Raises:
      UsageError: an unknown name, part or dtype, with the nearest known one.
      CheckpointError: no such file, one that cannot be fetched, or one that cannot be used, with what to do.
    """
    if part not in PARTS:
        raise UsageError(unknown("part", part, PARTS))
    if dtype not in (None, "float32", "bfloat16"):
        raise UsageError(unknown("dtype", str(dtype), ("float32", "bfloat16")))
    name = os.fspath(name_or_path)
    path = find(name)
    bundle = identified(published.read(path, part), name, path)
    model = outline(bundle, part, name=bundle.name or name, dtype=dtype)
    variables = bundle.parts[part].variables
    check_fit(path, variables, model.variables)
    beside = path.parent / pathlib.Path(model.text).name
    if model.text == beside.name and beside.is_file():  # a text encoder that learned together with it
        model = dataclasses.replace(model, text=str(beside))
    return dataclasses.replace(model, variables=jax.tree.map(_on_device, variables))


def _on_device(leaf: np.ndarray) -> jax.Array:
    """A copy: `leaf` may be a view of the file, which may change or go while the model lives.

    Waited for, so that one leaf at a time is in memory twice.
    """
    return jax.device_put(np.array(leaf, order="C")).block_until_ready()


def save(model: Model | Sequence[Model], path: str | os.PathLike[str]) -> None:
    """Writes a model, or several parts of one, to a .safetensors file; `load` gives them back bit for bit.

    The file is whole or not there at all.

    Raises:
      UsageError: another suffix, a part given twice, or parts that do not belong together.
    """
    models = [model] if isinstance(model, Model) else list(model)
    if pathlib.Path(path).suffix != ".safetensors":
        raise UsageError(f"A model is saved as .safetensors, not as {path}.")
    shared = {(each.system, each.stage, float(each.alpha)) for each in models}
    parts = {
        each.part: Part(to_dict(each.net.config), jax.tree.map(np.asarray, each.variables)) for each in models
    }
    if len(shared) != 1 or len(parts) != len(models):
        called = ", ".join(f"{each.system} {each.part} at stage {each.stage}" for each in models) or "none"
        raise UsageError(f"One file holds different parts of one system at one stage; got {called}.")
    first = models[0]
    name = first.name if first.name in _releases() else ""
    info: dict[str, Any] = {}
    for each in models:
        info |= {"text": each.text, "text_fingerprint": each.text_fingerprint} if each.text else {}
        info |= {"tokenizer": kinds.to_json(each.tokenizer)} if each.tokenizer is not None else {}
    write_bundle(path, Bundle(first.system, parts, first.stage, float(first.alpha), name, info))


def list_models(*, task: str | None = None) -> tuple[Release, ...]:
    """The published models that `load` knows by name, sorted by name; with `task` only those for it.

    Raises:
      UsageError: no system does `task`.
    """
    cards = [system(name, "card") for name in SYSTEMS]
    tasks = {each for card in cards for each in card.SYSTEM.tasks}
    if task is not None and task not in tasks:
        raise UsageError(unknown("task", task, tasks))
    releases = [release for card in cards for release in card.RELEASES if task in (None, release.task)]
    return tuple(sorted(releases, key=lambda release: release.name))


def origin(release: Release) -> str:
    """Where the file of `release` comes from: "bundled", "cached", "download" or "by hand"."""
    if release.url is None:
        return "bundled"
    if cached_path(release).is_file():
        return "cached"
    return "by hand" if release.by_hand else "download"


def training_info(name_or_path: str) -> dict[str, Any]:
    """What a ganjax file or run folder keeps of its training; empty for files that others published.

    Raises:
      UsageError, CheckpointError: as `load` does.
    """
    return dict(published.read(find(name_or_path), "generator").info)


def outlines(name_or_path: str, *, part: str | None = None) -> list[Model]:
    """The networks of a model, or of a published shape SYSTEM/CONFIG, with shapes in place of variables.

    The shapes are `jax.ShapeDtypeStruct`. Without `part`: all that are there, of generators one.

    Raises:
      UsageError: an unknown name, or a published shape without `part`.
      CheckpointError: the file cannot be used, or does not hold `part`.
    """
    wanted = [each for each in PARTS if each != "generator_raw"] if part is None else [part]
    prefix, _, config = name_or_path.partition("/")
    if prefix in SYSTEMS and config:
        bundle = _published_shape(prefix, config)
        if part is not None and part not in bundle.parts:
            raise UsageError(unknown(f"part of {prefix}", part, bundle.parts))
        return [outline(bundle, each, name=name_or_path) for each in wanted if each in bundle.parts]
    path, found, refusals = find(name_or_path), [], []
    for each in wanted:
        try:
            found.append(outline(published.read(path, each), each, name=name_or_path))
        except CheckpointError as error:
            refusals.append(error)
    if not found:
        raise refusals[0]
    return found


def _published_shape(name: str, config: str) -> Bundle:
    """A bundle without weights."""
    configs = system(name).CONFIGS
    if config not in configs:
        raise UsageError(unknown(f"configuration of {name}", config, configs))
    classes = {part: config_class for part, (config_class, _) in system(name).PARTS.items()}
    parts = {
        part: Part(to_dict(each), {})
        for part, config_class in classes.items()
        for each in configs[config]
        if isinstance(each, config_class)
    }
    if "generator" in parts:
        parts["generator_raw"] = parts["generator"]
    return Bundle(name, parts)


def _releases() -> dict[str, Release]:
    return {release.name: release for release in list_models()}


def identified(bundle: Bundle, name: str, path: pathlib.Path) -> Bundle:
    """`bundle` of the file at `path` under its published name, or none; tells its licence as `load` does.

    Weights are known by the `name` that was asked for, by that of their file, or by what a file of ganjax
    says itself, so that a converted one stays known.
    """
    releases = _releases()
    by_file = (each for each in releases.values() if each.file == path.name)
    release = releases.get(name) or next(by_file, None) or releases.get(bundle.name)
    if release is None:
        return dataclasses.replace(bundle, name="")
    if not release.commercial and release.name not in _licences_told:
        _licences_told.add(release.name)
        whose = f"{release.licence} of {release.publisher}"
        _log.warning("%s is under the licence %s: not for commercial use.", release.name, whose)
    return dataclasses.replace(bundle, name=release.name)


def find(name_or_path: str) -> pathlib.Path:
    """The file behind a published name, `hf:owner/name` or a path, fetched where it is not on this machine.

    Raises:
      UsageError: an unknown name, with the nearest known one.
      CheckpointError: no such file, or one that cannot be fetched.
    """
    if release := _releases().get(name_or_path):
        if release.url is not None:
            return fetch(release)
        path = BUNDLED / f"{name_or_path}.safetensors"
        if not path.is_file():
            raise CheckpointError(f"{path} is missing, which is part of the package: install ganjax again.")
        return path
    if name_or_path.startswith(PREFIX):
        return fetch_from_hub(name_or_path)
    path = pathlib.Path(name_or_path).expanduser()
    if path.is_dir():
        if not (path / MODEL).is_file():
            raise CheckpointError(f"{path} has no {MODEL}, which a run writes at its first checkpoint.")
        return path / MODEL
    if path.is_file():
        return path
    if path.suffix or len(path.parts) > 1:
        raise CheckpointError(f"There is no file or folder {path}.")
    raise UsageError(
        unknown("model", name_or_path, _releases()) + " A file or run folder is given by its path."
    )
