"""Makes the figures of the tutorials on restoring: python scripts/figures/restore.py RUNS

It runs the code of the pages, prints what that prints (the numbers of the tables), and turns the pictures
that it writes into docs/images/tutorial_*.webp. RUNS is the folder `runs` with those of
docs/tutorials/train-upscaler.md.
"""

import contextlib
import pathlib
import re
import sys
import tempfile

from PIL import Image

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PAGES = ("upscale", "enhance", "train-upscaler")


def run(page: pathlib.Path) -> None:
    """Runs the Python code of a page in the current folder."""
    names: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        exec(block, names)


def publish(picture: pathlib.Path, name: str, *, quality: int = 92) -> None:
    """Keeps a picture as a figure of a tutorial."""
    target = DOCS / "images" / f"tutorial_{name}.webp"
    with Image.open(picture) as opened:
        opened.save(target, quality=quality, method=6)
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


def main(runs: pathlib.Path) -> None:
    runs = runs.resolve()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        pathlib.Path("runs").symlink_to(runs)
        for page in PAGES:
            print(f"{page}:")
            run(DOCS / "tutorials" / f"{page}.md")
        last = max(pathlib.Path("runs/srvgg-quickstart/samples").glob("*.png"))
        with Image.open(last) as sheet:
            sheet.crop((0, 0, 1542, 388)).save("sheet.png")  # four of six columns, three of six rows
        for picture in sorted(pathlib.Path().glob("*.png")):
            publish(picture, picture.stem)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
