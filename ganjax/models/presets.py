"""The recipes of all systems by name."""

import importlib.util
from typing import Any

from ganjax.core.errors import UsageError, unknown
from ganjax.models import index


def trained() -> list[str]:
    """The systems that have recipes."""
    return [name for name, package in index.SYSTEMS.items() if importlib.util.find_spec(f"{package}.recipe")]


def recipes(system: str) -> Any:
    """The module `recipe` of `system`.

    Raises:
      UsageError: no such system, or it has no recipes; with the nearest name.
    """
    if system not in (known := trained()):
        raise UsageError(unknown("system to train", system, known))
    return index.system(system, "recipe")


def preset(system: str, name: str) -> Any:
    """The recipe that `system` calls `name`.

    Raises:
      UsageError: there is no such system or none of this name, with the nearest.
    """
    known = recipes(system).PRESETS
    if name not in known:
        raise UsageError(unknown(f"preset of {system}", name, known))
    return known[name]
