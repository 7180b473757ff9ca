"""How well a text-to-image model of the faces listens: python scripts/text_scores MODEL [--out scores.json].

Prompts are captions of 500 faces that were never trained on; of 100 of them also no trained face has that
hair on such a head. One picture is made of each, in English and in Japanese, and a classifier
(`reader.py`, which has to be run first) reads the words off it. A group of words counts in the means if the
classifier reads 0.93 or more of its words on 2,000 drawn faces; the others are printed only.

Then R-precision by the model's own encoders, swaps of one word at the same latents, the variety of pictures
of one caption, and SWD as `ganjax evaluate` measures it. Beside each stands what drawn faces score. Without
MODEL, drawn faces are put in the place of generated ones, which checks the measures.
"""

import argparse
import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import reader
from measures import SWAPS, flipped, frequent, shown, swap, variety
from page import page
from painter import SIDE, Painter, drawn

from ganjax.data.sources.faces import Face, FaceSource, captions, describe
from ganjax.data.sources.faces.captions import FORMS
from ganjax.data.sources.faces.spoken import spoken
from ganjax.data.sources.faces.unseen import unseen
from ganjax.evaluate import score_images
from ganjax.metrics.r_precision import r_precision

# No recipe draws its faces with them.
_UNSEEN, _NATURAL = 161_803, 141_421
_SAID = ["usual", "clothes", "long"]  # unseen all, as `unseen` says; those of some facts stand apart
_LANGUAGES = ("en", "ja")
_RELIABLE = 0.93
_SWD_SAMPLES = 2048  # as for the row of pgan-faces-64

Paint = Callable[[Sequence[Face], str, str], np.ndarray]
"""Faces, the form and the language of their captions -> a picture of each, uint8 [N, 64, 64, 3]."""


def words(paint: Paint, look: Any, faces: Sequence[Face], reliable: Sequence[str]) -> dict[str, Any]:
    """Of each form and language, and of all unseen ones: what `shown` gives, with mean and worst."""
    told = [spoken(face) for face in faces]
    real = look(drawn(faces))
    found: dict[str, Any] = {}
    for language in _LANGUAGES:
        made = {form: look(paint(faces, form, language)) for form in (*_SAID, "some")}
        for name, forms in {**{form: [form] for form in made}, "all": _SAID}.items():
            found[f"{name}, {language}"] = {
                "real": shown(*((real, told, form, language) for form in forms)),
                "made": shown(*((made[form], told, form, language) for form in forms)),
            }
    return {
        case: {name: {"groups": groups} | _summary(groups, reliable) for name, groups in sides.items()}
        for case, sides in found.items()
    }


def _summary(groups: Mapping[str, Any], reliable: Sequence[str]) -> dict[str, Any]:
    shares = {group: told["share"] for group, told in groups.items() if group in reliable}
    worst = min(shares, key=lambda group: shares[group])
    return {"mean": float(np.mean(list(shares.values()))), "worst": worst, "worst_share": shares[worst]}


