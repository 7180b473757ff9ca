"""Makes the figures of the tutorial on texts, docs/images/tutorial_text_*: python scripts/figures/text.py

It runs the code of the page with the bundled networks, prints what that prints (the numbers of the tables),
and turns the pictures that it writes into WebP.
"""

import contextlib
import pathlib
import tempfile

from PIL import Image, ImageSequence
from restore import DOCS, publish, run

PAGE = DOCS / "tutorials" / "text-to-image.md"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        run(PAGE)
        for name in ("found", "grid"):
            publish(pathlib.Path(f"{name}.png"), f"text_{name}", quality=85)
        with Image.open("walk.webp") as film:
            first, *others = [frame.convert("RGB") for frame in ImageSequence.Iterator(film)]
            how = {"duration": 100, "loop": 0, "quality": 70, "method": 6}
            target = DOCS / "images" / "tutorial_text_walk.webp"
            first.save(target, save_all=True, append_images=others, **how)
            print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
