"""Makes the figures of the PGAN page. Run it by hand, with the extra `docs`, after the runs it shows:

    python scripts/figures/pgan.py sheet MODEL docs/images/pgan_faces.png [--columns 8 --n 32 --zoom 2]
    python scripts/figures/pgan.py growth RUN docs/images/pgan_growth.webp
    python scripts/figures/pgan.py scores OUT.json DATA --data-dir DIR 20000=SNAPSHOT.safetensors 40000=...
    python scripts/figures/pgan.py curve docs/images/pgan_cifar10_swd.png "ganjax=SCORES.json" ...

`scores` measures networks after so many images seen, or images of another program in a .npy file, uint8
[N, H, W, 3]; images of early stages are enlarged to the side of the real ones, as the paper does.
`curve` draws the sliced Wasserstein distance against images seen; each JSON file holds `{"SEEN": SCORES}`,
with SCORES as `ganjax evaluate --out` writes them. The first `real` of the last file is the floor.
"""

import argparse
import json
import pathlib
import shutil

import jax
import numpy as np

import ganjax
from ganjax.core.files import write_json
from ganjax.core.images import grid, save_image, to_uint8
from ganjax.data.pipeline import batches
from ganjax.data.sources import open_source
from ganjax.evaluate import score_images
from ganjax.train.run_folder import write_growth


def sheet(model: str, out: pathlib.Path, *, n: int, columns: int, zoom: int) -> None:
    """Draws `n` images of the key 0, enlarged `zoom` times."""
    images = np.asarray(ganjax.generate(ganjax.load(model), jax.random.key(0), n=n))
    save_image(out, grid(images.repeat(zoom, 1).repeat(zoom, 2), columns=columns))


def growth(run: pathlib.Path, out: pathlib.Path) -> None:
    """A small film of a run's own sheets of samples."""
    shutil.copyfile(write_growth(run, frames=24, side=400), out)


def scores(out: pathlib.Path, data: str, series: list[str], *, data_dir: pathlib.Path | None, n: int) -> None:
    """Writes {"SEEN": scores} for SEEN=FILE in `series`, from `n` images each."""
    source = open_source(data, side=0, data_dir=data_dir)
    real = next(iter(batches(source, side=32, batch=2 * n)))["image"]
    result = {}
    for text in series:
        seen, _, path = text.partition("=")
        if path.endswith(".npy"):
            fake = np.load(path)[:n]
        else:
            fake = to_uint8(ganjax.generate(ganjax.load(path), jax.random.key(0), n=n))
        factor = real.shape[1] // fake.shape[1]
        result[seen] = score_images(fake.repeat(factor, 1).repeat(factor, 2), real)
        print(seen, result[seen]["generated"], flush=True)
    write_json(out, result)


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
    four = verbs.add_parser("scores")
    four.add_argument("out", type=pathlib.Path)
    four.add_argument("data")
    four.add_argument("series", nargs="+")
    four.add_argument("--data-dir", type=pathlib.Path)
    four.add_argument("--n", type=int, default=4096)
    three = verbs.add_parser("curve")
    three.add_argument("out", type=pathlib.Path)
    three.add_argument("series", nargs="+")
    options = vars(parser.parse_args())
    {"sheet": sheet, "growth": growth, "scores": scores, "curve": curve}[options.pop("verb")](**options)


if __name__ == "__main__":
    main()
