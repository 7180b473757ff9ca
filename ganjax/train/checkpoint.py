"""Checkpoints of a run: Orbax, asynchronous, whole or absent, whatever moment the process dies at."""

import contextlib
import os
import pathlib
import textwrap
import types
from typing import Any, Self

import jax
import orbax.checkpoint as ocp

from ganjax.core.errors import CheckpointError

KEEP = 3


class Checkpoints:
    """The checkpoints of one run folder, named by images seen; the newest `KEEP` are kept.

    Use it as a context manager: leaving waits for the save in flight.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        options = ocp.CheckpointManagerOptions(
            preservation_policy=ocp.checkpoint_managers.LatestN(KEEP),
            save_decision_policy=ocp.checkpoint_managers.FixedIntervalPolicy(1),
            cleanup_tmp_directories=True,
            enable_async_checkpointing=True,
        )
        self.folder = pathlib.Path(folder).absolute()
        self._manager = ocp.CheckpointManager(self.folder, options=options, item_names=("state",))

    def latest(self) -> int | None:
        """Images seen at the newest whole checkpoint, None where there is none."""
        return self._manager.latest_step()

    def save(self, seen_images: int, state: Any) -> None:
        """Starts saving `state`; returns as soon as its buffers may be reused.

        Raises:
          CheckpointError: this save, or the one before it, could not be written; older ones are untouched.
        """
        try:
            self._manager.save(seen_images, args=ocp.args.Composite(state=ocp.args.StandardSave(state)))
        except (OSError, ValueError, RuntimeError) as error:
            raise self._failed(error) from error

    def wait(self) -> None:
        """Waits until the save in flight is whole.

        Raises:
          CheckpointError: it could not be written; older ones are untouched.
        """
        try:
            self._manager.wait_until_finished()
        except (OSError, ValueError, RuntimeError) as error:
            raise self._failed(error) from error

    def restore(self, like: Any, sharding: jax.sharding.Sharding) -> Any:
        """The newest checkpoint, in the structure and shapes of `like`, placed by `sharding`.

        It may have been written by another number of processes or devices.

        Raises:
          CheckpointError: there is none, or it does not have the structure of `like`.
        """
        step = self.latest()
        if step is None:
            raise CheckpointError(f"There is no whole checkpoint in {self.folder}.")
        target = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding), like
        )
        try:
            restored = self._manager.restore(
                step, args=ocp.args.Composite(state=ocp.args.StandardRestore(target))
            )
        except (OSError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"The checkpoint {self.folder / str(step)} cannot be read: remove that folder to go on from "
                f"the one before. ({textwrap.shorten(str(error), 300)})"
            ) from error
        return restored["state"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        if kind is None:
            self.wait()
            self._manager.close()
        elif jax.process_count() == 1:  # of several, one may be lost, and waiting for it would never end
            with contextlib.suppress(CheckpointError):
                self.wait()

    def _failed(self, error: BaseException) -> CheckpointError:
        return CheckpointError(
            f"A checkpoint could not be written to {self.folder}; the older ones are whole. Make room on the "
            "disk or give the rights, then start the same command again. "
            f"({textwrap.shorten(str(error), 300)})"
        )
