"""The tokenizer of English and Japanese captions, by what Unicode and the two scripts say."""

import json
import unicodedata

import pytest

from ganjax.core.errors import UsageError
from ganjax.data.sources.faces import captions, describe
from ganjax.text.bilingual import Bilingual, split


@pytest.fixture(scope="module")
def told() -> list[str]:
    faces = (describe(8, i) for i in range(1500))
    return [caption for face in faces for each in captions(face).values() for caption in each]


@pytest.fixture(scope="module")
def tokenizer(told: list[str]) -> Bilingual:
    return Bilingual.learn(told)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("A man in a T-shirt", "a man in a t shirt"),
        ("笑っている、髪の短い人", "笑 っ て い る 髪 の 短 い 人"),
        ("オレンジ色のTシャツ", "オレンジ 色 の t シャツ"),
        ("ｗｏｏｌｌｙ　ﾊﾟｰｶｰ", "woolly パーカー"),  # full and half width
        (unicodedata.normalize("NFD", "ピンク"), "ピンク"),
        ("a café—42 ☃", "a caf é 42"),
        ("!?...。、 \n", ""),
    ],
)
def test_words_of_english_and_of_katakana_and_single_letters(text: str, pieces: str) -> None:
    assert list(split(text)) == pieces.split()


def test_no_caption_of_the_faces_loses_anything(tokenizer: Bilingual, told: list[str]) -> None:
    for caption in told:
        ids = tokenizer.encode(caption)
        assert [tokenizer.pieces[i - 1] for i in ids] == list(split(caption))
    assert max(map(len, map(tokenizer.encode, told))) < tokenizer.length
    assert tokenizer.tokens == 1 + len(set(tokenizer.pieces)) < 256


def test_captions_of_other_faces_are_known_too(tokenizer: Bilingual) -> None:
    for i in range(1500, 1700):
        for each in captions(describe(8, i)).values():
            assert all(len(tokenizer.encode(caption)) == len(list(split(caption))) for caption in each)


def test_the_order_of_the_captions_does_not_matter(told: list[str], tokenizer: Bilingual) -> None:
    assert Bilingual.learn(reversed(told)) == tokenizer


@pytest.mark.parametrize(
    "prompt", ["", "?!。", "Привет, мир", "مرحبا", "\ud800\udfff", "😀🎨", "xyzzy", "\x00"]
)
def test_what_is_not_known_is_left_out(tokenizer: Bilingual, prompt: str) -> None:
    assert tokenizer.encode(prompt) == []
    assert tokenizer.encode(f"{prompt} 眼鏡 {prompt}") == tokenizer.encode("眼鏡") != []


@pytest.mark.parametrize("prompt", ["glasses " * 1250, "眼" * 10_000, "ﷺ" * 10_000, "a" * 10_000])
def test_long_prompts_are_cut(tokenizer: Bilingual, prompt: str) -> None:
    known = tokenizer.encode(prompt)
    assert len(known) == (tokenizer.length if prompt[0] in "g眼" else 0)


def test_the_vocabulary_travels_as_json(tokenizer: Bilingual) -> None:
    assert Bilingual.from_json(json.loads(json.dumps(tokenizer.to_json()))) == tokenizer
    with pytest.raises(UsageError, match="Bilingual"):
        Bilingual.from_json({"vocabulary": []})
