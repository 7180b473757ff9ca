"""Phrases that captions are put together from, each in English and in Japanese."""

from collections.abc import Mapping

from ganjax.data.sources.faces.spoken import SILENT, WORDS, Words

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

HAIR = ("top", "hair length", "hair curl", "hair colour", "updo")
"""Groups that tell the hair."""

DETAILS = ("beard", "moustache", "freckles", "lipstick", "earrings", "ornament")
"""Groups of what is seen besides, in the order in which it is told."""


def noun(words: Mapping[str, str]) -> Words:
    """Who it is: the age and the sex."""
    return _NOUNS[words["sex"], words["age"]]


def say(group: str, words: Mapping[str, str]) -> Words:
    """How the word of this group is put."""
    return WORDS[group][words[group]]


def details(words: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What `DETAILS` say: nouns in English, phrases that join with a comma in Japanese."""
    found = {group: say(group, words) for group in DETAILS if group in words}
    if words.get("ornament", "none") != "none":
        colour = say("ornament colour", words) if "ornament colour" in words else SILENT
        thing = found["ornament"]
        found["ornament"] = article(f"{colour[0]} {thing[0]}".strip()), colour[1] + thing[1]
    told = [each for each in found.values() if each != SILENT]
    return [english for english, _ in told], [japanese for _, japanese in told]


def garment(words: Mapping[str, str]) -> Words:
    """The clothes and their colour, as far as these words tell them."""
    thing = say("clothes", words) if "clothes" in words else ("clothes", "服")
    colour = say("clothes colour", words) if "clothes colour" in words else SILENT
    if words.get("clothes light") == "dark":
        dark = say("clothes light", words)
        # 濃い goes with the noun of the colour: 濃い青のシャツ.
        colour = (dark[0] + colour[0], f"{dark[1]}{colour[1].removesuffix('い').removesuffix('の')}の")
    en = f"{colour[0]} {thing[0]}".strip()
    return article(en) if "clothes" in words else en, colour[1] + thing[1]


def listed(things: list[str]) -> str:
    """The things as English lists them."""
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"


def article(phrase: str) -> str:
    """The English phrase with its article."""
    return f"an {phrase}" if phrase[0] in "aeiou" else f"a {phrase}"
