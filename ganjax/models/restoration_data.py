"""The pictures that restoring networks are trained on: opened, cut into squares, read in batches."""

import contextlib
from collections.abc import Generator, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.data.pipeline import crops, in_memory, unpaired_crops
from ganjax.data.sources import open_source
from ganjax.data.sources.chosen import Chosen
from ganjax.models.restoration_recipe import Recipe

SHOWN = 36
"""Pictures that are kept from training, for the sheets of samples."""


def open_pictures(recipe: Recipe, data: Sequence[str], *, workers: int) -> tuple[Chosen, Chosen]:
    """(to train on, to look at): the pictures of `data`; those that are brought to one side are in memory.

    Raises:
      UsageError, DataError: as `ganjax.data.sources.open_source` does.
    """
    sources = []
    for text in data:
        source = open_source(
            text,
            side=recipe.drawn,
            data_dir=recipe.data_dir,
            split=recipe.split,
            seed=recipe.seed,
            max_unreadable=recipe.max_unreadable,
        )
        if side := recipe.drawn if text.startswith("faces") else recipe.fitted:
            source = in_memory(source, side=side, workers=workers, progress=True)
        sources.append(source)
    return Chosen(sources).held_out(SHOWN)


def batch_shapes(recipe: Recipe, scale: int | None) -> dict[str, jax.ShapeDtypeStruct]:
    """Shapes and types of a global batch; with `scale` it has inputs, so many times smaller."""
    sides = {"image": recipe.side} if scale is None else {"image": recipe.side, "input": recipe.side // scale}
    return {
        name: jax.ShapeDtypeStruct((recipe.batch, side, side, 3), jnp.uint8) for name, side in sides.items()
    }


def read(recipe: Recipe, *sources: Chosen, seen: int, workers: int) -> Generator[dict[str, np.ndarray]]:
    """This process's batches from `seen` images on: of one source, or of two that are no pairs."""
    stream = (unpaired_crops if len(sources) == 2 else crops)(
        *sources,
        side=recipe.side,
        batch=recipe.batch,
        start=seen,
        seed=recipe.seed,
        process=jax.process_index(),
        processes=jax.process_count(),
        mirror=True,
        turn=True,
        # Drawn pictures are in memory: to hand them to other processes takes longer than to cut them.
        workers=0 if any(text.startswith("faces") for text in recipe.data) else workers,
    )
    with contextlib.closing(stream):
        yield from stream
