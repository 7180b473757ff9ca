"""How well texts and images match, and the losses that teach two encoders to tell (DAMSM).

Regions of images are [N, R, D], the words of texts [M, T, D] with their counts [M], whole images [N, D] and
whole texts [M, D]. In the losses N is M, and text i belongs to image i. Everything is float32.

Source: Xu et al. 2018 (AttnGAN, arXiv:1711.10485), section 3.2 and equations 7 to 13; taoxugit/AttnGAN,
code/miscc/losses.py and code/GlobalAttention.py.
"""

import jax
import jax.numpy as jnp

_SMALLEST = 1e-8  # what a product of two lengths is at least


def sentence_similarity(whole: jax.Array, sentence: jax.Array) -> jax.Array:
    """The cosine of every image [N, D] with every text [M, D]: [N, M]."""
    return (whole @ sentence.T) / _lengths(_squares(whole)[:, None], _squares(sentence)[None])


def words_similarity(
    regions: jax.Array, words: jax.Array, counts: jax.Array, *, gamma1: float = 4.0, gamma2: float = 5.0
) -> jax.Array:
    """How well the words of every text are found in the regions of every image, [N, M] (equations 7 to 10).

    Every word looks for the regions that show it; the image matches as its words match the regions that they
    found. The root of equation 10 is left out, as in the published code.

    Args:
      regions: [N, R, D].
      words: [M, T, D]; what lies behind the end of a text does not count.
      counts: [M] words of each text, from 1 on.
      gamma1: how sharply a word looks at its best region.
      gamma2: how much the best word counts more than the others.
    """
    there = (jnp.arange(words.shape[1])[None] < counts[:, None])[None, :, :, None]  # [1, M, T, 1]
    products = jnp.einsum("nrd,mtd->nmtr", regions, words)
    shares = jax.nn.softmax(jnp.where(there, products, -jnp.inf), 2)  # of a region, among the words
    attention = jax.nn.softmax(gamma1 * shares, 3)  # of a word, among the regions
    # A word meets the mean of the regions under its attention. The cosine of the two needs products only,
    # of which those between regions are far fewer than the means have numbers.
    between = jnp.einsum("nrd,nsd->nrs", regions, regions)
    means = jnp.sum(jnp.einsum("nmtr,nrs->nmts", attention, between) * attention, 3)  # their squares
    cosines = jnp.sum(attention * products, 3) / _lengths(means, _squares(words)[None])
    return jax.nn.logsumexp(gamma2 * cosines, 2, where=there[..., 0])


def contrastive(
    similarity: jax.Array,
    *,
    classes: jax.Array | None = None,
    gamma3: float = 10.0,
) -> tuple[jax.Array, jax.Array]:
    """The cross-entropies of finding the text of an image and the image of a text (equations 11 and 12).

    Args:
      similarity: of images and texts, [N, N].
      classes: [N] integers. A text of another image of the same class is no wrong answer, and is left out;
        None where every text fits its own image only.
      gamma3: how sharply the answers compete.

    Returns:
      The mean over images and the mean over texts.
    """
    own = jnp.eye(len(similarity), dtype=bool)
    if classes is not None:
        alike = (classes[:, None] == classes[None]) & ~own
        similarity = jnp.where(alike, -jnp.inf, similarity)
    right = gamma3 * jnp.diagonal(similarity)
    first, second = (jnp.mean(jax.nn.logsumexp(gamma3 * similarity, axis) - right) for axis in (1, 0))
    return first, second


def damsm(
    regions: jax.Array,
    whole: jax.Array,
    words: jax.Array,
    sentence: jax.Array,
    counts: jax.Array,
    *,
    classes: jax.Array | None = None,
) -> jax.Array:
    """The loss of both encoders, a scalar: by words and by sentences, in both directions (equation 13).

    Args:
      regions: of the images, [N, R, D].
      whole: of the images, [N, D].
      words: of their texts, [N, T, D].
      sentence: of their texts, [N, D].
      counts: words of each text, [N].
      classes: as for `contrastive`.
    """
    by_words = contrastive(words_similarity(regions, words, counts), classes=classes)
    by_sentence = contrastive(sentence_similarity(whole, sentence), classes=classes)
    return sum((*by_words, *by_sentence), start=jnp.zeros(()))


def _squares(vectors: jax.Array) -> jax.Array:
    return jnp.sum(jnp.square(vectors), -1)


def _lengths(a: jax.Array, b: jax.Array) -> jax.Array:
    """The product of the lengths of vectors of these squares; zeros have gradients, as nothing else has."""
    return jnp.sqrt(jnp.maximum(a * b, _SMALLEST**2))
