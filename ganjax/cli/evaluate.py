"""`ganjax evaluate`: score a model against real images."""

import dataclasses
import json
import pathlib
from typing import Any, Literal

import tyro

from ganjax import __version__
from ganjax.cli.checks import SEEDS, check_number
from ganjax.core.configs import to_dict
from ganjax.core.errors import UsageError
from ganjax.core.processors import processors
from ganjax.hub import training_info


@dataclasses.dataclass(frozen=True)
class Options:
    """Score generated images against real ones, beside what real images score against each other.

    Attributes:
      model: a name of `ganjax list`, a run folder, a weight file, or folder:PATH for pictures that something
        else generated.
      data: the real images: "faces", "faces:N", "folder:PATH" or "tfds:NAME"; when left out, those that the
        model was trained on, opened as they were then.
      data_dir: folder of the prepared TFDS data sets; the default of TFDS when left out.
      split: part of a TFDS data set.
      max_unreadable: share of a folder's files that may be unreadable.
      samples: images to compare; fewer where there are not as many real ones.
      seed: chooses the generated images, the real ones, and the patches of SWD.
      metrics: swd (sliced Wasserstein distance), ms_ssim (variety).
      part: the averaged generator, or the raw one.
      workers: processes that read or draw pictures; one a processor when left out.
      out: JSON file to write; evaluation.json in the folder of a run, else none, when left out.
      dry_run: print the settings as JSON and stop.
    """

    model: tyro.conf.Positional[str] = "pgan-faces-64"
    data: str | None = None
    data_dir: pathlib.Path | None = None
    split: str = "train"
    max_unreadable: float = 0.01
    samples: int = 16384
    seed: int = 0
    metrics: tuple[Literal["swd", "ms_ssim"], ...] = ("swd", "ms_ssim")
    part: Literal["generator", "generator_raw"] = "generator"
    workers: int | None = None
    out: pathlib.Path | None = None
    dry_run: bool = False


def run(options: Options) -> int:
    """Prints the scores as a table and writes them."""
    check_number("--samples", options.samples, low=2)
    check_number("--seed", options.seed, high=SEEDS)
    check_number("--workers", options.workers)
    check_number("--max-unreadable", options.max_unreadable, high=1)
    if options.out is not None and options.out.suffix != ".json":
        raise UsageError(f"--out ends in .json; got {options.out}.")
    if options.dry_run:
        print(json.dumps(to_dict(options), indent=2, default=str))
        return 0

    from ganjax.api import load
    from ganjax.core.files import write_json
    from ganjax.core.types import Model
    from ganjax.data.sources import Source, open_source
    from ganjax.evaluate import score, side_of, table

    model: Model | Source
    if options.model.startswith("folder:"):
        model = open_source(options.model, side=0)
    else:
        model = load(options.model, part=options.part)
    side = side_of(model)
    if not side:
        raise UsageError(
            f"{options.model} makes pictures of pictures, not of latents: it cannot be scored so."
        )
    data, real = _real(options)
    source = open_source(data, side=side, **real)
    scores = score(
        model,
        source,
        samples=options.samples,
        seed=options.seed,
        metrics=options.metrics,
        workers=processors() if options.workers is None else options.workers,
        progress=True,
    )
    print(f"{options.model} beside {data}, {real['split']}:\n{table(scores)}")
    out = options.out
    if out is None and pathlib.Path(options.model).is_dir():
        out = pathlib.Path(options.model) / "evaluation.json"
    if out is not None:
        asked: dict[str, Any] = {"ganjax": __version__, "model": options.model, "part": options.part}
        asked |= {"data": data, **real, "data_dir": real["data_dir"] and str(real["data_dir"])}
        write_json(out, asked | scores)
        print(f"\n{out}")
    return 0


def _real(options: Options) -> tuple[str, dict[str, Any]]:
    """The real images to compare with, and how to open them."""
    real: dict[str, Any] = {"data_dir": options.data_dir, "split": options.split}
    real["max_unreadable"] = options.max_unreadable
    if options.data is not None:
        return options.data, real
    trained = {} if options.model.startswith("folder:") else training_info(options.model).get("recipe", {})
    if "data" not in trained:
        raise UsageError(
            f"{options.model} does not say what it was trained on: name real images with --data."
        )
    kept = ("data_dir", "split", "max_unreadable", "seed")
    return trained["data"], real | {name: trained[name] for name in kept if trained.get(name) is not None}
