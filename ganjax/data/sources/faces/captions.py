"""Captions of a face in English and Japanese: the same few facts, said as one would say them."""

from collections.abc import Mapping

import numpy as np

from ganjax.data.sources.faces.attributes import Face
from ganjax.data.sources.faces.partial import PARTS, Part, tell_part
from ganjax.data.sources.faces.phrases import DETAILS, HAIR, article, details, garment, listed, noun, say
from ganjax.data.sources.faces.spoken import SILENT, WORDS, Words, spoken

_NOUN = ("age", "sex")
_MOOD = ("mood", "eyes")
_GARMENT = ("clothes", "clothes colour", "clothes light")

FORMS: Mapping[str, tuple[str, ...]] = {
    "usual": (*_NOUN, *HAIR, "glasses", *_MOOD),
    "short": (*_NOUN, "glasses", *_MOOD),
    "clothes": (*_NOUN, *_MOOD, *_GARMENT, "background"),
    "long": (*_NOUN, *HAIR, "glasses", *_MOOD, *DETAILS, "ornament colour", *_GARMENT, "background"),
    "some": (*_NOUN, *PARTS),
}
"""The forms of a caption, in order, and the groups of words that each one speaks of.

That of some facts speaks of its part of them only: `ganjax.data.sources.faces.partial.Part`.
"""


def captions(face: Face) -> dict[str, list[str]]:
    """Five captions each under "en" and "ja": the usual one, a short one, one of the clothes, a long one, and
    one of some facts.

    They depend on the face alone.
    """
    return tell(spoken(face))


def tell(words: Mapping[str, str]) -> dict[str, list[str]]:
    """What `captions` says of a face of these words, as `spoken` gives them, in the order of `FORMS`."""
    who, hair, mood = noun(words), _hair(words), _mood(words)
    wearing = say("glasses", words)
    with_en, with_ja = details(words)
    en_glasses = f" and {wearing[0]}" if wearing[0] else ""
    ja_glasses = f"{wearing[1]}をかけて" if wearing[1] else ""
    worn, back = garment(words), say("background", words)
    usual_en = f"{who[0]} with {hair[0]}{en_glasses}, {mood[0]}"
    usual_ja = f"{ja_glasses}{mood[1]}、{hair[1]}{who[1]}"
    some = tell_part(words, Part.of(words))
    details_en = listed([hair[0], *([wearing[0]] if wearing[0] else []), *with_en])
    details_ja = "".join(f"{detail}、" for detail in with_ja)
    return {
        "en": [
            usual_en,
            f"{who[0]}{' with ' + wearing[0] if wearing[0] else ''}, {mood[0]}",
            f"{who[0]} in {worn[0]} in front of {article(back[0] + ' background')}, {mood[0]}",
            f"a drawing of {who[0]} with {details_en}, {mood[0]}, in {worn[0]}, {back[0]} background",
            some[0],
        ],
        "ja": [
            usual_ja,
            f"{ja_glasses}{mood[1]}{who[1]}",
            f"{back[1]}背景の前で{mood[1]}、{worn[1]}を着た{who[1]}",
            f"{back[1]}背景の前で{ja_glasses}{mood[1]}、{details_ja}{worn[1]}を着た、{hair[1]}{who[1]}のイラスト",
            some[1],
        ],
    }


SIZES = tuple(len(words) for words in WORDS.values())
"""The number of words of each group."""


def facts(words: Mapping[str, str], form: str, language: str) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of these words in each group of `WORDS`, and of those that a caption tells, int32 [G].

    -1 stands where no word holds, or the caption of this form, in "en" or "ja", leaves it open. Nothing said
    of a group that the form speaks of tells the usual state, but for captions of some facts; and where these
    say "glasses", the kind that holds counts as told, so that whoever reads them learns that there are some.
    """
    holds = np.array([list(WORDS[g]).index(words[g]) if g in words else -1 for g in WORDS], np.int32)
    told = _told(words, form, language)
    return holds, np.where([group in told for group in WORDS], holds, np.int32(-1))


def named(words: Mapping[str, str], form: str, language: str) -> list[str]:
    """The groups of which the caption of this form, in "en" or "ja", says the word."""
    said = [g for g in _told(words, form, language) if g in words and say(g, words) != SILENT]
    vague = form == "some" and Part.of(words).vague
    return [group for group in said if not (vague and group == "glasses")]


def _told(words: Mapping[str, str], form: str, language: str) -> tuple[str, ...]:
    """The groups of which the caption tells what is so, by a word or by none."""
    if form == "some":
        return (*_NOUN, *Part.of(words).groups)
    # In Japanese the curl of hair that is tied up is left out, too much before the noun.
    hidden = ("hair curl",) if language == "ja" and words.get("updo", "none") != "none" else ()
    return tuple(group for group in FORMS[form] if group not in hidden)


def _hair(words: Mapping[str, str]) -> Words:
    if words["top"] == "bald":
        return say("top", words)
    colour, curl = say("hair colour", words), say("hair curl", words)
    if words["updo"] != "none":
        tied = say("updo", words)
        return f"{curl[0]}{colour[0]} hair {tied[0]}", f"{colour[1]}{tied[1]}"
    long = say("hair length", words)
    return f"{long[0]}{curl[0]}{colour[0]} hair", f"{curl[1]}{long[1]}{colour[1]}髪の"


def _mood(words: Mapping[str, str]) -> Words:
    """What the face does; the Japanese form stands before a noun."""
    mood = say("mood", words)
    closed = say("eyes", words) if "eyes" in words else SILENT
    return mood[0] + closed[0], closed[1] + mood[1]
