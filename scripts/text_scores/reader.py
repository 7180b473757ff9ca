"""A classifier that reads the words of `ganjax.data.sources.faces.spoken` off pictures of 64 x 64 pixels.

    python scripts/text_scores/reader.py FILE

trains it on 32,000 drawn faces, writes FILE (safetensors) and prints how many words it reads rightly on 2,000
others. Half of the faces it learns from are natural; in the other half every attribute is drawn for itself,
so that it cannot guess the one from the other: age from grey hair. Blur, noise, shifts and other brightness
teach it to read pictures that are less clean than drawn ones.
"""

import dataclasses
import functools
import itertools
import pathlib
import sys
import time
from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from flax.traverse_util import flatten_dict, unflatten_dict
from safetensors.numpy import load_file, save_file

from ganjax.data.sources.faces import SPECIFICATION, Face, describe, draw
from ganjax.data.sources.faces.spoken import WORDS, spoken

SIDE = 64
# The sex that no noun tells is too rare to be learned.
CLASSES = {group: [word for word in words if word != "unsaid"] for group, words in WORDS.items()}

_SEED, _HELD_OUT = 271_828, 314_159  # no training draws its faces with them
_BATCH, _EPOCHS = 64, 8
_ENDS = np.cumsum([0, *map(len, CLASSES.values())])


class _Network(nn.Module):
    """Logits [N, all classes] of images [N, 64, 64, 3] in [-1, 1].

    Faces stand where faces stand, so what is seen in each of 8 x 8 places is looked at for itself, and
    where eyes, cheeks and mouth are, every pixel counts: a smile is a pixel high.
    """

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        whole = _convolved(x, (24, 5, 2), (48, 3, 2), (64, 3, 1), (96, 3, 2))
        close = _convolved(x[:, 22:56, 12:52], (24, 3, 1), (32, 3, 2), (48, 3, 2))
        x = nn.relu(nn.Dense(256, kernel_init=_HE)(jnp.concatenate([whole, close], -1)))
        return nn.Dense(int(_ENDS[-1]))(x)


def _convolved(x: jax.Array, *layers: tuple[int, int, int]) -> jax.Array:
    """`x` after convolutions of these channels, sizes and strides, as rows [N, F]."""
    for channels, size, stride in layers:
        x = nn.relu(nn.Conv(channels, (size, size), (stride, stride), kernel_init=_HE)(x))
    return x.reshape(len(x), -1)


_HE = nn.initializers.he_normal()
_NET = _Network()


def read(variables: Mapping[str, object], images: np.ndarray) -> dict[str, np.ndarray]:
    """The word of every group in each of the images [N, 64, 64, 3] uint8, as arrays [N] of text."""
    logits = [np.asarray(_look(variables, images[i : i + 100])) for i in range(0, len(images), 100)]
    parts = np.split(np.concatenate(logits), _ENDS[1:-1], 1)
    return {g: np.array(w)[part.argmax(1)] for (g, w), part in zip(CLASSES.items(), parts, strict=True)}


def load(path: str) -> Mapping[str, object]:
    """What `main` wrote."""
    return unflatten_dict(load_file(path), sep="/")


@jax.jit
def _look(variables: Mapping[str, object], images: jax.Array) -> jax.Array:
    return _NET.apply(variables, images / 127.5 - 1)


def _independent(faces: Sequence[Face], random: np.random.Generator) -> list[Face]:
    """Faces of which every attribute comes from another face; kinds are equally frequent, like shut eyes."""
    n = len(faces)
    columns = {
        a.name: random.choice(a.choices, n).tolist()
        if a.choices
        else [getattr(faces[i], a.name) for i in random.permutation(n)]
        for a in SPECIFICATION
    }
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    mixed = [Face(**row) for row in rows]
    # Dye hides the natural colours, an updo the length, and both are kinds.
    return [
        dataclasses.replace(
            face,
            hair_dye=face.hair_dye if random.random() < 0.4 else "none",
            updo=face.updo if random.random() < 0.5 else "none",
            eye_open=random.uniform(0, 0.3) if random.random() < 0.3 else face.eye_open,
        )
        for face in mixed
    ]


def _labels(faces: Sequence[Face]) -> np.ndarray:
    """The number of the word of every group [N, groups], -1 where there is none."""
    told = [spoken(face) for face in faces]
    return np.array(
        [[w.index(t[g]) if t.get(g) in w else -1 for g, w in CLASSES.items()] for t in told], np.int32
    )


