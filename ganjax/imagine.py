"""Pictures of what a text says: a text encoder turns prompts into vectors, and a generator listens to them.

Images are NHWC, float32 in [0, 1].
"""

import dataclasses
import functools
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.api import sample_latents
from ganjax.core.errors import CheckpointError, GanjaxError, UsageError
from ganjax.core.images import from_range
from ganjax.core.types import Model, TextFeatures, TextSpec, called
from ganjax.hub import load
from ganjax.infer.batch import batched, copied, free_devices, images_at_once
from ganjax.text.batch import batch
from ganjax.text.fingerprint import fingerprint

# Files that others published hold no tokenizer; what reads the one beside them.
_TOKENIZERS = {
    "clip": 'ganjax.text.bpe.BytePairs.read("merges.txt")',
    "damsm": 'ganjax.models.damsm.convert.vocabulary("captions.pickle")',
}

# On the CPU texts are read a few at a time, of so many tokens together: what a layer of a transformer makes
# of these stays in the caches, which takes 0.8 to 0.9 of the time (CLIP, 64 texts of 77 tokens; DAMSM's LSTM,
# 512 short ones; 2 cores of an AMD EPYC).
_TOKENS_AT_ONCE = 1280


def encode_text(model: Model, prompts: str | Sequence[str]) -> TextFeatures:
    """What a text encoder makes of prompts: `words` [N, T, D] and `sentence` [N, D], float32.

    Words that the tokenizer does not know are left out, and what is beyond its length is cut.

    Args:
      model: a text encoder, `load(..., part="text")`.
      prompts: N texts, or one.

    Raises:
      UsageError: `model` is no text encoder or has no tokenizer, a prompt holds nothing that the tokenizer
        knows, or there are no prompts.
    """
    if not isinstance(model.spec, TextSpec):
        raise UsageError(f'{called(model)} is given where a text encoder is needed: load(..., part="text").')
    tokenizer, spec = model.tokenizer, model.spec
    if tokenizer is None:
        reader = _TOKENIZERS.get(model.system, "...")
        raise UsageError(
            f"{called(model)} has no tokenizer. Give it the one that it was trained with, "
            f"model.replace(tokenizer={reader}); ganjax.save keeps it."
        )
    prompts = [prompts] if isinstance(prompts, str) else list(prompts)
    if not prompts:
        raise UsageError("There are no prompts to encode.")
    if not 1 <= tokenizer.length <= spec.length:
        raise UsageError(
            f"{called(model)} reads {spec.length} tokens at most, and its tokenizer gives up to "
            f"{tokenizer.length}: it is that of another model."
        )
    ids, lengths = batch(tokenizer, prompts)
    if ids.max() >= spec.tokens:
        raise UsageError(
            f"{called(model)} knows {spec.tokens} tokens, and its tokenizer gave number {ids.max()}: it is "
            "that of another model."
        )
    bucket = _bucket_length(int(lengths.max()), ids.shape[1])
    features: TextFeatures = _encode(_compilable(model), ids[:, :bucket], lengths, ids.shape[1])
    return features


def text_to_image(
    model: Model,
    key: jax.Array,
    prompts: str | Sequence[str],
    *,
    n: int = 1,
    text: Model | None = None,
    truncation: float | None = None,
) -> jax.Array:
    """Images [P, n, S, S, C] float32 in [0, 1]: `n` of each of P prompts.

    Image i of every prompt is drawn from latent i of `ganjax.sample_latents`, so that down a column only the
    text changes. It is the same picture whatever `n`, the other prompts and the number of devices, up to
    rounding.

    Args:
      model: a generator that listens to texts; `ganjax list --task imagine` shows which do.
      key: a typed key, `jax.random.key(seed)`.
      prompts: P texts, or one.
      n: images of each prompt.
      text: the text encoder; by default the one that `model.text` names, loaded at its first use.
      truncation: as in `ganjax.sample_latents`; latents are standard normal by default, as in training. The
        scores of the published DF-GANs are of images with 0.88.

    Raises:
      UsageError: `model` listens to no texts or does not say to whose, the encoder is not of its kind, a
        prompt holds nothing that is known, or a number is out of its range.
      CheckpointError: the text encoder that the model names cannot be loaded.
    """
    encoder = text_encoder(model, text=text)
    latents = sample_latents(model, key, n=n, truncation=truncation)
    return _table(model, latents, encode_text(encoder, prompts).sentence)


