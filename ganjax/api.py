"""The functional interface: pure functions of a model, for use as they are or inside JAX's transformations.

Images are NHWC, float32 in [0, 1]; uint8 is accepted. `raw=True` speaks the network's own range, unclipped.
"""

import dataclasses
import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from ganjax.core.errors import UsageError
from ganjax.core.images import as_unit, from_range, to_range
from ganjax.core.random import image_keys, normal_latents, truncated_latents
from ganjax.core.trees import count
from ganjax.core.types import Model, TextSpec, called
from ganjax.hub import list_models, load, save
from ganjax.infer.batch import free_devices, images_at_once
from ganjax.nn.summary import Summary, layers

__all__ = [
    "discriminate",
    "generate",
    "list_models",
    "load",
    "sample_latents",
    "save",
    "summary",
    "synthesize",
]

# Of the image that a network for images of any size is shown with.
_SHOWN_SIDE = 128


def sample_latents(model: Model, key: jax.Array, *, n: int, truncation: float | None = None) -> jax.Array:
    """Latents [n, L], standard normal as in training; latent i depends on `key` and i alone.

    Args:
      model: a generator.
      key: a typed key, `jax.random.key(seed)`.
      n: number of latents.
      truncation: from 0 to 1: numbers beyond -2 and 2 are left out, and the others are multiplied by it.
        Images of such latents are less varied and more often good.

    Raises:
      UsageError: `model` is no generator, `n` is no positive number, or `truncation` is not in [0, 1].
    """
    _expect(model, "generator")
    _expect_positive("n", n)
    if truncation is None:
        return _latents(key, 0, n=n, length=model.spec.latent)
    if not 0 <= truncation <= 1:
        raise UsageError(f"truncation is a number from 0 to 1, not {truncation}.")
    return truncated_latents(image_keys(key, n), model.spec.latent, truncation)


def generate(
    model: Model, key: jax.Array, *, n: int = 16, labels: Any = None, batch: int | None = None
) -> jax.Array:
    """Images [n, H, W, C] float32 in [0, 1], drawn from the latents that `sample_latents` gives for `key`.

    Image i is the same picture whatever `n`, `batch` and the number of devices, up to the rounding of float32
    (less than 1e-5). All local devices share the work, unless `jax.device_put` has placed the model on some.

    Args:
      model: a generator.
      key: a typed key, `jax.random.key(seed)`.
      n: number of images.
      labels: where the model has them, a class index each [n], or label vectors [n, K].
      batch: images that one device draws at once; by default what its memory takes easily.

    Raises:
      UsageError: `model` is no generator, a number is not positive, or `labels` do not fit.
    """
    _expect(model, "generator")
    _expect_no_text(model)
    _expect_positive("n", n)
    labels = _label_vectors(model, labels, n)
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((model, key, labels))):
        return _draw_chunk(_compilable(model), key, 0, labels, rows=n, sharding=None)
    devices = free_devices(model.variables, n)
    if batch is None:
        batch = images_at_once(devices[0], model.spec.side)
    _expect_positive("batch", batch)
    chunks = math.ceil(n / (batch * len(devices)))
    rows = math.ceil(n / (chunks * len(devices))) * len(devices)
    model, sharding = _compilable(model), None
    if len(devices) > 1:
        mesh = jax.make_mesh((len(devices),), ("image",), axis_types=(AxisType.Auto,), devices=devices)
        model = jax.device_put(model, NamedSharding(mesh, PartitionSpec()))
        sharding = NamedSharding(mesh, PartitionSpec("image"))
    drawn = []
    for first in range(0, n, rows):
        # The last chunk is drawn in full and cut, so that one compiled program serves all.
        chosen = None if labels is None else labels[np.minimum(np.arange(first, first + rows), n - 1)]
        images = _draw_chunk(model, key, first, chosen, rows=rows, sharding=sharding)
        drawn.append(images[: n - first] if first + rows > n else images)
    return drawn[0] if len(drawn) == 1 else jnp.concatenate(drawn)


