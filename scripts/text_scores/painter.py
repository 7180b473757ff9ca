"""Pictures of prompts: by a model, or drawn as the faces that the prompts were said of."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from ganjax import hub
from ganjax.core.images import from_range, to_uint8
from ganjax.core.random import image_keys, normal_latents
from ganjax.core.types import Model
from ganjax.data.sources.faces import Face, draw
from ganjax.losses.matching import sentence_similarity
from ganjax.text.batch import batch

SIDE = 64
_CHUNK = 50


class Painter:
    """A generator with the encoders of texts and images that belong to it."""

    def __init__(self, generator: Model, text: Model, image: Model) -> None:
        self.generator, self.text, self.image = generator, text, image

    @classmethod
    def load(cls, model: str, encoder: str | None) -> "Painter":
        """By name or path; without `encoder`, the one that the model was trained with."""
        generator = hub.load(model)
        # The image encoder stays what it was where the text encoder learned together with the generator.
        trained = encoder or hub.training_info(model)["recipe"]["text"]
        text = hub.load(encoder or generator.text, part="text")
        return cls(generator, text, hub.load(trained, part="image"))

    def paint(self, prompts: Sequence[str], *, seed: int = 0) -> np.ndarray:
        """A picture of each prompt, uint8 [N, 64, 64, 3]; that of prompt i has latent i of the seed."""
        z = normal_latents(image_keys(jax.random.key(seed), len(prompts)), self.generator.spec.latent)
        sentences = self.sentences(prompts)
        return _by_chunks(functools.partial(_paint, self.generator), z, sentences)

    def sentences(self, prompts: Sequence[str]) -> np.ndarray:
        """The vectors of the prompts, [N, D]."""
        return _by_chunks(functools.partial(_listen, self.text), *batch(self.text.tokenizer, prompts))

    def similarity(self, images: np.ndarray, prompts: Sequence[str]) -> np.ndarray:
        """Of every image with every prompt [N, N], by the encoders."""
        whole = _by_chunks(functools.partial(_see, self.image), images)
        return np.asarray(sentence_similarity(jnp.asarray(whole), jnp.asarray(self.sentences(prompts))))


def drawn(faces: Sequence[Face]) -> np.ndarray:
    """The faces themselves, uint8 [N, 64, 64, 3]."""
    return np.stack([draw(face, SIDE) for face in faces])


def _by_chunks(apply, *columns: np.ndarray) -> np.ndarray:
    """`apply` to rows of the columns, always equally many, so that it is compiled once."""
    n = len(columns[0])
    rows = np.minimum(np.arange(-(-n // _CHUNK) * _CHUNK), n - 1).reshape(-1, _CHUNK)
    return np.concatenate([np.asarray(apply(*(column[chunk] for column in columns))) for chunk in rows])[:n]


def _paint(model: Model, z: jax.Array, sentences: jax.Array) -> np.ndarray:
    return to_uint8(_generate(model, z, sentences))


@jax.jit
def _generate(model: Model, z: jax.Array, sentences: jax.Array) -> jax.Array:
    return from_range(model.net.apply(model.variables, z, sentences), model.spec.range)


@jax.jit
def _listen(model: Model, ids: jax.Array, counts: jax.Array) -> jax.Array:
    return model.net.apply(model.variables, ids, counts).sentence


@jax.jit
def _see(model: Model, images: jax.Array) -> jax.Array:
    return model.net.apply(model.variables, images / 127.5 - 1).whole
