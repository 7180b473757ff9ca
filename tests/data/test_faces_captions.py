"""Captions against what the description says."""

import dataclasses
import re

import numpy as np
import pytest

from ganjax.data.sources.faces import Face, FaceSource, captions, describe
from ganjax.data.sources.faces.captions import FORMS, facts, named, tell
from ganjax.data.sources.faces.partial import Part, tell_part
from ganjax.data.sources.faces.spoken import WORDS, spoken

FACES = [describe(8, i) for i in range(300)]


def test_a_known_face_reads_naturally() -> None:
    old_man = Face(
        age=0.9, femininity=0.1, hair_grey=1.0, hair_wave=0.5, hair_length=0.1, glasses="round", smile=0.9,
        mouth_open=0.6, clothes="hoodie", clothes_colour=0.7, background_colour=0.4,
    )  # fmt: skip
    told = captions(old_man)
    assert told["en"][:4] == [
        "an old man with short wavy white hair and round glasses, laughing",
        "an old man with round glasses, laughing",
        "an old man in a blue hoodie in front of a green background, laughing",
        "a drawing of an old man with short wavy white hair and round glasses, laughing, "
        "in a blue hoodie, green background",
    ]
    assert told["ja"][:4] == [
        "丸い眼鏡をかけて笑っている、ウェーブのかかった短い白い髪のおじいさん",
        "丸い眼鏡をかけて笑っているおじいさん",
        "緑色の背景の前で笑っている、青いパーカーを着たおじいさん",
        "緑色の背景の前で丸い眼鏡をかけて笑っている、青いパーカーを着た、"
        "ウェーブのかかった短い白い髪のおじいさんのイラスト",
    ]


def test_details_are_told_in_both_languages() -> None:
    girl = Face(
        age=0.05, femininity=0.9, hair_colour=0.7, updo="pigtails", freckles=0.9, ornament="bow",
        ornament_colour=0.0, clothes_light=0.1, smile=0.6,
    )  # fmt: skip
    told = captions(girl)
    assert told["en"][0] == "a little girl with straight ginger hair in pigtails, smiling"
    assert told["ja"][0] == "ほほえんでいる、オレンジ色の髪をふたつに結んだ小さな女の子"
    assert (
        "freckles and a pink bow in the hair" in told["en"][3] and "in a dark blue T-shirt" in told["en"][3]
    )
    assert "そばかすがあり、ピンク色のリボンを髪につけ、濃い青のTシャツを着た" in told["ja"][3]


def test_only_what_is_there_is_told() -> None:
    for face in FACES:
        told = captions(face)
        for texts, word in ((told["en"], "round glasses"), (told["ja"], "丸い眼鏡")):
            assert all((word in texts[i]) == (face.glasses == "round") for i in (0, 1, 3))
            assert word not in texts[4] or face.glasses == "round"
        assert ("headband" in told["en"][3]) == ("ヘアバンド" in told["ja"][3]) == (face.ornament == "band")
        assert ("bald" in told["en"][0]) == ("頭の上に髪のない" in told["ja"][0])


def test_captions_are_well_formed_and_tell_faces_apart() -> None:
    for face in FACES:
        told = captions(face)
        assert told == captions(dataclasses.replace(face))
        assert len(told["en"]) == len(told["ja"]) == len(FORMS)
        assert not any(re.search(r"\ba [aeiou]|\ban [^aeiou]|  |,,| ,", text) for text in told["en"])
        assert not any(re.search(r"[a-zA-SU-Z ]|のの|、、|ののT", text) for text in told["ja"])
    for language in ("en", "ja"):
        assert len({captions(face)[language][3] for face in FACES}) > 290


