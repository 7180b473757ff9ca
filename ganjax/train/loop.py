"""The training loop of every system: grow, step, show, save; and go on after any interruption."""

import concurrent.futures
import contextlib
import dataclasses
import pathlib
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from tqdm import tqdm

from ganjax.core.errors import TrainingError
from ganjax.train import mesh as meshes
from ganjax.train import run_folder
from ganjax.train.checkpoint import Checkpoints
from ganjax.train.log import RunLog
from ganjax.train.mesh import local
from ganjax.train.report import Report
from ganjax.train.schedule import Position, Schedule, crosses
from ganjax.train.state import TrainState
from ganjax.train.step import Step

# How often, in steps, the processes ask each other whether one of them was told to stop.
AGREE_EVERY = 8


@dataclasses.dataclass(frozen=True)
class Plan:
    """What the loop needs to know of a system: arrays, pytrees and callables, never a network.

    Attributes:
      settings: everything that decides the result; the run folder keeps it.
      schedule: the phases.
      create: () -> the state before the first image.
      enter: (state, stage) -> the state at the start of a new stage.
      step: stage -> the pure step of that stage.
      batch_shapes: stage -> shapes and types of a global batch.
      batches: (stage, images seen) -> this process's batches from there on, uint8 "image" and maybe "label".
      sample: (average variables, stage, alpha, n) -> n images [n, side, side, C] uint8 from fixed latents.
      export: (path, state, position) writes the networks as a file for `ganjax.load`.
    """

    settings: Mapping[str, Any]
    schedule: Schedule
    create: Callable[[], TrainState]
    enter: Callable[[TrainState, int], TrainState]
    step: Callable[[int], Step]
    batch_shapes: Callable[[int], Mapping[str, jax.ShapeDtypeStruct]]
    batches: Callable[[int, int], Generator[Mapping[str, np.ndarray]]]
    sample: Callable[[Any, int, float, int], np.ndarray]
    export: Callable[[pathlib.Path, TrainState, Position], None]


