"""The pictures with captions that networks of texts are trained on: opened, encoded, read in batches."""

import contextlib
import dataclasses
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.data.captioned import captioned
from ganjax.data.pipeline import in_memory
from ganjax.data.sources import Facts, Source, captions_of, open_source
from ganjax.data.sources.chosen import Chosen
from ganjax.data.transforms import to_side
from ganjax.text.batch import Tokenizer, batch
from ganjax.text.bpe import BytePairs

SHOWN = 36
"""Pictures that are kept from training, for the sheets of samples."""

_COUNTED = 5000


class Shown(NamedTuple):
    """Pictures to look at, each with a caption: uint8 [M, side, side, 3], and int32 [M, T] and [M]."""

    images: np.ndarray
    tokens: np.ndarray
    lengths: np.ndarray


def open_captioned(recipe: Any, *, workers: int) -> tuple[Chosen, Chosen]:
    """(to train on, to look at): the pictures of `recipe.data`, in memory, with their captions.

    Raises:
      UsageError: an unknown data source, or one without captions.
      DataError: the data cannot be used.
    """
    source = open_source(
        recipe.data, side=recipe.side, seed=recipe.seed, max_unreadable=recipe.max_unreadable
    )
    captions_of(source, 0)
    source = in_memory(source, side=recipe.side, workers=workers, progress=True)
    return Chosen([source]).held_out(SHOWN)


def all_captions(source: Source) -> Iterator[str]:
    """Every caption of every picture."""
    for i in range(len(source)):
        yield from captions_of(source, i)


def learned_facts(recipe: Any, source: Chosen) -> Facts | None:
    """What is so in the pictures, where the recipe wants it learned and the source knows it."""
    return source.facts if recipe.facts else None


def fact_weights(recipe: Any, source: Chosen) -> tuple[np.ndarray, ...]:
    """For each group of facts that is learned with how much its words count, [words] float32.

    The more seldom a word holds in the pictures, of which the first thousands are counted, the more it
    counts, so that all of a group weigh the same; at most ten times as much as if all held equally often.
    There are no groups where `learned_facts` has none.
    """
    facts = learned_facts(recipe, source)
    if facts is None:
        return ()
    holds = np.stack([facts.of(i, 0)[0] for i in range(min(len(source), _COUNTED))], 1)
    counts = (
        np.bincount(row[row >= 0], minlength=size) for row, size in zip(holds, facts.sizes, strict=True)
    )
    shares = (each / max(each.sum(), 1) for each in counts)
    return tuple((1 / np.maximum(each * len(each), 0.1)).astype(np.float32) for each in shares)


def told_weights(recipe: Any, source: Chosen, *, texts: int) -> tuple[np.ndarray, ...]:
    """`fact_weights` where captions tell facts, of which batches hold `texts`.

    A loss is a mean over the captions of a batch that tell of a group. One of which many batches tell nothing
    counts the more in the others, so that in the end all groups weigh the same; at most ten times as much.
    """
    weights, facts = fact_weights(recipe, source), learned_facts(recipe, source)
    if facts is None:
        return ()
    counted = range(min(len(source), _COUNTED))
    told = np.stack([facts.of(i, i % len(captions_of(source, i)))[1] for i in counted], 1)  # each in its turn
    batches = 1 - (1 - np.mean(told >= 0, 1)) ** texts  # the share that tells of a group
    factors = (1 / np.maximum(batches, 0.1)).astype(np.float32)
    return tuple(each * factor for each, factor in zip(weights, factors, strict=True))


def batch_shapes(recipe: Any, tokenizer: Tokenizer, facts: int) -> dict[str, jax.ShapeDtypeStruct]:
    """Shapes and types of a global batch with so many groups of facts."""
    n, side = recipe.batch, recipe.side
    known = {name: jax.ShapeDtypeStruct((n, facts), jnp.int32) for name in ("holds", "told")}
    return {
        **(known if facts else {}),
        "image": jax.ShapeDtypeStruct((n, side, side, 3), jnp.uint8),
        "tokens": jax.ShapeDtypeStruct((n, tokenizer.length), jnp.int32),
        "lengths": jax.ShapeDtypeStruct((n,), jnp.int32),
    }


def read(
    recipe: Any, source: Chosen, tokenizer: Tokenizer, *, seen: int, workers: int
) -> Generator[dict[str, np.ndarray]]:
    """This process's batches from `seen` images on, as `batch_shapes` says."""
    stream = captioned(
        source,
        side=recipe.side,
        batch=recipe.batch,
        encode=_uncut(tokenizer),
        length=tokenizer.length,
        start=seen,
        seed=recipe.seed,
        process=jax.process_index(),
        processes=jax.process_count(),
        facts=learned_facts(recipe, source) is not None,
        workers=workers,
    )
    with contextlib.closing(stream):
        for each in stream:
            yield {name: value for name, value in each.items() if name != "picture"}


def _uncut(tokenizer: Any) -> Callable[[str], Sequence[int]]:
    """Encodes whole captions, so that of a long one a random part can be kept, another one each time.

    Byte pairs are cut as ever, since their last token marks the end.
    """
    if isinstance(tokenizer, BytePairs):
        return tokenizer.encode
    encode: Callable[[str], Sequence[int]] = dataclasses.replace(tokenizer, length=sys.maxsize).encode
    return encode


def shaken(key: jax.Array, images: jax.Array) -> jax.Array:
    """Images [N, H, W, 3], all moved by up to two pixels each way, with noise of 0.1 at most.

    An image encoder that has seen them so looks at what they show, not at the grid of their pixels; and
    patterns that only take such an encoder in do not survive it.
    """
    move, much, noise = jax.random.split(key, 3)
    padded = jnp.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="edge")
    top, left = jax.random.randint(move, (2,), 0, 5)
    moved = jax.lax.dynamic_slice(padded, (0, top, left, 0), images.shape)
    strength = 0.1 * jax.random.uniform(much, (len(images), 1, 1, 1))
    return moved + strength * jax.random.normal(noise, images.shape)


def shown(source: Chosen, side: int, tokenizer: Tokenizer) -> Shown:
    """Up to `SHOWN` pictures with a caption each, of which every picture shows another one."""
    places = range(min(len(source), SHOWN))
    texts = [captions_of(source, i) for i in places]
    tokens, lengths = batch(tokenizer, [each[i % len(each)] for i, each in zip(places, texts, strict=True)])
    return Shown(np.stack([to_side(source[i]["image"], side) for i in places]), tokens, lengths)


def classes(tokens: jax.Array) -> jax.Array:
    """A number [N] for each caption [N, T], the same where they are the same.

    Pictures of one caption are no wrong answers to each other. Others share a number once in 2^32.
    """
    factors = np.random.default_rng(0).integers(0, 2**32, tokens.shape[1], np.uint32) | np.uint32(1)
    return (tokens.astype(jnp.uint32) * factors[None]).sum(1, dtype=jnp.uint32)