def walk(
    model: Model,
    key: jax.Array,
    start: str,
    end: str,
    *,
    frames: int = 24,
    n: int = 1,
    text: Model | None = None,
    truncation: float | None = None,
) -> jax.Array:
    """Images [frames, n, S, S, C] float32 in [0, 1] on the way from the prompt `start` to the prompt `end`.

    The sentence vectors lie on a straight line, in equal steps; latents and options are as in
    `text_to_image`, whose images of the two prompts are the first frame and the last one.

    Raises:
      UsageError, CheckpointError: as `text_to_image`, or there are less than two frames.
    """
    encoder = text_encoder(model, text=text)
    latents = sample_latents(model, key, n=n, truncation=truncation)
    return _table(model, latents, line(encode_text(encoder, [start, end]).sentence, frames))


def from_sentences(model: Model, latents: Any, sentences: Any) -> jax.Array:
    """Images [N, S, S, C] float32 in [0, 1] of `latents` [N, L] and sentence vectors `sentences` [N, D].

    Can be differentiated by both, and used inside JAX's transformations.

    Raises:
      UsageError: `model` listens to no texts, or the arrays do not fit.
    """
    _expect_listener(model)
    latents, sentences = jnp.asarray(latents), jnp.asarray(sentences)
    wanted, n = (model.spec.latent, model.spec.condition), len(latents)
    if (latents.shape, sentences.shape) != ((n, wanted[0]), (n, wanted[1])):
        raise UsageError(
            f"{called(model)} takes latents [N, {wanted[0]}] and sentences [N, {wanted[1]}]; got "
            f"{list(latents.shape)} and {list(sentences.shape)}."
        )
    return _draw(_compilable(model), latents, sentences)


def text_encoder(model: Model, *, text: Model | None = None) -> Model:
    """The text encoder of a generator: `text` if it fits, by default the one that `model.text` names.

    Raises:
      UsageError: `model` listens to no texts or names no encoder, or the encoder gives other vectors.
      CheckpointError: the encoder that it names cannot be loaded, or is no longer the same.
    """
    _expect_listener(model)
    if text is None:
        if not model.text:
            raise UsageError(
                f"{called(model)} does not say which text encoder it was trained on: give it one, "
                'text=ganjax.load(..., part="text") or --text.'
            )
        try:
            text, found = _loaded(model.text)
        except GanjaxError as error:
            raise CheckpointError(
                f"The text encoder of {called(model)}, {model.text}, cannot be loaded. {error}"
            ) from error
        if model.text_fingerprint not in ("", found):
            raise CheckpointError(
                f"{called(model)} was trained on another {model.text} than the one that is here now, whose "
                "vectors would tell it something else. Give it its own, text=ganjax.load(..., "
                'part="text") or --text, or train it anew.'
            )
    if not isinstance(text.spec, TextSpec) or text.spec.width != model.spec.condition:
        raise UsageError(
            f"{called(model)} listens to sentence vectors of {model.spec.condition} numbers, which "
            f"{called(text)} does not give."
        )
    return text


def line(sentences: Any, frames: int) -> jax.Array:
    """`frames` vectors [F, D] in equal steps from the first to the second of two `sentences` [2, D].

    Raises:
      UsageError: there are less than two frames.
    """
    if frames < 2:
        raise UsageError(f"frames is a number from 2 on, not {frames}.")
    start, end = sentences
    return jnp.linspace(start, end, frames)


