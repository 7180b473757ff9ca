"""The log of a run: JSON lines, and TensorBoard where tensorboardX is installed."""

import importlib.util
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ganjax.core.files import write_bytes


class RunLog:
    """Appends one JSON object a line to `log.jsonl`, and the same numbers to TensorBoard.

    Args:
      folder: the run folder.
      seen_images: where the run goes on from; lines beyond it, of work that was lost, are removed.
      tensorboard: write TensorBoard files too, into `tensorboard/`.
    """

    def __init__(self, folder: str | os.PathLike[str], *, seen_images: int, tensorboard: bool) -> None:
        self._path = pathlib.Path(folder) / "log.jsonl"
        kept = [line for line in read_log(folder) if line["seen_images"] <= seen_images]
        write_bytes(self._path, "".join(json.dumps(line) + "\n" for line in kept).encode())
        self._file = self._path.open("a")
        self._board: Any = None
        if tensorboard:
            from tensorboardX import SummaryWriter

            self._board = SummaryWriter(
                os.fspath(pathlib.Path(folder) / "tensorboard"), purge_step=seen_images
            )

    def write(self, seen_images: int, values: Mapping[str, Any]) -> None:
        """Adds one line at `seen_images`."""
        self._file.write(json.dumps({"seen_images": seen_images, **values}) + "\n")
        self._file.flush()
        if self._board is not None:
            for name, value in values.items():
                if isinstance(value, (int, float)):
                    self._board.add_scalar(name, value, seen_images)

    def image(self, seen_images: int, name: str, sheet: np.ndarray) -> None:
        """Shows a picture [H, W, C] uint8 in TensorBoard."""
        if self._board is not None:
            self._board.add_image(name, sheet, seen_images, dataformats="HWC")

    def close(self) -> None:
        """Closes the files."""
        self._file.close()
        if self._board is not None:
            self._board.close()


def tensorboard_installed() -> bool:
    """Whether the extra `tensorboard` is there."""
    return importlib.util.find_spec("tensorboardX") is not None


def read_log(folder: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The whole lines of a run's `log.jsonl`; a last line cut by a kill is left out."""
    path = pathlib.Path(folder) / "log.jsonl"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]