def synthesize(model: Model, latents: Any, *, labels: Any = None, raw: bool = False) -> jax.Array:
    """Images [N, H, W, C] float32 that a generator draws from `latents` [N, L].

    Can be differentiated by the latents: in reverse mode any number of times; forward mode (`jax.jvp`) fails
    on the CPU, whose convolutions do not give it.

    Args:
      model: a generator.
      latents: [N, L], e.g. of `sample_latents`.
      labels: where the model has them, a class index each [N], or label vectors [N, K].
      raw: gives the network's own range (`model.spec.range`), unclipped, instead of [0, 1].

    Raises:
      UsageError: `model` is no generator, or `latents` or `labels` do not fit.
    """
    _expect(model, "generator")
    _expect_no_text(model)
    latents = jnp.asarray(latents)
    if latents.ndim != 2 or latents.shape[1] != model.spec.latent:
        raise UsageError(
            f"{called(model)} takes latents [N, {model.spec.latent}]; got {list(latents.shape)}."
        )
    return _draw(_compilable(model), latents, _label_vectors(model, labels, len(latents)), raw=raw)


def discriminate(
    model: Model, images: Any, *, labels: Any = None, sentences: Any = None, raw: bool = False
) -> jax.Array:
    """Scores [N] float32 of `images` [N, H, W, C]: the higher, the more real they look to the discriminator.

    A discriminator may compare the images of a batch, as PGAN's does: a score holds beside the others. One
    that listens to texts, as DF-GAN's does, judges as well whether an image shows what its sentence says.

    Args:
      model: a discriminator, `load(..., part="discriminator")`.
      images: float in [0, 1] or uint8, of the model's side.
      labels: where the model has them, a class index each [N], or weights [N, K]. The result is then how much
        each image looks like its label: the class logit (columns 1 to K of the output), or the weighted sum.
        Files of pytorch_GAN_zoo count classes from column 0 on: read those from the raw output.
      sentences: where the model listens to texts, a vector for each image [N, D], as
        `ganjax.encode_text(encoder, prompts).sentence` gives them.
      raw: `images` are in the network's own range (`model.spec.range`), and the result is its whole output:
        [N, 1 + K], or [N] where it listens to texts.

    Raises:
      UsageError: `model` is no discriminator, or `images`, `labels` or `sentences` do not fit.
    """
    _expect(model, "discriminator")
    images, spec = jnp.asarray(images), model.spec
    expected = (spec.side, spec.side, spec.channels)
    if images.ndim != 4 or images.shape[1:] != expected:
        size = ", ".join(map(str, expected))
        raise UsageError(f"{called(model)} takes images [N, {size}]; got {list(images.shape)}.")
    if labels is not None and raw:
        raise UsageError("The raw output holds the logits of all labels: leave out either raw or labels.")
    weights = None if labels is None else _label_vectors(model, labels, len(images))
    vectors = _sentence_vectors(model, sentences, len(images))
    output = _score(_compilable(model), images, vectors, raw=raw)
    if raw or vectors is not None:
        return output
    return output[:, 0] if weights is None else jnp.sum(output[:, 1:] * weights, -1)


def summary(model: Model) -> Summary:
    """The layers of `model` as a table: name, output shape, parameters, FLOPs for one image; print it.

    A network for images of any size is shown with one of 128 x 128 pixels, an encoder of texts with the
    longest one. Nothing is computed, so the variables of `model` may be shapes (`jax.ShapeDtypeStruct`). What
    counts as a FLOP is said at `ganjax.nn.summary.layers`.
    """
    spec = model.spec
    if isinstance(spec, TextSpec):
        size = f"{spec.length} tokens"
        inputs = [jax.ShapeDtypeStruct(shape, jnp.int32) for shape in ((1, spec.length), (1,))]
    else:
        side = spec.side or _SHOWN_SIDE
        size = " x ".join([str(spec.side or side * spec.scale)] * 2)
        vectors = (spec.latent, spec.labels, spec.condition)
        shapes: list[tuple[int, ...]] = []
        if spec.latent is None:
            shapes, vectors = [(1, side, side, spec.channels)], (0, 0, spec.condition)  # it takes no labels
        shapes += [(1, length) for length in vectors if length]
        inputs = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    found = layers(model.net, model.variables, *inputs, **_growth(_compilable(model)))
    return Summary(f"{called(model)}, {size}", found, count(model.variables["params"]))


@functools.partial(jax.jit, static_argnames=("n", "length"))
def _latents(key: jax.Array, first: int, *, n: int, length: int) -> jax.Array:
    """The latents of the images number `first` to `first + n - 1`."""
    return normal_latents(image_keys(key, n, first=first), length)


@functools.partial(jax.jit, static_argnames=("raw",))
def _draw(model: Model, latents: jax.Array, labels: jax.Array | None, *, raw: bool = False) -> jax.Array:
    inputs = (latents,) if labels is None else (latents, labels)
    images = model.net.apply(model.variables, *inputs, **_growth(model))
    return images if raw else from_range(images, model.spec.range)