def swaps(paint: Paint, look: Any, faces: Sequence[Face], reliable: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each swap in each language, and for the drawn faces."""
    rows = []
    for group, word, changes in SWAPS:
        pairs = swap(faces, group, word, changes)
        before, after = zip(*pairs, strict=True)
        ways = {"real": (look(drawn(before)), look(drawn(after)))}
        for language in _LANGUAGES:
            ways[language] = (look(paint(before, "usual", language)), look(paint(after, "usual", language)))
        for way, readings in ways.items():
            row = {"group": group, "word": word, "way": way}
            rows.append(row | flipped(pairs, group, word, readings, reliable))
    return rows


def precision(painter: Painter, paint: Paint, faces: Sequence[Face]) -> dict[str, dict[str, float]]:
    """R-precision of drawn and of made pictures of the usual captions, in each language."""
    found: dict[str, dict[str, float]] = {}
    for language in _LANGUAGES:
        texts = [captions(face)[language][0] for face in faces]
        sides = {"real": drawn(faces), "made": paint(faces, "usual", language)}
        found[language] = {
            name: r_precision(painter.similarity(images, texts), texts=texts)
            for name, images in sides.items()
        }
    return found


def varieties(paint: Paint) -> list[dict[str, Any]]:
    """MS-SSIM of fifty pictures of one caption, for five of the most frequent captions."""
    return [
        {
            "caption": captions(faces[0])["en"][0],
            "real": variety(drawn(faces)),
            # All of the first face, so that the prompt is one in Japanese too.
            **{way: variety(paint([faces[0]] * len(faces), "usual", way)) for way in _LANGUAGES},
        }
        for faces in frequent(_NATURAL)
    ]


def distance(paint: Paint) -> dict[str, Any]:
    """SWD and MS-SSIM of pictures of usual captions against drawn faces."""
    told = [describe(_NATURAL, i) for i in range(_SWD_SAMPLES)]
    source = FaceSource(SIDE, 2 * _SWD_SAMPLES)
    real = np.stack([source[i]["image"] for i in range(len(source))])
    return score_images(paint(told, "usual", "en"), real)


def report(scores: Mapping[str, Any]) -> None:
    """Prints it all."""
    print("Words that the classifier reads on 2,000 drawn faces; * counts:")
    print("  " + ", ".join(f"{g} {s:.3f}{'*' * (s >= _RELIABLE)}" for g, s in scores["reads"].items()))
    for case, sides in scores["words"].items():
        print(f"\n{'Shown of what captions say: ' + case:46}{'real':>8}{'made':>8}")
        for group, made in sides["made"]["groups"].items():
            mark = "*" if scores["reads"][group] >= _RELIABLE else ""
            real = sides["real"]["groups"][group]
            print(f"  {group + mark:18}{'':26}{real['share']:8.3f}{made['share']:8.3f}")
            for word, (share, count) in made["words"].items():
                print(f"    {word:16}{count:26}{real['words'][word][0]:8.3f}{share:8.3f}")
        for name, side in sides.items():
            print(f"  {name}: mean {side['mean']:.3f}, worst {side['worst_share']:.3f} ({side['worst']})")
    print("\nNew combinations alone: " + _line(scores["new"]))
    print("\nOne word swapped at the same latents (read before, read after, others kept, least)")
    for row in scores["swaps"]:
        print(
            f"  {row['group']:12} -> {row['word']:10}{row['way']:5}{row['pictures']:4}{row['before']:8.2f}"
            f"{row['after']:7.2f}{row['kept']:7.2f}  {row['least']} {row['others'][row['least']]:.2f}"
        )
    print("\nR-precision, 1 of 100: " + json.dumps(scores.get("r_precision", "no model")))
    print("\nMS-SSIM of fifty pictures of a caption (real, en, ja)")
    for row in scores["variety"]:
        print(f"  {row['real']:.3f} {row['en']:.3f} {row['ja']:.3f}  {row['caption']}")
    print("\nAgainst drawn faces: " + json.dumps(scores["distance"]))


def _line(cases: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{case} real {s['real']['mean']:.3f} made {s['made']['mean']:.3f}" for case, s in cases.items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", nargs="?", help="name or path of the generator; drawn faces without it")
    parser.add_argument("--text", help="its encoders, if other ones than it was trained with")
    parser.add_argument("--reader", required=True, help="what reader.py wrote")
    parser.add_argument("--trained", type=int, default=50_000, help="faces of seed 0 that it was trained on")
    parser.add_argument("--out", type=pathlib.Path, help="a JSON file for all numbers")
    parser.add_argument("--page", type=pathlib.Path, help="a Markdown file for words and swaps")
    options = parser.parse_args()
    variables = reader.load(options.reader)

    def look(images: np.ndarray) -> Mapping[str, np.ndarray]:
        return reader.read(variables, images)

    painter = Painter.load(options.model, options.text) if options.model else None

    def paint(faces: Sequence[Face], form: str, language: str) -> np.ndarray:
        if painter is None:
            return drawn(faces)
        return painter.paint([captions(face)[language][list(FORMS).index(form)] for face in faces])

    natural = [describe(_NATURAL, i) for i in range(2000)]
    plain, new = unseen(400, seed=_UNSEEN, trained=FaceSource(SIDE, options.trained), new=100)
    reads = shown((look(drawn(natural)), [spoken(face) for face in natural], "long", "en"))
    reliable = [group for group, told in reads.items() if told["share"] >= _RELIABLE]
    scores = {
        "model": options.model,
        "reads": {group: told["share"] for group, told in reads.items()},
        "words": words(paint, look, [*plain, *new], reliable),
        "new": words(paint, look, new, reliable),
        "swaps": swaps(paint, look, [*plain, *new], reliable),
        **({"r_precision": precision(painter, paint, [*plain, *new])} if painter else {}),
        "variety": varieties(paint),
        "distance": distance(paint),
    }
    report(scores)
    if options.out:
        options.out.write_text(json.dumps(scores, indent=1, ensure_ascii=False), encoding="utf-8")
    if options.page:
        options.page.write_text(page(scores, reliable), encoding="utf-8")


if __name__ == "__main__":
    main()
