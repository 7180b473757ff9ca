"""`ganjax train`: train a system by a preset, whose every setting can be changed."""

import argparse
import dataclasses
import json
import logging
import math
import os
import pathlib
import sys
import time
import traceback
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import tyro

from ganjax.cli.checks import check_number
from ganjax.core.configs import to_dict
from ganjax.core.errors import CheckpointError, GanjaxError, UsageError
from ganjax.core.processors import processors
from ganjax.models import presets
from ganjax.models.index import system as find_system

Recipe = TypeVar("Recipe")

# Work that a kill may cost, by default, in thousands of images.
LONGEST_LOSS_KIMG = 50.0


@dataclasses.dataclass(frozen=True)
class Options(Generic[Recipe]):
    """Train a network by a preset, every setting of which can be changed.

    The same command goes on where an earlier one was interrupted, to the same result bit for bit.

    Attributes:
      system: what to train.
      recipe: the settings that decide the result.
      preset: the recipe to start from.
      out: the run folder; runs/SYSTEM-PRESET when left out.
      workers: processes that read or draw pictures; one a processor when left out.
      log_kimg: thousands of images between lines of the log.
      sample_kimg: thousands of images between sheets of samples; 40 sheets in all when left out, 0 for none.
      checkpoint_kimg: thousands of images between checkpoints; 20 in all when left out, or more in long runs.
      snapshot_kimg: thousands of images between copies of the networks that are kept; 0 keeps none.
      tensorboard: write TensorBoard files where tensorboardX is installed.
      coordinator: HOST:PORT of process 0 when several processes train together; SLURM, Open MPI, GKE and
        Cloud TPU need none of these three.
      processes: number of processes that train together.
      process_id: index of this process.
      dry_run: print the settings as JSON and stop.
    """

    system: tyro.conf.Positional[str]
    recipe: Annotated[Recipe, tyro.conf.arg(name="")]
    preset: str = "quickstart"
    out: pathlib.Path | None = None
    workers: int | None = None
    log_kimg: float = 1.0
    sample_kimg: float | None = None
    checkpoint_kimg: float | None = None
    snapshot_kimg: float = 0.0
    tensorboard: bool = True
    coordinator: str | None = None
    processes: int | None = None
    process_id: int | None = None
    dry_run: bool = False


def main(arguments: Sequence[str]) -> int:
    """Runs the verb; returns the exit code.

    Raises:
      UsageError: the system is missing or unknown, or so is the preset; a number that makes no sense.
    """
    # System and preset decide what the other options are, so they are read first.
    if not arguments or arguments[0].startswith("-"):
        if set(arguments) & {"-h", "--help"}:
            arguments = ["pgan", *arguments]
        else:
            raise UsageError(
                f"Say first what to train: ganjax train SYSTEM ...; known: {', '.join(presets.trained())}."
            )
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--preset", default="quickstart")
    chosen, _ = first.parse_known_args(arguments[1:])
    system = arguments[0]
    recipe = presets.preset(system, chosen.preset)
    kind: Any = Options[type(recipe)]  # type: ignore[misc]
    options = tyro.cli(
        kind,
        prog="ganjax train",
        args=arguments,
        default=Options(system=system, recipe=recipe),
        config=(tyro.conf.FlagCreatePairsOff, tyro.conf.PositionalMetavarFromFieldName),
    )
    _check(options)
    if options.dry_run:
        print(json.dumps(to_dict(options) | {"out": str(_folder(options))}, indent=2, default=str))
        return 0
    return run(options)


def _check(options: Options[Any]) -> None:
    check_number("--workers", options.workers)
    for name in ("log_kimg", "sample_kimg", "checkpoint_kimg", "snapshot_kimg"):
        check_number("--" + name.replace("_", "-"), getattr(options, name))
    check_number("--processes", options.processes, low=1)
    last = math.inf if options.processes is None else options.processes - 1
    check_number("--process-id", options.process_id, high=last)


