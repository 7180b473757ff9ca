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
    random, sizes = np.random.RandomState(1), (2, 4, 3)
    logits = random.randn(6, 9)
    facts = np.stack([random.randint(-1, size, 6) for size in sizes], 1)
    costs, right = [], []
    for row, known in zip(logits, facts, strict=True):
        for part, fact in zip(np.split(row, np.cumsum(sizes)[:-1]), known, strict=True):
            if fact >= 0:
                costs.append(np.log(np.exp(part).sum()) - part[fact])
                right.append(part.argmax() == fact)
    assert 0 < np.mean(right) < 1 and len(right) < facts.size
    found = losses.facts_loss(jnp.asarray(logits, jnp.float32), jnp.asarray(facts), sizes)
    np.testing.assert_allclose(found, (np.mean(costs), np.mean(right)), rtol=1e-5)


def test_where_nothing_is_known_facts_cost_nothing():
    cost = lambda logits: losses.facts_loss(logits, jnp.full((2, 2), -1), (2, 3))[0]  # noqa: E731
    value, slope = jax.value_and_grad(cost)(jnp.ones((2, 5)))
    assert float(value) == 0 and not slope.any()
