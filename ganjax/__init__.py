"""ganjax: generative adversarial networks in JAX and Flax, through one functional API.

The public names are imported lazily, so that `import ganjax` is quick and starts no device.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ganjax.api import (
        discriminate,
        generate,
        list_models,
        load,
        sample_latents,
        save,
        summary,
        synthesize,
    )
    from ganjax.core.errors import CheckpointError, DataError, GanjaxError, TrainingError, UsageError
    from ganjax.core.types import ImageSpec, Model
    from ganjax.imagine import encode_text, text_to_image
    from ganjax.restore import enhance, interpolate, upscale

_HOME = {
    "CheckpointError": "ganjax.core.errors",
    "DataError": "ganjax.core.errors",
    "GanjaxError": "ganjax.core.errors",
    "ImageSpec": "ganjax.core.types",
    "Model": "ganjax.core.types",
    "TrainingError": "ganjax.core.errors",
    "UsageError": "ganjax.core.errors",
    "discriminate": "ganjax.api",
    "encode_text": "ganjax.imagine",
    "enhance": "ganjax.restore",
    "generate": "ganjax.api",
    "interpolate": "ganjax.restore",
    "list_models": "ganjax.api",
    "load": "ganjax.api",
    "sample_latents": "ganjax.api",
    "save": "ganjax.api",
    "summary": "ganjax.api",
    "synthesize": "ganjax.api",
    "text_to_image": "ganjax.imagine",
    "upscale": "ganjax.restore",
}

__all__ = [
    "CheckpointError",
    "DataError",
    "GanjaxError",
    "ImageSpec",
    "Model",
    "TrainingError",
    "UsageError",
    "discriminate",
    "encode_text",
    "enhance",
    "generate",
    "interpolate",
    "list_models",
    "load",
    "sample_latents",
    "save",
    "summary",
    "synthesize",
    "text_to_image",
    "upscale",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'ganjax' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
