"""The losses of DAMSM against those of AttnGAN's code, see scripts/golden/damsm.py."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.losses.matching import contrastive, damsm, sentence_similarity, words_similarity

NAMES = ("regions", "whole", "caption_words", "caption")


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    return dict(np.load(Path(__file__).parents[1] / "golden" / "damsm.npz"))


def four(golden: dict[str, Any], classes: Any) -> list[jax.Array]:
    """By words and by sentences, each given the image and given the text."""
    regions, whole, words, caption = (golden[name] for name in NAMES)
    return [
        *contrastive(words_similarity(regions, words, golden["counts"]), classes=classes),
        *contrastive(sentence_similarity(whole, caption), classes=classes),
    ]


@pytest.mark.parametrize("name", ["classes", "plain"])
def test_the_losses_and_their_gradients_are_those_of_the_published_code(
    golden: dict[str, Any], name: str
) -> None:
    classes = jnp.asarray(golden["classes"]) if name == "classes" else None
    np.testing.assert_allclose(four(golden, classes), golden[f"{name}_losses"], rtol=1e-5)

    def total(regions: Any, whole: Any, words: Any, caption: Any) -> jax.Array:
        return damsm(regions, whole, words, caption, golden["counts"], classes=classes)

    inputs = [jnp.asarray(golden[each]) for each in NAMES]
    value, gradients = jax.jit(jax.value_and_grad(total, argnums=(0, 1, 2, 3)))(*inputs)
    np.testing.assert_allclose(value, golden[f"{name}_losses"].sum(), rtol=1e-5)
    for each, gradient in zip(NAMES, gradients, strict=True):
        expected = golden[f"{name}_d_{each}"]
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=2e-5 * np.abs(expected).max())


def test_what_lies_behind_the_end_of_a_text_does_not_count(golden: dict[str, Any]) -> None:
    words = golden["caption_words"]
    behind = (np.arange(words.shape[1])[None] >= golden["counts"][:, None])[..., None]
    plain, other = (
        words_similarity(golden["regions"], each, golden["counts"])
        for each in (words, np.where(behind, 9.0, words).astype(np.float32))
    )
    np.testing.assert_allclose(plain, other, rtol=1e-6)


def test_images_and_texts_may_differ_in_number(golden: dict[str, Any]) -> None:
    whole, caption = golden["whole"][:2], golden["caption"]
    expected = [[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in caption] for a in whole]
    np.testing.assert_allclose(sentence_similarity(whole, caption), expected, rtol=1e-5, atol=1e-6)
    by_words = words_similarity(golden["regions"][:2], golden["caption_words"], golden["counts"])
    assert by_words.shape == (2, 5)
