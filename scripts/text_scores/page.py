"""The scores word by word and swap by swap, as a page of Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ganjax.data.sources.faces.spoken import SILENT, WORDS

_HEAD = """# What {model} hears, word by word

Written by `scripts/text_scores`; how it was measured, and what comes of it, is said on the page of
[DF-GAN](dfgan.md#what-it-hears). A classifier that was trained on drawn faces reads the words off pictures:
off the drawn faces of the captions, and off the pictures that were made of them. It reads the groups with a °
rightly in less than 0.93 of natural drawn faces, and cannot judge them.

## Words

Of the captions that say a word, the share of pictures on which it is read.

"""
_SWAPS = """
## One word swapped

At the same latents another word is asked for: how often that word is read before and after, and how many of
the words of other groups stay what they were. "Drawn" are faces of which that one attribute was changed.

"""
_WAYS = ("drawn", "English", "Japanese")
_WORDS = (
    "group",
    "word",
    "in English",
    "in Japanese",
    "captions",
    "drawn",
    "made, English",
    "made, Japanese",
)


def page(scores: Mapping[str, Any], reliable: Sequence[str]) -> str:
    """The page of what `__main__.py` measured; `reliable` are the groups that the classifier can judge."""
    words = _table(_WORDS, _words(scores["words"], reliable))
    measured = (f"{way}: {what}" for way in _WAYS for what in ("before", "after", "others kept"))
    swaps = _table(("swap", "pictures", *measured), _swaps(scores["swaps"]))
    return _HEAD.format(model=scores["model"]) + words + _SWAPS + swaps


def _words(cases: Mapping[str, Any], reliable: Sequence[str]) -> Iterable[Sequence[str]]:
    sides = [cases["all, en"]["real"], cases["all, en"]["made"], cases["all, ja"]["made"]]
    for group, words in WORDS.items():
        for word, said in words.items():
            if said != SILENT and word in sides[0]["groups"].get(group, {"words": ()})["words"]:
                counted = [side["groups"][group]["words"].get(word, [0.0, 0]) for side in sides]
                shares = (f"{share:.2f}" if count else "–" for share, count in counted)
                mark = group if group in reliable else f"{group} °"
                yield mark, word, *(each.strip() for each in said), str(counted[0][1]), *shares


def _swaps(rows: Sequence[Mapping[str, Any]]) -> Iterable[Sequence[str]]:
    for real, english, japanese in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        figures = (
            f"{row[key]:.2f}" for row in (real, english, japanese) for key in ("before", "after", "kept")
        )
        yield f"{real['group']}: {real['word']}", str(real["pictures"]), *figures


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
