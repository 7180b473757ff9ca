"""Captions of a few facts in any order, as people type prompts; what they leave out, they leave open."""

import dataclasses
import hashlib
from collections.abc import Mapping

from ganjax.data.sources.faces.phrases import DETAILS, HAIR, article, details, garment, listed, noun, say
from ganjax.data.sources.faces.spoken import SILENT, Words

PARTS = (
    *HAIR, "mood", "eyes", "glasses", *DETAILS, "ornament colour", "clothes", "clothes colour",
    "clothes light", "background",
)  # fmt: skip
"""Groups of words that can be told or left out."""

_MOST = 5
# A word of the one group makes sense only together with that of the other.
_NEEDS = {"ornament colour": "ornament", "clothes light": "clothes colour"}
_GLASSES = ("glasses", "眼鏡")


@dataclasses.dataclass(frozen=True)
class Part:
    """What is told of a face besides age and sex.

    Attributes:
      groups: groups of words, in the order in which they are told.
      vague: whether glasses are just called glasses.
    """

    groups: tuple[str, ...]
    vague: bool = False

    @classmethod
    def of(cls, words: Mapping[str, str]) -> "Part":
        """One to five things of those that can be said of a face of these words, always the same."""
        known = repr(sorted(words.items()))

        def drawn(what: str) -> int:
            """A number that looks like chance, and that no version of a library changes."""
            return int.from_bytes(hashlib.blake2s(f"{what} {known}".encode()).digest()[:4])

        said = [g for g in PARTS if g in words and say(g, words) != SILENT]
        can = [group for group in said if _NEEDS.get(group, group) in said]
        if words.get("updo", "none") != "none":
            can.remove("hair curl")  # too much before a Japanese noun
        chosen = sorted(can, key=drawn)[: 1 + drawn("count") % _MOST]
        needed = (_NEEDS[group] for group in chosen if group in _NEEDS)
        groups = tuple(dict.fromkeys([*chosen, *needed]))
        vague = words["glasses"] in ("round", "square") and drawn("vague") % 2 == 0
        return cls(groups, vague)


def tell_part(words: Mapping[str, str], part: Part) -> Words:
    """A caption of a face of these words that tells this part of them, in English and in Japanese."""
    told = {group: words[group] for group in part.groups}
    en: list[str] = []
    ja: list[str] = []
    seen = _seen(told, part)
    who = noun(words)
    for phrase in dict.fromkeys(_phrase(group) for group in told):
        if phrase == "seen":
            en.append(f"with {listed([each for each, _ in seen])}")
            ja += [each for _, each in seen]
        elif phrase == "mood":
            mood = say("mood", told)
            if mood[0] in ("laughing", "smiling") and not en:
                who = article(f"{mood[0]} {who[0].split(maxsplit=1)[1]}"), who[1]
            else:
                en.append(mood[0])
            ja.append(mood[1])
        elif phrase == "clothes":
            worn = garment(told)
            en.append(f"in {worn[0]}")
            ja.append(f"{worn[1]}を着た")
        else:
            colour = say("background", told)
            en.append(f"in front of {article(colour[0])} background")
            ja.append(f"{colour[1]}背景の前にいる")
    first = en[0] if en else ""
    joint = " " if first.startswith(("with ", "in ")) else ", "
    return f"{who[0]}{joint}{', '.join(en)}" if en else who[0], "、".join(ja) + who[1]


def _phrase(group: str) -> str:
    """The phrase that tells a group: all that is seen about the head is one."""
    if group in ("mood", "background"):
        return group
    return "clothes" if group.startswith("clothes") else "seen"


def _seen(told: Mapping[str, str], part: Part) -> list[Words]:
    """Nouns in English, what stands before a noun in Japanese."""
    found = []
    if any(group in told for group in HAIR):
        found.append(_hair(told))
    if "glasses" in told:
        glasses = _GLASSES if part.vague else say("glasses", told)
        found.append((glasses[0], f"{glasses[1]}をかけた"))
    if "eyes" in told:
        found.append(("closed eyes", "目を閉じた"))
    return [*found, *((en, _attributive(ja)) for en, ja in zip(*details(told), strict=True))]


def _hair(told: Mapping[str, str]) -> Words:
    if "top" in told:
        return say("top", told)
    length, curl, colour, updo = (say(g, told) if g in told else SILENT for g in HAIR[1:])
    en = f"{length[0]}{curl[0]}{colour[0]} hair {updo[0]}"
    if updo != SILENT:
        ja = colour[1] + updo[1]
    elif length != SILENT and curl == colour == SILENT:
        ja = f"髪の{length[1]}"
    else:
        ja = f"{curl[1]}{length[1]}{colour[1]}髪の"
    return " ".join(en.split()), ja


def _attributive(joined: str) -> str:
    """A Japanese phrase that joins with a comma as it stands before a noun: ひげを生やし, ひげを生やした."""
    if joined.endswith("があり"):
        return joined.removesuffix("があり") + "のある"
    return joined.removesuffix("り") + "った" if joined.endswith("り") else joined + "た"
