"""What a bundle says of a network, held against its tensors: nothing is loaded."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import jax

from ganjax.convert.bundle import Bundle
from ganjax.core.configs import from_dict
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.trees import flatten
from ganjax.core.types import ImageSpec, Model, TextSpec
from ganjax.models.index import system
from ganjax.text import kinds


def outline(bundle: Bundle, part: str, *, name: str, dtype: str | None = None) -> Model:
    """The model of one part, with the shapes of its variables in their place.

    Raises:
      CheckpointError: its config makes no network of this version of ganjax, or its tokenizer is damaged.
    """
    try:
        module = system(bundle.system)
        config_class, net_class = module.PARTS[part.removesuffix("_raw")]
        config = from_dict(config_class, bundle.parts[part].config)
        if dtype is not None:
            config = dataclasses.replace(config, dtype=dtype)
        spec, stage = module.spec(config), bundle.stage
        if hasattr(config, "sides"):  # it grows
            sides = config.sides_up_to(stage)
            spec, stage = dataclasses.replace(spec, side=sides[-1]), len(sides) - 1
        net = net_class(config)
        inputs = module.example_inputs(part.removesuffix("_raw"), config, 1)
        shapes = jax.eval_shape(lambda *x: net.init(jax.random.key(0), *x), *inputs)
    # What is bad usage in a call is here the fault of the file, whose config can be anything.
    except (UsageError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{name} holds a network that this version of ganjax does not know: {error}"
        ) from error
    reads = _reads(bundle, spec, name)
    return Model(shapes, bundle.alpha, net, spec, bundle.system, part, stage, name, **reads)


def _reads(bundle: Bundle, spec: ImageSpec | TextSpec, name: str) -> dict[str, Any]:
    """What a bundle keeps of the texts that a network reads or listens to, as fields of `Model`."""
    if isinstance(spec, TextSpec):
        if (told := bundle.info.get("tokenizer")) is None:
            return {}
        try:
            return {"tokenizer": kinds.from_json(told)}
        except UsageError as error:
            raise CheckpointError(f"The tokenizer in {name} is damaged: {error}") from error
    heard = {key: bundle.info.get(key, "") for key in ("text", "text_fingerprint") if spec.condition}
    for value in heard.values():
        if not isinstance(value, str):
            raise CheckpointError(f"{name} names its text encoder by {value!r}, which is no name.")
    return heard


def check_fit(
    path: str | os.PathLike[str], variables: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    """Refuses variables that are not what the network wants, tensor by tensor.

    Raises:
      CheckpointError: they differ; the message names the first five.
    """
    found, wanted = (
        {key: tuple(leaf.shape) for key, leaf in flatten(tree).items()} for tree in (variables, expected)
    )
    faults = [
        f"{key}: {found.get(key, 'absent')}, not {wanted.get(key, 'there')}"
        for key in sorted({*found, *wanted})
        if found.get(key) != wanted.get(key)
    ]
    if faults:
        raise CheckpointError(
            f"{path} does not fit its own config in {len(faults)} tensors: {'; '.join(faults[:5])}."
        )