def _worse(key: jax.Array, images: jax.Array) -> jax.Array:
    """Images in [-1, 1] shifted by up to a pixel, half of them blurred, all a little noisy."""
    n = len(images)
    shift, blur, noise, much, light = jax.random.split(key, 5)
    padded = jnp.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    starts = jax.random.randint(shift, (n, 2), 0, 3)
    images = jax.vmap(lambda x, at: jax.lax.dynamic_slice(x, (at[0], at[1], 0), (SIDE, SIDE, 3)))(
        padded, starts
    )
    share = jnp.maximum(jax.random.uniform(blur, (n, 1, 1, 1), minval=-0.6, maxval=0.6), 0)
    for axis in (1, 2):
        around = (jnp.roll(images, 1, axis) + jnp.roll(images, -1, axis)) / 2
        images += share / 2 * (around - images)
    images += 0.03 * jax.random.uniform(much, (n, 1, 1, 1)) * jax.random.normal(noise, images.shape)
    return images + 0.03 * jax.random.normal(light, (n, 1, 1, 1))


def _loss(variables: Mapping[str, object], images: jax.Array, labels: jax.Array) -> jax.Array:
    """The mean over groups of the cross-entropy of what can be read."""
    logits = _NET.apply(variables, images)
    total = jnp.zeros(())
    for group, (start, end) in enumerate(itertools.pairwise(_ENDS)):
        label = labels[:, group]
        losses = optax.softmax_cross_entropy_with_integer_labels(logits[:, start:end], label)
        total += jnp.sum(losses, where=label >= 0) / jnp.maximum(jnp.sum(label >= 0), 1)
    return total / len(CLASSES)


def train(images: np.ndarray, labels: np.ndarray) -> Mapping[str, object]:
    """The classifier of images [N, 64, 64, 3] uint8 with labels [N, groups]."""
    variables = _NET.init(jax.random.key(0), jnp.zeros((1, SIDE, SIDE, 3)))
    steps = len(images) // _BATCH * _EPOCHS
    optimiser = optax.adamw(optax.cosine_onecycle_schedule(steps, 2e-3), weight_decay=1e-3)
    state = optimiser.init(variables)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(variables, state, key, images, labels):
        loss, slopes = jax.value_and_grad(_loss)(variables, _worse(key, images / 127.5 - 1), labels)
        updates, state = optimiser.update(slopes, state, variables)
        return optax.apply_updates(variables, updates), state, loss

    random, began, losses = np.random.default_rng(0), time.monotonic(), []
    for epoch in range(_EPOCHS):
        order = random.permutation(len(images))
        for number, at in enumerate(range(0, len(order) - _BATCH + 1, _BATCH)):
            key = jax.random.fold_in(jax.random.key(epoch), number)
            chosen = order[at : at + _BATCH]
            variables, state, loss = step(variables, state, key, images[chosen], labels[chosen])
            losses.append(loss)
        mean = np.mean(jax.device_get(losses[-number - 1 :]))
        print(f"epoch {epoch + 1}: loss {mean:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    return variables


def main(path: str) -> None:
    natural = [describe(_SEED, i) for i in range(16_000)]
    faces = [*natural, *_independent(natural, np.random.default_rng(0))]
    variables = train(np.stack([draw(face, SIDE) for face in faces]), _labels(faces))
    save_file(jax.tree.map(np.asarray, flatten_dict(variables, sep="/")), path)
    faces = [describe(_HELD_OUT, i) for i in range(2000)]
    seen, right = read(variables, np.stack([draw(face, SIDE) for face in faces])), _labels(faces)
    print("share of 2,000 faces of which the word is read rightly; mean of this share over the words")
    for column, (group, words) in enumerate(CLASSES.items()):
        label = right[:, column]
        hit = seen[group] == np.array(words)[label]
        each = [hit[label == i].mean() for i in range(len(words))]
        print(f"{group:16} {hit[label >= 0].mean():.3f} {np.mean(each):.3f}  ", end="")
        print(", ".join(f"{word} {share:.2f}" for word, share in zip(words, each, strict=True)))


if __name__ == "__main__":
    pathlib.Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)
    main(sys.argv[1])