@dataclasses.dataclass(frozen=True)
class Intervals:
    """How often things happen, in thousands of images; none of them changes the result.

    Attributes:
      log_kimg: a line of numbers.
      sample_kimg: a sheet of samples and a look at the health.
      checkpoint_kimg: a checkpoint; the end of every phase has one too.
      snapshot_kimg: a copy of the networks that is kept, to see later how they grew better; 0 for none.
    """

    log_kimg: float = 1.0
    sample_kimg: float = 10.0
    checkpoint_kimg: float = 20.0
    snapshot_kimg: float = 0.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a call of `train` ended.

    Attributes:
      finished: False where it was asked to stop, and saved.
      seen_images: images seen in all.
      sheet: the newest sheet of samples.
    """

    finished: bool
    seen_images: int
    sheet: pathlib.Path


def train(
    plan: Plan,
    folder: pathlib.Path,
    intervals: Intervals = Intervals(),
    *,
    tensorboard: bool = False,
) -> Outcome:
    """Trains by `plan` in `folder`, from its newest checkpoint if it has one, to the end of the schedule.

    SIGTERM and the first SIGINT save a checkpoint and end it early.

    Raises:
      UsageError: the folder belongs to a run of other settings.
      TrainingError: a loss or a gradient is not finite.
      CheckpointError: a checkpoint cannot be written or read.
    """
    began = time.perf_counter()
    schedule = plan.schedule
    grids = [meshes.data_mesh(phase.batch) for phase in schedule.phases]
    chief = jax.process_index() == 0
    if chief:
        run_folder.settle(folder, plan.settings)
    with contextlib.ExitStack() as stack:
        checkpoints = stack.enter_context(Checkpoints(folder / "checkpoints"))
        stop = stack.enter_context(_stop_signals())
        state = _begin(plan, checkpoints, grids[0])
        seen = int(state.seen_images)
        report = None
        if chief:
            report = stack.enter_context(_reporting(plan, folder, intervals, seen, tensorboard))
        compiler = stack.enter_context(_StageCompiler(plan, grids, state))
        stopping = False
        while seen < schedule.total_images and not stopping:
            position = schedule.at(seen)
            mesh, batch_size = grids[position.stage], position.phase.batch
            step = compiler.get(position.stage)
            meshes.meet(f"stage {position.stage}")
            state = local(state)
            if int(state.stage) != position.stage:
                state = plan.enter(state, position.stage)
            state = meshes.replicate(state, mesh)
            if report:
                report.begin_stage(position, mesh.size)
            before = None
            with contextlib.closing(plan.batches(position.stage, seen)) as stream:
                for count, batch in enumerate(stream, 1):
                    alpha = meshes.replicate(np.float32(schedule.at(seen).alpha), mesh)
                    state, metrics = step(state, meshes.shard(batch, mesh), alpha)
                    # The step before: so the device always has work while the host looks.
                    _check_finite(before, schedule, seen, checkpoints)
                    before = metrics
                    seen += batch_size
                    over, reached = seen >= position.end, schedule.reached(seen)
                    if report and report.due(seen, batch_size):
                        _check_finite(metrics, schedule, seen, checkpoints)
                    if report:
                        seconds = time.perf_counter() - began
                        report.step(seen, reached, metrics, state.average, batch["image"], seconds)
                    if over or jax.process_count() == 1 or count % AGREE_EVERY == 0:
                        stopping = _anyone(stop.is_set())
                    leave = over or stopping
                    if leave or crosses(seen, batch_size, intervals.checkpoint_kimg):
                        _check_finite(metrics, schedule, seen, checkpoints)
                        checkpoints.save(seen, state)
                        if chief:
                            plan.export(folder / run_folder.MODEL, local(state), reached)
                    if chief and crosses(seen, batch_size, intervals.snapshot_kimg):
                        _check_finite(metrics, schedule, seen, checkpoints)
                        plan.export(run_folder.snapshot_path(folder, seen), local(state), reached)
                    if leave:
                        break
        checkpoints.wait()
        if report:
            # Once more: the process may have been killed between a checkpoint and its export.
            plan.export(folder / run_folder.MODEL, local(state), schedule.reached(seen))
            report.sheet(seen, schedule.reached(seen), state.average)
            run_folder.write_growth(folder)
        meshes.meet("end")
    return Outcome(seen >= schedule.total_images, seen, run_folder.sheet_path(folder, seen))


def _begin(plan: Plan, checkpoints: Checkpoints, mesh: Any) -> TrainState:
    fresh = plan.create()
    if checkpoints.latest() is None:
        return meshes.replicate(fresh, mesh)
    return checkpoints.restore(fresh, meshes.replicated(mesh))


def _check_finite(
    metrics: Mapping[str, jax.Array] | None, schedule: Schedule, seen: int, checkpoints: Checkpoints
) -> None:
    if metrics is None or float(local(metrics["finite"])) == 1:
        return
    checkpoints.wait()
    saved = checkpoints.latest()
    last = "none was written yet" if saved is None else str(checkpoints.folder / str(saved))
    values = ", ".join(f"{name} {float(local(value)):.4g}" for name, value in metrics.items())
    raise TrainingError(
        f"The losses are no longer finite at step {schedule.steps(seen)}, image {seen} ({values}). "
        f"Last good checkpoint: {last}. "
        "Try a smaller --learning-rate, another --penalty or --dtype float32, in a new run folder."
    )


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """While inside, SIGTERM and the first SIGINT only ask for an end; a second SIGINT interrupts as usual."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # Python allows handlers only there
        yield stop
        return

    def ask(number: int, frame: Any) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _anyone(asked: bool) -> bool:
    """Whether any of the processes was asked, so that all stop at the same step."""
    if jax.process_count() == 1:
        return asked
    return bool(np.any(multihost_utils.process_allgather(np.array(asked))))


@contextlib.contextmanager
def _reporting(
    plan: Plan, folder: pathlib.Path, intervals: Intervals, seen: int, tensorboard: bool
) -> Iterator[Report]:
    log = RunLog(folder, seen_images=seen, tensorboard=tensorboard)
    bar = tqdm(total=plan.schedule.total_images, initial=seen, unit="img", unit_scale=True, disable=None)
    with contextlib.closing(log), bar:
        yield Report(
            plan.sample,
            folder,
            log,
            bar,
            side=plan.schedule.phases[-1].side,
            log_kimg=intervals.log_kimg,
            sample_kimg=intervals.sample_kimg,
        )


class _StageCompiler:
    """Compiles the step of each stage, the next one in the background while the present one trains."""

    def __init__(self, plan: Plan, grids: list[Any], state: TrainState) -> None:
        self._plan, self._grids = plan, grids
        self._state = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), state)
        self._pool = concurrent.futures.ThreadPoolExecutor(1, "compile")
        self._pending: dict[int, concurrent.futures.Future[Any]] = {}

    def get(self, stage: int) -> Callable[..., Any]:
        """The compiled step of `stage`, waiting for it if need be; then the next one is started."""
        self._start(stage)
        compiled = self._pending.pop(stage).result()
        if stage + 1 < len(self._plan.schedule.phases):
            self._start(stage + 1)
        return compiled

    def _start(self, stage: int) -> None:
        if stage in self._pending:
            return
        alpha = jax.ShapeDtypeStruct((), jnp.float32)
        self._pending[stage] = self._pool.submit(
            meshes.compile_step,
            self._plan.step(stage),
            self._grids[stage],
            self._state,
            self._plan.batch_shapes(stage),
            alpha,
        )

    def __enter__(self) -> "_StageCompiler":
        return self

    def __exit__(self, *details: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
