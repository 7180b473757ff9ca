"""The game of DF-GAN: what teaches its generator beside the discriminator, and what captions count for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax import losses
from ganjax.data.sources import Facts
from ganjax.data.sources.chosen import Chosen
from ganjax.data.sources.memory import MemorySource
from ganjax.losses.matching_aware import MatchingAware
from ganjax.models import captions
from ganjax.models.damsm import net
from ganjax.models.damsm import recipe as damsm
from ganjax.models.dfgan import recipe as dfgan
from ganjax.models.dfgan import training as game


def told_of(sentence: jax.Array, classes: jax.Array, facts: jax.Array | None = None) -> game.Told:
    nothing = jnp.zeros((len(sentence), 1), jnp.int32)
    return game.Told(nothing, nothing[:, 0], sentence, classes, facts)


def test_the_generator_is_taught_by_the_image_encoder_too() -> None:
    random = np.random.default_rng(2)
    shapes = ((3, 2, 1, 3), (3, 6), (3, 6))
    images, sentence, seen = (jnp.asarray(random.normal(size=shape), jnp.float32) for shape in shapes)
    facts = jnp.array([[1, 0], [-1, 2], [0, -1]])
    logits = jnp.asarray(random.normal(size=(3, 5)), jnp.float32)
    told = told_of(sentence, jnp.arange(3), facts)
    order = game.Order(told, told, jnp.zeros((3, 2)), jax.random.key(0))
    seen = net.ImageFeatures(jnp.zeros((3, 1, 6)), seen, logits)

    def score(images: jax.Array, sentence: jax.Array) -> jax.Array:
        return (images.reshape(3, 6) * sentence).sum(1)

    alone, _ = game.Listening(MatchingAware(), None).generator_loss(score, images, images, order)
    weights = np.array([1, 2], np.float32), np.array([0.5, 1, 3], np.float32)
    helped = game.Listening(MatchingAware(), lambda images: seen, 2.0, facts=3.0, weights=weights)
    taught, metrics = helped.generator_loss(score, images, images, order)
    cosines = np.asarray(losses.sentence_similarity(seen.whole, sentence)) * 10
    right = np.diagonal(cosines)
    expected = sum((np.log(np.exp(cosines).sum(axis)) - right).mean() for axis in (0, 1))
    assert float(metrics["g_matching"]) == pytest.approx(2 * expected, rel=1e-5)
    cost = 3 * float(losses.facts_loss(logits, facts, weights)[0])
    assert float(metrics["g_facts"]) == pytest.approx(cost, rel=1e-5) and cost > 0
    assert float(taught - alone) == pytest.approx(2 * expected + cost, rel=1e-5)


def test_neighbours_are_told_the_same_and_their_images_pushed_apart() -> None:
    random = np.random.default_rng(5)
    sentence, facts = random.normal(size=(5, 6)), random.integers(-1, 3, (5, 2))
    told = game.in_pairs(told_of(jnp.asarray(sentence), jnp.arange(5), jnp.asarray(facts)))
    assert told.classes.tolist() == [0, 0, 2, 2, 4]
    np.testing.assert_array_equal(told.facts, facts[[0, 0, 2, 2, 4]])
    images, z = (jnp.asarray(random.normal(size=(5, *n)), jnp.float32) for n in ((32, 32, 3), (3,)))
    order = game.Order(told, told, z, jax.random.key(0))

    def score(images: jax.Array, sentence: jax.Array) -> jax.Array:
        return images.mean((1, 2, 3)) * sentence.sum(1)

    alone, _ = game.Listening(MatchingAware(), None).generator_loss(score, images, images, order)
    pushed, metrics = game.Listening(MatchingAware(), None, seeking=0.5).generator_loss(
        score, images, images, order
    )
    latents = np.asarray(z)
    grey = np.asarray(images).reshape(5, 16, 2, 16, 2, 3).mean((2, 4, 5))  # of a coarse pixel,
    x = grey - grey.reshape(5, 4, 4, 4, 4).mean((2, 4)).repeat(4, 1).repeat(4, 2)  # beside what is around
    moved = np.abs(x[[0, 2]] - x[[1, 3]]).mean() / np.abs(latents[[0, 2]] - latents[[1, 3]]).mean()
    assert float(metrics["g_seeking"]) == pytest.approx(0.5 / (moved + 1e-5), rel=1e-5)
    assert float(pushed - alone) == pytest.approx(0.5 / (moved + 1e-5), rel=1e-4)


def test_shaken_pictures_are_moved_by_two_pixels_at_most_and_hardly_changed() -> None:
    image = np.zeros((3, 12, 12, 3), np.float32)
    image[:, 5, 6] = 100
    seen = set()
    for seed in range(60):
        shaken = np.asarray(captions.shaken(jax.random.key(seed), jnp.asarray(image)))
        places = {np.unravel_index(each[..., 0].argmax(), (12, 12)) for each in shaken}
        assert len(places) == 1  # all alike
        (top, left), *_ = places
        seen.add((int(top) - 5, int(left) - 6))
        noise = shaken - np.roll(image, (top - 5, left - 6), (1, 2))
        assert noise.std((1, 2, 3)).max() < 0.12
    assert {top for top, _ in seen} == {left for _, left in seen} == {-2, -1, 0, 1, 2}


def test_the_more_seldom_a_word_holds_or_a_group_is_told_the_more_it_counts() -> None:
    known = np.array([[0, 2], [0, 2], [0, -1], [1, 2], [0, 0]] * 4, np.int32)

    def facts(i: int, number: int) -> tuple[np.ndarray, np.ndarray]:
        told = known[i].copy()
        told[0] = told[0] if number else -1  # only the second caption of a picture tells of the first group
        return known[i], told

    source = Chosen(
        [
            MemorySource(
                "known",
                np.zeros((20, 4, 4, 3), np.uint8),
                captions=lambda i: ["one", "two"],
                facts=Facts((2, 3), facts),
            )
        ]
    )
    weights = captions.fact_weights(damsm.Recipe(facts=1.0), source)
    # 0 holds in four of five, 1 in one; then 0 in one of the four known, 1 never, 2 in three.
    for found, expected in zip(weights, ([5 / 8, 5 / 2], [4 / 3, 10, 4 / 9]), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    # Half of the captions tell of the first group and so three pairs of four, of the second 24 of 25.
    told = captions.told_weights(dfgan.Recipe(facts=1.0), source, texts=2)
    for found, plain, batches in zip(told, weights, (3 / 4, 24 / 25), strict=True):
        np.testing.assert_allclose(found, plain / batches, rtol=1e-6)
    nothing = (
        captions.fact_weights(damsm.Recipe(), source),
        captions.told_weights(dfgan.Recipe(), source, texts=2),
    )
    assert nothing == ((), ())


def test_captions_alike_are_one_class() -> None:
    tokens = jnp.array([[3, 1, 2, 0], [1, 3, 2, 0], [3, 1, 2, 0], [3, 1, 0, 0]])
    numbers = np.asarray(captions.classes(tokens))
    assert (numbers[:, None] == numbers[None]).tolist() == [
        [i == j or {i, j} == {0, 2} for j in range(4)] for i in range(4)
    ]
