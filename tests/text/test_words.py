"""The word vocabulary of DAMSM. The rules are those of DF-GAN's `tokenize`; see tests/models/test_damsm.py
for its own token ids."""

import json

import pytest

from ganjax.core.errors import UsageError
from ganjax.text.words import Words

WORDS = Words(("<end>", "a", "bird", "red", "nave", "don", "t", "3"), length=5)


@pytest.mark.parametrize(
    ("prompt", "ids"),
    [
        ("A red bird.", [1, 3, 2]),
        ("red/bird,red-bird", [3, 2, 3, 2]),
        ("a naïve bird", [1, 4, 2]),  # of a word only the ASCII letters count
        ("don't, don\ufffd\ufffdt", [5, 6, 5, 6]),
        ("red_bird 3", [7]),  # an underscore is a letter here
        ("a green bird <end>", [1, 2]),
        ("a a a a red bird", [1, 1, 1, 1, 3]),
        ("赤い鳥", []),
        ("", []),
        ("... !?", []),
        ("\ud800 bird", [2]),
    ],
)
def test_known_words_in_order_and_no_more_than_the_length(prompt: str, ids: list[int]) -> None:
    assert WORDS.encode(prompt) == ids


def test_the_vocabulary_travels_as_json() -> None:
    assert Words.from_json(json.loads(json.dumps(WORDS.to_json()))) == WORDS
    with pytest.raises(UsageError, match="Words cannot be made"):
        Words.from_json({"vocabulary": [1, 2]})
