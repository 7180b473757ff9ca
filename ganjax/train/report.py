"""What a run shows while it trains: progress and rate, log lines, sheets of samples, troubles by name."""

import math
import pathlib
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

from ganjax.core.images import grid, save_image
from ganjax.train import run_folder
from ganjax.train.health import diagnose, diversity
from ganjax.train.log import RunLog
from ganjax.train.mesh import local
from ganjax.train.schedule import Position, crosses

# On a sheet; fewer of large images, so that it stays of a size to look at.
SAMPLES = 36
SHEET_SIDE = 1536
# Smaller images are shown enlarged to about this side.
SHOWN_SIDE = 128


class Report:
    """Shows one run.

    Args:
      sample: (average variables, stage, alpha, n) -> n images [n, side, side, C] uint8 from fixed latents.
      folder: the run folder.
      log: where numbers go.
      bar: the progress bar, in images.
      side: side of the finished images; earlier ones are shown enlarged to it.
      log_kimg: thousands of images between lines of the log.
      sample_kimg: thousands of images between sheets of samples.
    """

    def __init__(
        self,
        sample: Callable[[Any, int, float, int], np.ndarray],
        folder: pathlib.Path,
        log: RunLog,
        bar: Any,
        *,
        side: int,
        log_kimg: float,
        sample_kimg: float,
    ) -> None:
        self._sample, self._folder, self._log, self._bar, self._side = sample, folder, log, bar, side
        self._log_kimg, self._sample_kimg = log_kimg, sample_kimg
        self._norms: list[float] = []
        self._last = (time.perf_counter(), bar.n)

    def begin_stage(self, position: Position, devices: int) -> None:
        """A resolution begins, on so many devices."""
        self._norms = []
        if devices < jax.device_count():
            self.say(
                f"Training on {devices} of {jax.device_count()} devices: more do not divide the batch of "
                f"{position.phase.batch} (--batches)."
            )
        self._bar.set_description(f"{position.phase.side}x{position.phase.side}")

    def due(self, seen: int, batch: int) -> bool:
        """Whether `step` will show the numbers or the images of the `batch` that ended at `seen`."""
        return any(self._due(seen, batch))

    def step(
        self,
        seen: int,
        position: Position,
        metrics: Mapping[str, jax.Array],
        average: Any,
        real: np.ndarray,
        seconds: float,
    ) -> None:
        """A step ended: `seen` images so far, `real` [N, H, W, C] uint8 of this step, `seconds` in all."""
        batch = position.phase.batch
        self._bar.update(batch)
        logs, samples = self._due(seen, batch)
        if not logs and not samples:
            return
        values = {name: float(value) for name, value in local(metrics).items() if name != "finite"}
        self._norms.append(values["g_grad_norm"])
        if logs:
            self._line(seen, position, values, seconds)
        if samples:
            images = self.sheet(seen, position, average)
            troubles = diagnose(
                values,
                fake_diversity=diversity(images),
                real_diversity=diversity(real),
                usual_g_grad_norm=statistics.median(self._norms),
            )
            if troubles:
                self._log.write(seen, {"health": troubles})
            for trouble in troubles:
                self.say(f"health at image {seen}: {trouble}")

    def sheet(self, seen: int, position: Position, average: Any) -> np.ndarray:
        """Writes the sheet of samples after `seen` images; returns the images [n, H, W, C] uint8."""
        rows = min(math.isqrt(SAMPLES), max(SHEET_SIDE // self._side, 2))
        images = self._sample(local(average), position.stage, position.alpha, rows**2)
        factor = max(self._side, SHOWN_SIDE) // images.shape[1]
        sheet = grid(images.repeat(factor, 1).repeat(factor, 2))
        save_image(run_folder.sheet_path(self._folder, seen), sheet)
        self._log.image(seen, "samples", sheet)
        return images

    def say(self, text: str) -> None:
        """Prints a line without breaking the bar."""
        if self._bar.disable:
            print(text, flush=True)
        else:
            self._bar.write(text)

    def _due(self, seen: int, batch: int) -> tuple[bool, bool]:
        """Whether a line of numbers and whether a sheet of samples is due."""
        return crosses(seen, batch, self._log_kimg), crosses(seen, batch, self._sample_kimg)

    def _line(self, seen: int, position: Position, values: Mapping[str, float], seconds: float) -> None:
        now = time.perf_counter()
        rate = (seen - self._last[1]) / (now - self._last[0])
        self._last = (now, seen)
        side, alpha = position.phase.side, position.alpha
        facts = {"side": side, "alpha": alpha, "images_per_second": rate, "seconds": seconds}
        self._log.write(seen, {**facts, **values})
        # A discriminator that waits has none.
        named = [f"{who} {values[f'{who}_loss']:.3f}" for who in "dg" if f"{who}_loss" in values]
        losses = f"fade {alpha:.2f}, loss {' '.join(named)}"
        self._bar.set_postfix_str(losses, refresh=False)
        if self._bar.disable:
            self.say(f"{seen}/{self._bar.total} images, {side}x{side}, {losses}, {rate:.0f} img/s")
