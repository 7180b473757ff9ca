"""The words of a face, and captions that are made of them."""

import dataclasses
import hashlib
import json

import pytest

from ganjax.data.sources.faces import Face, FaceSource, captions, describe
from ganjax.data.sources.faces.captions import FORMS, named, tell
from ganjax.data.sources.faces.spoken import WORDS, spoken
from ganjax.data.sources.faces.unseen import unseen

FACES = [describe(8, i) for i in range(300)]


def test_captions_never_change() -> None:
    """The first hash is of the captions as the first version of this package wrote them."""
    told = [captions(face) for face in FACES]
    for part, expected in (
        (slice(4), "d20ca42a100483b73d8f6c3076ad04bd905393b381f0f9458670b6a183f1f51c"),
        (slice(4, 5), "3e64c4ace040fe51bc6fa315436658390d6fabf01ef38ae1412c7f427cb0607d"),
    ):
        texts = json.dumps([{k: v[part] for k, v in each.items()} for each in told], ensure_ascii=False)
        assert hashlib.sha256(texts.encode()).hexdigest() == expected


def test_every_word_is_in_the_table_and_every_group_is_told_by_the_long_form() -> None:
    for face in FACES:
        assert all(word in WORDS[group] for group, word in spoken(face).items())
    assert set(FORMS["long"]) == set(WORDS)


@pytest.mark.parametrize(
    ("changes", "group", "word"),
    [
        ({"age": 0.09}, "age", "little"),
        ({"age": 0.1}, "age", "child"),
        ({"femininity": 0.5}, "sex", "unsaid"),
        ({"hair_colour": 0.33}, "hair colour", "dark brown"),
        ({"hair_grey": 0.9}, "hair colour", "white"),
        ({"hair_grey": 0.9, "hair_dye": "green"}, "hair colour", "green"),
        ({"smile": 0.1, "mouth_open": 0.3}, "mood", "surprised"),
        ({"eye_open": 0.1}, "eyes", "closed"),
        ({"eye_open": 0.1, "glasses": "sun"}, "eyes", None),
        ({"receding": 0.7}, "hair colour", None),
        ({"updo": "bun"}, "hair length", None),
        ({"background_colour": 0.95}, "background", "pink"),
        ({"background_colour": 1.05}, "background", "red"),
    ],
)
def test_thresholds(changes: dict[str, object], group: str, word: str | None) -> None:
    assert spoken(dataclasses.replace(Face(), **changes)).get(group) == word


def test_named_words_are_those_in_the_caption() -> None:
    """What a caption names stands in it as the table puts it; age and sex are in the noun."""
    for face in FACES:
        words = spoken(face)
        for language, texts in tell(words).items():
            for form, text in zip(FORMS, texts, strict=True):
                groups = named(words, form, language)
                for group in set(groups) - {"age", "sex"}:
                    said = WORDS[group][words[group]][language == "ja"]
                    assert (
                        said.removesuffix("があり").rstrip("いのりて").strip().removeprefix("with ") in text
                    )
                assert "age" in groups
                if form != "some":
                    assert ("glasses" in groups) == (form != "clothes" and face.glasses != "none")
                    assert ("background" in groups) == (form in ("clothes", "long"))


def test_a_word_can_be_swapped() -> None:
    words = spoken(Face(glasses="round", smile=0.9))
    told = tell(words | {"glasses": "none", "mood": "sad"})
    assert told["en"][0] == "a young person with straight dark brown hair, looking sad"
    assert told["ja"][0] == "悲しそうな顔をした、まっすぐなこげ茶色の髪の若い人"


def test_unseen_faces_have_new_captions_and_new_combinations() -> None:
    trained = FaceSource(8, 400)
    plain, new = unseen(20, seed=99, trained=trained, new=10)
    assert len(plain) == 20 and len(new) == 10
    seen = {text for i in range(400) for text in trained.captions(i)}
    for face in (*plain, *new):
        assert not any(texts[form] in seen for texts in captions(face).values() for form in (0, 2, 3))
    # "an old woman with curly hair" of a usual caption, without glasses and mood.
    heads = {text.partition(",")[0].partition(" and ")[0] for text in seen}
    combined = [captions(face)["en"][0].partition(",")[0].partition(" and ")[0] for face in (*plain, *new)]
    assert all(head in heads for head in combined[:20])
    assert not any(head in heads for head in combined[20:])
