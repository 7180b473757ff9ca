"""The classification term of AC-GAN against numpy."""

import jax
import jax.numpy as jnp
import numpy as np

from ganjax import losses


def test_cross_entropy_is_the_negative_log_probability_of_the_class():
    logits = np.random.RandomState(0).randn(5, 3).astype(np.float32)
    classes = np.array([0, 2, 1, 1, 0])
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    found = losses.class_cross_entropy(jnp.asarray(logits), np.eye(3, dtype=np.float32)[classes])
    np.testing.assert_allclose(found, -np.log(probabilities[np.arange(5), classes]), rtol=1e-5)


def test_large_logits_are_finite():
    found = losses.class_cross_entropy(jnp.float32([[1e4, -1e4]]), jnp.float32([[0, 1]]))
    np.testing.assert_allclose(found, [2e4])


def test_of_each_group_of_facts_one_word_is_told_and_what_is_not_known_does_not_count():
    random = np.random.RandomState(1)
    weights = tuple(random.rand(size).astype(np.float32) for size in (2, 4, 3))
    logits = random.randn(6, 9)
    facts = np.stack([random.randint(-1, len(each), 6) for each in weights], 1)
    groups, right = [], []
    for part, known, counts in zip(np.split(logits, [2, 6], 1), facts.T, weights, strict=True):
        told = [(row, fact) for row, fact in zip(part, known, strict=True) if fact >= 0]
        groups.append(np.mean([counts[f] * (np.log(np.exp(row).sum()) - row[f]) for row, f in told]))
        right += [row.argmax() == fact for row, fact in told]
    assert 0 < np.mean(right) < 1 and len(right) < facts.size
    found = losses.facts_loss(jnp.asarray(logits, jnp.float32), jnp.asarray(facts), weights)
    np.testing.assert_allclose(found, (np.mean(groups), np.mean(right)), rtol=1e-5)


def test_where_nothing_is_known_facts_cost_nothing():
    weights = np.ones(2, np.float32), np.ones(3, np.float32)
    cost = lambda logits: losses.facts_loss(logits, jnp.full((2, 2), -1), weights)[0]  # noqa: E731
    value, slope = jax.value_and_grad(cost)(jnp.ones((2, 5)))
    assert float(value) == 0 and not slope.any()
