"""Prompts to arrays."""

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.text.batch import batch
from ganjax.text.words import Words

WORDS = Words(("<end>", "a", "bird"), length=4)


def test_ids_are_padded_to_the_length_of_the_tokenizer() -> None:
    ids, lengths = batch(WORDS, ["a bird", "bird", "a bird a bird a bird"])
    np.testing.assert_array_equal(ids, [[1, 2, 0, 0], [2, 0, 0, 0], [1, 2, 1, 2]])
    np.testing.assert_array_equal(lengths, [2, 1, 4])
    assert ids.dtype == lengths.dtype == np.int32
    assert batch(WORDS, [])[0].shape == (0, 4)


@pytest.mark.parametrize(
    ("prompts", "shown"),
    [
        (["a bird", ""], "''"),
        (["鳥"], "'鳥'"),
        (["!" * 10_000], rf"'{'!' * 60}\.\.\.'"),
        (["\ud800\x1b["], r"'\\ud800\\x1b\['"),
    ],
)
def test_a_prompt_without_a_known_word_is_named(prompts: list[str], shown: str) -> None:
    with pytest.raises(UsageError, match=f"no known word in the prompt {shown}"):
        batch(WORDS, prompts)


def test_one_text_is_no_list() -> None:
    with pytest.raises(UsageError, match="A list of prompts is wanted; got one text, 'a bird'"):
        batch(WORDS, "a bird")