@functools.partial(jax.jit, static_argnames=("rows", "sharding"))
def _draw_chunk(
    model: Model,
    key: jax.Array,
    first: int,
    labels: jax.Array | None,
    *,
    rows: int,
    sharding: NamedSharding | None,
) -> jax.Array:
    """The images number `first` to `first + rows - 1`: one program, as a fresh process pays for each."""
    latents = _latents(key, first, n=rows, length=model.spec.latent)
    if sharding is not None:
        latents = jax.lax.with_sharding_constraint(latents, sharding)
    return _draw(model, latents, labels)


@functools.partial(jax.jit, static_argnames=("raw",))
def _score(model: Model, images: jax.Array, sentences: jax.Array | None, *, raw: bool) -> jax.Array:
    images = images.astype(jnp.float32) if raw else to_range(as_unit(images), model.spec.range)
    inputs = (images,) if sentences is None else (images, sentences)
    return model.net.apply(model.variables, *inputs, **_growth(model))


def _compilable(model: Model) -> Model:
    """`model` as the compiled functions take it.

    Names and tokenizer are left out, as others must not compile anew. Where the newest block is known to be
    faded in, `alpha` is None, so that the way to images of the block below is not computed at all.
    """
    finished = not isinstance(model.alpha, jax.core.Tracer) and float(model.alpha) == 1
    alpha: Any = None if finished else model.alpha
    return dataclasses.replace(model, name="", tokenizer=None, text="", alpha=alpha)


def _growth(model: Model) -> dict[str, Any]:
    """The arguments by which a network that grows is told how far it has; others take none."""
    if model.stage is None:
        return {}
    return {"stage": model.stage, "alpha": 1.0 if model.alpha is None else model.alpha}


def _label_vectors(model: Model, labels: Any, n: int) -> jax.Array | None:
    """Labels [n, K] from class indices [n] or from such vectors; None where the model has none."""
    k = model.spec.labels
    if labels is None and k == 0:
        return None
    wanted = f"class indices [{n}] from 0 to {k - 1}, or vectors [{n}, {k}]"
    if k == 0:
        raise UsageError(f"{called(model)} has no labels: leave them out.")
    if labels is None:
        raise UsageError(f"{called(model)} needs labels: {wanted}.")
    labels = jnp.asarray(labels)
    if labels.shape == (n,) and jnp.issubdtype(labels.dtype, jnp.integer):
        if not isinstance(labels, jax.core.Tracer) and not np.all((labels >= 0) & (labels < k)):
            raise UsageError(f"{called(model)} takes {wanted}; got {np.asarray(labels).tolist()}.")
        return jax.nn.one_hot(labels, k)
    if labels.shape != (n, k):
        raise UsageError(f"{called(model)} takes {wanted}; got {labels.dtype} of shape {list(labels.shape)}.")
    return labels.astype(jnp.float32)


def _sentence_vectors(model: Model, sentences: Any, n: int) -> jax.Array | None:
    """Sentence vectors [n, D] float32; None where the model listens to no texts."""
    length = model.spec.condition
    if not length:
        if sentences is None:
            return None
        raise UsageError(f"{called(model)} listens to no texts: leave the sentences out.")
    wanted = (
        f"sentences [{n}, {length}], a vector for each image: ganjax.encode_text(encoder, prompts).sentence"
    )
    if sentences is None:
        raise UsageError(f"{called(model)} needs {wanted}.")
    try:
        vectors = jnp.asarray(sentences, jnp.float32)
    except (TypeError, ValueError):  # the prompts themselves, or all features of an encoder
        raise UsageError(f"{called(model)} takes {wanted}; got {type(sentences).__name__}.") from None
    if vectors.shape != (n, length):
        raise UsageError(f"{called(model)} takes {wanted}; got {list(vectors.shape)}.")
    return vectors


def _expect(model: Model, part: str) -> None:
    if model.part.removesuffix("_raw") != part:
        raise UsageError(f"{called(model)} is given where a {part} is needed: load(..., part={part!r}).")
    if not model.spec.side:
        raise UsageError(f"{called(model)} makes pictures of pictures: use ganjax.upscale or ganjax.enhance.")


def _expect_no_text(model: Model) -> None:
    if model.spec.condition:
        raise UsageError(f"{called(model)} draws what a text says: use ganjax.text_to_image.")


def _expect_positive(name: str, number: int) -> None:
    if number < 1:
        raise UsageError(f"{name} is a number from 1 on, not {number}.")
