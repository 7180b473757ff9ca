"""Captions of a face in English and Japanese: the same few facts, said as one would say them."""

from collections.abc import Mapping

import numpy as np

from ganjax.data.sources.faces.attributes import Face
from ganjax.data.sources.faces.spoken import SILENT, WORDS, Words, spoken

_NOUNS = {
    ("female", "little"): ("a little girl", "小さな女の子"),
    ("male", "little"): ("a little boy", "小さな男の子"),
    ("unsaid", "little"): ("a little child", "小さな子ども"),
    ("female", "child"): ("a girl", "女の子"),
    ("male", "child"): ("a boy", "男の子"),
    ("unsaid", "child"): ("a child", "子ども"),
    ("female", "young"): ("a young woman", "若い女の人"),
    ("male", "young"): ("a young man", "若い男の人"),
    ("unsaid", "young"): ("a young person", "若い人"),
    ("female", "grown"): ("a woman", "女の人"),
    ("male", "grown"): ("a man", "男の人"),
    ("unsaid", "grown"): ("a person", "人"),
    ("female", "old"): ("an old woman", "おばあさん"),
    ("male", "old"): ("an old man", "おじいさん"),
    ("unsaid", "old"): ("an old person", "お年寄り"),
}
_NOUN = ("age", "sex")
_HAIR = ("top", "hair length", "hair curl", "hair colour", "updo")
_MOOD = ("mood", "eyes")
_DETAILS = ("beard", "moustache", "freckles", "lipstick", "earrings", "ornament")
_GARMENT = ("clothes", "clothes colour", "clothes light")

FORMS: Mapping[str, tuple[str, ...]] = {
    "usual": (*_NOUN, *_HAIR, "glasses", *_MOOD),
    "short": (*_NOUN, "glasses", *_MOOD),
    "clothes": (*_NOUN, *_MOOD, *_GARMENT, "background"),
    "long": (*_NOUN, *_HAIR, "glasses", *_MOOD, *_DETAILS, "ornament colour", *_GARMENT, "background"),
}
"""The forms of a caption, in order, and the groups of words that each one speaks of."""


def captions(face: Face) -> dict[str, list[str]]:
    """Four captions each under "en" and "ja": the usual one, a short one, one of the clothes, a long one.

    They depend on the face alone.
    """
    return tell(spoken(face))


def tell(words: Mapping[str, str]) -> dict[str, list[str]]:
    """What `captions` says of a face of these words, as `spoken` gives them, in the order of `FORMS`."""
    noun, hair, mood = _NOUNS[words["sex"], words["age"]], _hair(words), _mood(words)
    wearing = _say("glasses", words)
    with_en, with_ja = _details(words)
    en_glasses = f" and {wearing[0]}" if wearing[0] else ""
    ja_glasses = f"{wearing[1]}をかけて" if wearing[1] else ""
    garment, back = _garment(words), _say("background", words)
    usual_en = f"{noun[0]} with {hair[0]}{en_glasses}, {mood[0]}"
    usual_ja = f"{ja_glasses}{mood[1]}、{hair[1]}{noun[1]}"
    details_en = _listed([hair[0], *([wearing[0]] if wearing[0] else []), *with_en])
    details_ja = "".join(f"{detail}、" for detail in with_ja)
    return {
        "en": [
            usual_en,
            f"{noun[0]}{' with ' + wearing[0] if wearing[0] else ''}, {mood[0]}",
            f"{noun[0]} in {_article(garment[0])} in front of {_article(back[0] + ' background')}, {mood[0]}",
            f"a drawing of {noun[0]} with {details_en}, {mood[0]}, in {_article(garment[0])}, "
            f"{back[0]} background",
        ],
        "ja": [
            usual_ja,
            f"{ja_glasses}{mood[1]}{noun[1]}",
            f"{back[1]}背景の前で{mood[1]}、{garment[1]}を着た{noun[1]}",
            f"{back[1]}背景の前で{ja_glasses}{mood[1]}、{details_ja}{garment[1]}を着た、{hair[1]}{noun[1]}のイラスト",
        ],
    }


SIZES = tuple(len(words) for words in WORDS.values())
"""The number of words of each group."""


def facts(words: Mapping[str, str], form: str, language: str) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of these words in each group of `WORDS`, and of those that a caption tells, int32 [G].

    -1 stands where no word holds, or the caption of this form, in "en" or "ja", leaves it open. Nothing said
    of a group that the form speaks of tells the usual state.
    """
    holds = np.array([list(WORDS[g]).index(words[g]) if g in words else -1 for g in WORDS], np.int32)
    hidden = _hidden(words, language)
    told = np.array([group in FORMS[form] and group not in hidden for group in WORDS])
    return holds, np.where(told, holds, np.int32(-1))


def named(words: Mapping[str, str], form: str, language: str) -> list[str]:
    """The groups of which the caption of this form, in "en" or "ja", says the word."""
    hidden = _hidden(words, language)
    return [g for g in FORMS[form] if g in words and g not in hidden and _say(g, words) != SILENT]


def _hidden(words: Mapping[str, str], language: str) -> tuple[str, ...]:
    """What no caption tells: in Japanese the curl of hair that is tied up, too much before the noun."""
    return ("hair curl",) if language == "ja" and words.get("updo", "none") != "none" else ()


def _say(group: str, words: Mapping[str, str]) -> Words:
    return WORDS[group][words[group]]


def _hair(words: Mapping[str, str]) -> Words:
    if words["top"] == "bald":
        return _say("top", words)
    colour, curl = _say("hair colour", words), _say("hair curl", words)
    if words["updo"] != "none":
        tied = _say("updo", words)
        return f"{curl[0]}{colour[0]} hair {tied[0]}", f"{colour[1]}{tied[1]}"
    long = _say("hair length", words)
    return f"{long[0]}{curl[0]}{colour[0]} hair", f"{curl[1]}{long[1]}{colour[1]}髪の"


def _mood(words: Mapping[str, str]) -> Words:
    """What the face does; the Japanese form stands before a noun."""
    mood = _say("mood", words)
    closed = _say("eyes", words) if "eyes" in words else SILENT
    return mood[0] + closed[0], closed[1] + mood[1]


def _details(words: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What is seen besides: nouns in English, phrases that join with a comma in Japanese."""
    found = [_say(group, words) for group in _DETAILS if _say(group, words) != SILENT]
    if words["ornament"] != "none":
        (colour_en, colour_ja), (thing_en, thing_ja) = _say("ornament colour", words), found.pop()
        found.append((_article(f"{colour_en} {thing_en}"), colour_ja + thing_ja))
    return [english for english, _ in found], [japanese for _, japanese in found]


def _garment(words: Mapping[str, str]) -> Words:
    colour, thing = _say("clothes colour", words), _say("clothes", words)
    dark = _say("clothes light", words)
    if dark != SILENT:
        # 濃い goes with the noun of the colour: 濃い青のシャツ.
        colour = (dark[0] + colour[0], f"{dark[1]}{colour[1].removesuffix('い').removesuffix('の')}の")
    return f"{colour[0]} {thing[0]}", colour[1] + thing[1]


def _listed(things: list[str]) -> str:
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"


def _article(phrase: str) -> str:
    return f"an {phrase}" if phrase[0] in "aeiou" else f"a {phrase}"