def test_facts_are_the_words_that_hold_and_those_that_a_caption_tells() -> None:
    """Read back through `tell`: a caption changes with a word if and only if it tells that fact."""
    source = FaceSource(16, len(FACES), seed=8)
    assert source.facts.sizes == tuple(len(words) for words in WORDS.values())
    checked: set[str] = set()
    for i, face in enumerate(FACES):
        words = spoken(face)
        for number, caption in enumerate(source.captions(i)):
            holds, told = source.facts.of(i, number)
            assert holds.dtype == told.dtype == np.int32
            assert {g: list(WORDS[g])[n] for g, n in zip(WORDS, holds, strict=True) if n >= 0} == words
            for group, fact, place in zip(WORDS, holds, told, strict=True):
                assert place in (-1, fact)
                if caption in source.captions(i)[4::5]:
                    continue  # with another word, another part of them would be told
                others = [w for w in WORDS[group] if group in words and can_be_told(words, group, w)]
                said = {
                    [*each["en"], *each["ja"]][number] for each in (tell({**words, group: w}) for w in others)
                }
                if len(others) > 1:
                    assert (len(said) > 1) == (place >= 0), (group, caption)
                    checked.add(group)
    assert checked >= {
        "age",
        "sex",
        "hair colour",
        "hair curl",
        "updo",
        "glasses",
        "mood",
        "clothes",
        "background",
    }


GIRL = {
    "age": "child", "sex": "female", "top": "haired", "hair length": "short", "hair curl": "wavy",
    "hair colour": "black", "updo": "none", "mood": "laughing", "eyes": "closed", "glasses": "round",
    "freckles": "freckles", "ornament": "flower", "ornament colour": "red", "clothes": "hoodie",
    "clothes colour": "blue", "clothes light": "dark", "background": "orange",
}  # fmt: skip


@pytest.mark.parametrize(
    ("part", "en", "ja"),
    [
        (Part(("hair length",)), "a girl with short hair", "髪の短い女の子"),
        (Part(("hair colour", "hair length")), "a girl with short black hair", "短い黒い髪の女の子"),
        (Part(("glasses",), vague=True), "a girl with glasses", "眼鏡をかけた女の子"),
        (Part(("mood",)), "a laughing girl", "笑っている女の子"),
        (
            Part(("glasses", "mood", "hair length", "clothes colour")),
            "a girl with short hair and round glasses, laughing, in blue clothes",
            "髪の短い、丸い眼鏡をかけた、笑っている、青い服を着た女の子",
        ),
        (
            Part(("background", "clothes", "eyes", "freckles")),
            "a girl in front of an orange background, in a hoodie, with closed eyes and freckles",
            "オレンジ色の背景の前にいる、パーカーを着た、目を閉じた、そばかすのある女の子",
        ),
        (
            Part(("mood", "ornament colour", "ornament", "clothes light", "clothes colour", "clothes")),
            "a laughing girl with a red flower in the hair, in a dark blue hoodie",
            "笑っている、赤い花を髪に飾った、濃い青のパーカーを着た女の子",
        ),
        (Part(()), "a girl", "女の子"),
    ],
)
def test_some_facts_are_told_in_their_order_as_one_would_say_them(part: Part, en: str, ja: str) -> None:
    """Written down by hand."""
    assert tell_part(GIRL, part) == (en, ja)


def test_a_caption_of_some_facts_tells_those_only() -> None:
    words = {**GIRL, "eyes": "open"}
    told = {g: list(WORDS[g])[n] for g, n in zip(WORDS, facts(words, "some", "ja")[1], strict=True) if n >= 0}
    said = Part.of(words).groups
    assert told == {group: words[group] for group in ("age", "sex", *said)}
    assert 0 < len(said) < len(words) - 2
    vague = [each for each in map(spoken, FACES) if Part.of(each).vague and "glasses" in Part.of(each).groups]
    for each in vague:  # that there are glasses is told, and not which
        assert facts(each, "some", "en")[1][list(WORDS).index("glasses")] > 0
        assert "glasses" not in named(each, "some", "en")
        assert re.search(r"(with|,|and) glasses", tell(each)["en"][4])
    assert vague


def test_every_fact_is_told_alone_and_with_others_in_some_caption() -> None:
    parts = [Part.of(spoken(face)) for face in FACES]
    assert {len(part.groups) for part in parts} >= {1, 2, 3, 4, 5}
    assert {group for part in parts for group in part.groups} == set(WORDS) - {"age", "sex"}
    for part in parts:
        assert len(set(part.groups)) == len(part.groups)
        assert "ornament" in part.groups or "ornament colour" not in part.groups
        assert "clothes colour" in part.groups or "clothes light" not in part.groups
    with_glasses = [part.vague for part in parts if "glasses" in part.groups]
    assert {True, False} == set(with_glasses)


def can_be_told(words: dict[str, str], group: str, word: str) -> bool:
    try:
        tell({**words, group: word})
    except KeyError:  # it speaks of what this face has not
        return False
    return True
