"""Makes the figures of the PGAN page. Run it by hand, with the extra `docs`, after the runs it shows:

    python scripts/figures/pgan.py sheet MODEL docs/images/pgan_faces.png [--columns 8 --n 32 --zoom 2]
    python scripts/figures/pgan.py growth RUN docs/images/pgan_growth.webp
    python scripts/figures/pgan.py curve docs/images/pgan_cifar10_swd.png "ganjax=SCORES.json" ...

`curve` draws the sliced Wasserstein distance against images seen; each JSON file holds `{"SEEN": SCORES}`,
with SCORES as `ganjax evaluate --out` writes them. The first `real` of the last file is the floor.
"""

import argparse
import json
import pathlib

import jax
import numpy as np
from PIL import Image

import ganjax
from ganjax.core.images import grid, save_image


def sheet(model: str, out: pathlib.Path, *, n: int, columns: int, zoom: int) -> None:
    """Draws `n` images of the key 0, enlarged `zoom` times."""
    images = np.asarray(ganjax.generate(ganjax.load(model), jax.random.key(0), n=n))
    save_image(out, grid(images.repeat(zoom, 1).repeat(zoom, 2), columns=columns))


def growth(run: pathlib.Path, out: pathlib.Path, *, side: int = 400, frames: int = 24) -> None:
    """A small film of a run's own sheets of samples, spread evenly over its length."""
    sheets = sorted((run / "samples").glob("*.png"))
    chosen = [sheets[i] for i in np.linspace(0, len(sheets) - 1, min(frames, len(sheets))).astype(int)]
    pictures = [Image.open(path).resize((side, side), Image.Resampling.LANCZOS) for path in chosen]
    durations = [200] * (len(pictures) - 1) + [1500]
    pictures[0].save(
        out, save_all=True, append_images=pictures[1:], duration=durations, loop=0, quality=60, method=6
    )


def curve(out: pathlib.Path, series: list[str]) -> None:
    """One line for each series LABEL=FILE, and the floor of real against real images."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for text in series:
        label, _, path = text.partition("=")
        scores = {int(seen): value for seen, value in json.loads(pathlib.Path(path).read_text()).items()}
        seen = sorted(scores)
        swd = [scores[each]["generated"]["swd"] for each in seen]
        axes.plot([each / 1000 for each in seen], swd, "o-", label=label)
        floor = scores[seen[0]]["real"]["swd"]
    axes.axhline(floor, color="grey", linestyle=":", label="real against real")
    axes.set(xlabel="thousands of images seen", ylabel="SWD x 1000 (average)", yscale="log")
    axes.legend()
    figure.savefig(out, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("sheet")
    one.add_argument("model")
    one.add_argument("out", type=pathlib.Path)
    one.add_argument("--n", type=int, default=32)
    one.add_argument("--columns", type=int, default=8)
    one.add_argument("--zoom", type=int, default=2)
    two = verbs.add_parser("growth")
    two.add_argument("run", type=pathlib.Path)
    two.add_argument("out", type=pathlib.Path)
    three = verbs.add_parser("curve")
    three.add_argument("out", type=pathlib.Path)
    three.add_argument("series", nargs="+")
    options = vars(parser.parse_args())
    {"sheet": sheet, "growth": growth, "curve": curve}[options.pop("verb")](**options)


if __name__ == "__main__":
    main()
