"""The systems that ganjax knows: a new one adds its line to `SYSTEMS`, in the order of the alphabet."""

import importlib
from types import ModuleType

from ganjax.core.errors import UsageError, unknown

SYSTEMS = {
    "clip": "ganjax.models.clip",
    "damsm": "ganjax.models.damsm",
    "dfgan": "ganjax.models.dfgan",
    "enlightengan": "ganjax.models.enlightengan",
    "esrgan": "ganjax.models.esrgan",
    "msrresnet": "ganjax.models.msrresnet",
    "pgan": "ganjax.models.pgan",
    "srgan": "ganjax.models.srgan",
    "srvgg": "ganjax.models.srvgg",
    "vgg": "ganjax.models.vgg",
}


def system(name: str, file: str = "net") -> ModuleType:
    """The module `file` ("net", "convert", "card" or "recipe") of the system `name`, imported now.

    Raises:
      UsageError: no such system.
    """
    if name not in SYSTEMS:
        raise UsageError(unknown("system", name, SYSTEMS))
    return importlib.import_module(f"{SYSTEMS[name]}.{file}")
