"""What `text_scores` measures: words that are shown, words that are swapped, variety."""

import collections
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from reader import CLASSES

from ganjax.data.sources.faces import Face, captions, describe
from ganjax.data.sources.faces.captions import named
from ganjax.data.sources.faces.spoken import spoken
from ganjax.metrics.mean import statistics, value
from ganjax.metrics.ms_ssim import similarities

Readings = Mapping[str, np.ndarray]
"""The word of every group that the classifier reads off each picture: [N] for each group."""

NEAR_AGE = "age, to a step"
"""Age counted as right if read as the next word too: nobody sees the year in which a man becomes old."""

_AGES = CLASSES["age"]

# What makes another word of a group true, of a face of which it is not.
SWAPS: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("glasses", "round", {"glasses": "round"}),
    ("glasses", "sun", {"glasses": "sun"}),
    ("glasses", "none", {"glasses": "none"}),
    ("hair colour", "black", {"hair_dye": "none", "hair_grey": 0.0, "hair_colour": 0.05}),
    ("hair colour", "blond", {"hair_dye": "none", "hair_grey": 0.0, "hair_colour": 0.9}),
    ("hair colour", "white", {"hair_dye": "none", "hair_grey": 0.95}),
    ("hair colour", "pink", {"hair_dye": "pink"}),
    ("hair length", "short", {"hair_length": 0.1}),
    ("hair length", "long", {"hair_length": 0.85}),
    ("hair curl", "straight", {"hair_wave": 0.1}),
    ("hair curl", "curly", {"hair_wave": 0.9}),
    ("updo", "bun", {"updo": "bun"}),
    ("mood", "laughing", {"smile": 0.7, "mouth_open": 0.6}),
    ("mood", "surprised", {"smile": 0.0, "mouth_open": 0.6}),
    ("mood", "smiling", {"smile": 0.7, "mouth_open": 0.0}),
    ("mood", "sad", {"smile": -0.6, "mouth_open": 0.0}),
    ("eyes", "closed", {"eye_open": 0.03}),
    ("age", "little", {"age": 0.04}),
    ("age", "old", {"age": 0.9}),
    ("sex", "female", {"femininity": 0.85}),
    ("sex", "male", {"femininity": 0.15}),
)


Case = tuple[Readings, Sequence[Mapping[str, str]], str, str]
"""Readings of N pictures, what each was asked to show, and the form and language in which it was asked."""


def shown(*cases: Case) -> dict[str, Any]:
    """Of every word that captions say, the share of pictures on which it is read, over all cases together.

    Returns:
      {group: {"share": of all pictures that were asked for a word of it, "words": {word: [share, count]}}}.
    """
    hits: dict[str, dict[str, list[bool]]] = collections.defaultdict(lambda: collections.defaultdict(list))
    for readings, told, form, language in cases:
        for i, words in enumerate(told):
            for group in named(words, form, language):
                word, read = words[group], str(readings[group][i])
                hits[group][word].append(read == word)
                if group == "age":
                    hits[NEAR_AGE][word].append(abs(_AGES.index(read) - _AGES.index(word)) <= 1)
    return {
        group: {
            "share": float(np.mean([hit for every in hits[group].values() for hit in every])),
            "words": {
                word: [float(np.mean(hits[group][word])), len(hits[group][word])]
                for word in CLASSES["age" if group == NEAR_AGE else group]
                if word in hits[group]
            },
        }
        for group in (NEAR_AGE, *CLASSES)
        if group in hits
    }


def swap(
    faces: Sequence[Face], group: str, word: str, changes: Mapping[str, Any], *, most: int = 50
) -> list[tuple[Face, Face]]:
    """At most `most` faces with another word of the group, each beside what `changes` make of it."""
    pairs = ((face, dataclasses.replace(face, **changes)) for face in faces)
    return [
        (before, after)
        for before, after in pairs
        if spoken(before).get(group, word) != word and spoken(after).get(group) == word
    ][:most]


def flipped(
    pairs: Sequence[tuple[Face, Face]],
    group: str,
    word: str,
    readings: tuple[Readings, Readings],
    reliable: Sequence[str],
) -> dict[str, Any]:
    """How often the word is read before and after it is asked for, and how often other groups stay.

    Args:
      pairs: of faces, as `swap` gives them.
      group, word: what is swapped.
      readings: of the pictures before and after.
      reliable: the groups to look at.
    """
    before, after = readings
    kept: dict[str, float] = {}
    for other in (name for name in reliable if name in before):
        told = [other in spoken(a) and other in spoken(b) for a, b in pairs]
        if other != group and any(told):
            kept[other] = float(np.mean((before[other] == after[other])[told]))
    return {
        "pictures": len(pairs),
        "before": float(np.mean(before[group] == word)),
        "after": float(np.mean(after[group] == word)),
        "kept": float(np.mean(list(kept.values()))),
        "least": min(kept, key=lambda name: kept[name]),
        "others": kept,
    }


def frequent(seed: int, *, captions_wanted: int = 5, faces_each: int = 50) -> list[list[Face]]:
    """Faces of equal usual captions: for each of the nouns with the most frequent ones, that of them."""
    by_caption: dict[str, list[Face]] = collections.defaultdict(list)
    for i in range(20_000):
        face = describe(seed, i)
        by_caption[captions(face)["en"][0]].append(face)
    best: dict[str, list[Face]] = {}
    for caption, faces in sorted(by_caption.items(), key=lambda item: -len(item[1])):
        best.setdefault(caption.partition(" with ")[0], faces)
    return [faces[:faces_each] for faces in list(best.values())[:captions_wanted]]


def variety(images: np.ndarray) -> float:
    """The mean MS-SSIM of all pairs of the images [N, H, W, 3]."""
    first, second = np.triu_indices(len(images), 1)
    parts = [slice(at, at + 100) for at in range(0, len(first), 100)]
    scores = [similarities(images[first[part]], images[second[part]]) for part in parts]
    return value(statistics(np.concatenate(scores)))