def pictures(model: Model, latents: Any, sentences: Any) -> Iterator[np.ndarray]:
    """The images [S, S, C] of all `latents` [n, L] for the first of `sentences` [P, D], then for the next ...

    They are drawn in batches of one shape, shared by all local devices, unless `jax.device_put` has placed
    the model on some.
    """
    count = len(sentences) * len(latents)
    devices = free_devices(model.variables, count)
    model, most = _compilable(model), images_at_once(devices[0], model.spec.side)
    if len(devices) > 1:
        model = copied(model, devices)
    latents, sentences = np.asarray(latents), np.asarray(sentences)
    pairs = ((latent, sentence) for sentence in sentences for latent in latents)
    draw = functools.partial(_draw, model)
    return batched(draw, pairs, count=count, batch=most, devices=devices if len(devices) > 1 else None)


def _table(model: Model, latents: jax.Array, sentences: jax.Array) -> jax.Array:
    """Images [P, n, S, S, C] of all `latents` [n, L] for each of `sentences` [P, D]."""
    many, n = len(sentences), len(latents)
    if any(isinstance(each, jax.core.Tracer) for each in jax.tree.leaves((model, latents, sentences))):
        images = _draw(_compilable(model), jnp.tile(latents, (many, 1)), jnp.repeat(sentences, n, axis=0))
    else:
        images = jnp.asarray(np.stack([*pictures(model, latents, sentences)]))
    return images.reshape(many, n, *images.shape[1:])


def _bucket_length(longest: int, most: int) -> int:
    """How many tokens to read of texts of up to `longest`: 16, 32, ..., so that few lengths are compiled.

    Prompts are short, and what stands behind the end of a text has no part in its features: of 64 prompts of
    a dozen words, CLIP reads 16 or 32 tokens each in place of 77.
    """
    return min(most, max(16, 1 << (longest - 1).bit_length()))


@functools.partial(jax.jit, static_argnums=3)
def _encode(model: Model, ids: jax.Array, lengths: jax.Array, most: int) -> TextFeatures:
    """The features of texts, `words` of `most` tokens, whatever the length of `ids`."""

    def read(text: tuple[jax.Array, jax.Array]) -> TextFeatures:
        features: TextFeatures = model.net.apply(model.variables, *(each[None] for each in text))
        return jax.tree.map(lambda x: x[0], features)

    few = max(1, _TOKENS_AT_ONCE // ids.shape[1])
    if jax.default_backend() == "cpu" and few < len(ids):
        words, sentence = jax.lax.map(read, (ids, lengths), batch_size=few)
    else:
        words, sentence = model.net.apply(model.variables, ids, lengths)
    return TextFeatures(jnp.pad(words, ((0, 0), (0, most - ids.shape[1]), (0, 0))), sentence)


@jax.jit
def _draw(model: Model, latents: jax.Array, sentences: jax.Array) -> jax.Array:
    return from_range(model.net.apply(model.variables, latents, sentences), model.spec.range)


def _loaded(name: str) -> tuple[Model, str]:
    """The text encoder of this name or path, and its fingerprint."""
    path = pathlib.Path(name)
    return _loaded_once(name, path.stat().st_mtime_ns if path.is_file() else 0)


@functools.lru_cache(maxsize=8)
def _loaded_once(name: str, changed: int) -> tuple[Model, str]:
    """The same of a file as it was when it was last `changed`: a run writes its own anew as it goes on."""
    text = load(name, part="text")
    return text, fingerprint(text.variables, text.tokenizer)


def _compilable(model: Model) -> Model:
    """`model` without what must not make the compiled functions compile anew."""
    return dataclasses.replace(model, name="", tokenizer=None, text="", text_fingerprint="")


def _expect_listener(model: Model) -> None:
    if not model.part.startswith("generator") or not model.spec.condition:
        raise UsageError(
            f"{called(model)} draws no pictures of texts; `ganjax list --task imagine` shows which do."
        )