def run(options: Options[Any]) -> int:
    """Trains as `options` say; returns the exit code."""
    # Of a checkpoint that fails Orbax and asyncio report every part on a page of its own; ours is one line.
    logging.getLogger("absl").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    from ganjax.train.mesh import start_processes

    start_processes(options.coordinator, options.processes, options.process_id)
    import jax

    if jax.process_count() == 1:
        return _train(options)
    if jax.process_index() > 0:  # its terminal would stay empty, and JAX aborts it without asking us
        print(
            f"Process {jax.process_index()} of {jax.process_count()} trains; process 0 shows the progress. "
            "If JAX's distributed service ends this one, process 0 was lost: start all of them again, they "
            "go on.",
            flush=True,
        )
    try:
        return _train(options)
    except Exception as error:
        expected = isinstance(error, GanjaxError)
        if not expected:
            traceback.print_exc()
        lost = "if another process was lost, start all of them again: they go on"
        what: object = error if expected else lost
        if isinstance(error, CheckpointError):  # all processes write a checkpoint together
            what = f"{error} Or {lost}"
        print(f"ganjax: process {jax.process_index()} of {jax.process_count()} ends: {what}", file=sys.stderr)
        sys.stderr.flush()
        # An orderly exit would wait for the other processes, and they for this one.
        os._exit(error.exit_code if isinstance(error, GanjaxError) else 1)


def _train(options: Options[Any]) -> int:
    import jax

    from ganjax.models.training import settings
    from ganjax.train import run_folder
    from ganjax.train.log import tensorboard_installed
    from ganjax.train.loop import Intervals, train

    began = time.perf_counter()
    folder = _folder(options)
    if jax.process_index() == 0:  # before the data are read, which may take long
        run_folder.check(folder, settings(options.system, options.recipe))
    workers = processors() if options.workers is None else options.workers
    recipe = options.recipe
    plan = presets.recipes(options.system).plan(recipe, workers=workers, **_teachers(recipe))
    total = plan.schedule.total_images / 1000
    intervals = Intervals(
        log_kimg=options.log_kimg,
        sample_kimg=_default(options.sample_kimg, total / 40),
        checkpoint_kimg=_default(options.checkpoint_kimg, min(total / 20, LONGEST_LOSS_KIMG)),
        snapshot_kimg=options.snapshot_kimg,
    )
    tensorboard = options.tensorboard and tensorboard_installed()
    outcome = train(plan, folder, intervals, tensorboard=tensorboard)
    if not outcome.finished:
        print(
            f"Stopped and saved at image {outcome.seen_images}; the same command goes on from there: {folder}"
        )
        return 1
    minutes, seconds = divmod(round(time.perf_counter() - began), 60)
    print(f"Trained on {outcome.seen_images} images, {minutes} min {seconds} s in this call.")
    print(f"Generated images: {outcome.sheet}")
    print(f"How they emerged: {folder / run_folder.GROWTH}")
    print(f"More of them:     {_next(options.system, folder)}")
    return 0


def _teachers(recipe: Any) -> dict[str, Any]:
    """The trained networks that a recipe names, as its plan takes them.

    They are the one whose activations it compares, or the text encoder that it listens to, with the image
    encoder beside it where there is one that may help.
    """
    from ganjax.hub import load, outlines

    if hasattr(recipe, "text"):
        helps = recipe.matching or recipe.facts
        beside = helps and any(each.part == "image" for each in outlines(recipe.text))
        image = load(recipe.text, part="image") if beside else None
        return {"text": load(recipe.text, part="text"), "image": image}
    wanted = getattr(recipe, "perceptual", "none")
    if wanted == "none":
        return {}
    model = load(wanted, part="features")
    return {
        "perception": lambda images, layers: model.net.apply(model.variables, images, layers=tuple(layers))
    }


def _next(system: str, folder: pathlib.Path) -> str:
    """What to do with a network of `system` in `folder`."""
    task = find_system(system, "card").SYSTEM.tasks[0]
    known = {
        "generate": f"ganjax sample {folder}",
        "imagine": f'ganjax imagine "PROMPT" --model {folder}',
        "encode": f"ganjax train dfgan --text {folder}",
    }
    return known.get(task, f"ganjax {task} IN OUT --model {folder}")


def _default(given: float | None, otherwise: float) -> float:
    return otherwise if given is None else given


def _folder(options: Options[Any]) -> pathlib.Path:
    return options.out or pathlib.Path("runs") / f"{options.system}-{options.preset}"
