"""One program for every scale: devices as a mesh, and processes that find each other."""

import math
import os
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from orbax.checkpoint import multihost

from ganjax.core.errors import UsageError
from ganjax.core.jaxprs import largest_array

DATA = "data"
# A process that died is noticed within this time, and the others end.
HEARTBEAT_SECONDS = 10
# A process that lives may take this long to compile what the others have compiled already.
PATIENCE_SECONDS = 3600
# Bytes of the pieces in which a step on the CPU takes its memory, or more for its largest array: 20 MB left
# the fewest fresh pages, of 16 to 31 MB.
_PIECE = 20 * 2**20
# Bytes from which on glibc lets a piece go.
_LET_GO = 32 * 2**20


def start_processes(
    coordinator: str | None = None, processes: int | None = None, process_id: int | None = None
) -> None:
    """Joins the other processes of this run through `jax.distributed`; call it before any other use of JAX.

    With no argument it joins only where a cluster is announced in the environment (SLURM, Open MPI, GKE or
    Cloud TPU with several workers), and runs alone otherwise.

    Raises:
      UsageError: a coordinator without `processes` and `process_id`, or the other way round.
    """
    given = (coordinator, processes, process_id)
    if any(value is not None for value in given) and None in given:
        raise UsageError("--coordinator, --processes and --process-id go together: give all three or none.")
    if coordinator is not None and not coordinator.rpartition(":")[2].isdigit():
        raise UsageError(f"--coordinator is HOST:PORT, not {coordinator}.")
    tasks = max(
        int(os.environ.get("SLURM_NTASKS", "1")) if "SLURM_STEP_ID" in os.environ else 1,
        int(os.environ.get("OMPI_COMM_WORLD_SIZE", "1")),
        len(os.environ.get("TPU_WORKER_HOSTNAMES", "").split(",")),
    )
    if coordinator is None and tasks < 2:
        return
    jax.distributed.initialize(
        coordinator,
        processes,
        process_id,
        heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
        shutdown_timeout_seconds=HEARTBEAT_SECONDS,
    )


def data_mesh(batch: int) -> Mesh:
    """A mesh of one axis over as many devices as divide a batch.

    Raises:
      UsageError: several processes, and a batch that their devices do not divide.
    """
    devices = math.gcd(jax.device_count(), batch)
    if jax.process_count() > 1 and devices < jax.device_count():
        raise UsageError(
            f"A batch of {batch} images cannot be shared by {jax.device_count()} devices of "
            f"{jax.process_count()} processes: choose --batches that {jax.device_count()} divides."
        )
    # Explicit axes, the default of jax.make_mesh, refuse the reshapes of the minibatch standard deviation.
    return jax.make_mesh((devices,), (DATA,), axis_types=(AxisType.Auto,), devices=jax.devices()[:devices])


def meet(place: str) -> None:
    """Waits until every process is here; call it before a first exchange between devices.

    One process may compile much longer than another, while an exchange waits 30 s only for the other side.
    """
    if jax.process_count() > 1:
        multihost.sync_global_processes(place, timeout=PATIENCE_SECONDS)


def replicated(mesh: Mesh) -> NamedSharding:
    """The sharding that gives every device the whole array."""
    return NamedSharding(mesh, P())


def replicate(tree: Any, mesh: Mesh) -> Any:
    """`tree`, equal in every process, as arrays that every device of `mesh` holds whole."""
    sharding = replicated(mesh)
    return jax.tree.map(
        lambda leaf: jax.make_array_from_callback(
            np.shape(leaf), sharding, lambda index: np.asarray(leaf)[index]
        ),
        tree,
    )


def local(tree: Any) -> Any:
    """This process's copy of a replicated tree."""
    return jax.tree.map(lambda leaf: leaf.addressable_data(0), tree)


def shard(batch: Mapping[str, np.ndarray], mesh: Mesh) -> dict[str, jax.Array]:
    """This process's rows of a batch, as global arrays split over `mesh`."""
    sharding = NamedSharding(mesh, P(DATA))
    return {name: jax.make_array_from_process_local_data(sharding, rows) for name, rows in batch.items()}


def donated() -> tuple[int, ...]:
    """Which arguments of a step give their memory to what it returns: the state, but none on the CPU.

    XLA:CPU runs side by side what does not wait for one another, so that parameters could still be read after
    new ones took their place. It copies them all before, which takes longer than fresh memory: 3 % of a step
    of DF-GAN (2 cores of an Intel Xeon).
    """
    return () if jax.default_backend() == "cpu" else (0,)


def compile_step(
    step: Callable[..., Any], mesh: Mesh, state: Any, batch: Any, alpha: Any
) -> Callable[..., Any]:
    """`step` compiled over `mesh` for these shapes: whole state, split batch.

    Memory is used as `donated` and `_memory_options` say.
    """
    whole, split = replicated(mesh), NamedSharding(mesh, P(DATA))
    jitted = jax.jit(
        step, in_shardings=(whole, split, whole), out_shardings=(whole, whole), donate_argnums=donated()
    )
    traced = jitted.trace(state, batch, alpha)
    return traced.lower().compile(_memory_options(largest_array(traced.jaxpr)))


def _memory_options(largest: int) -> dict[str, int]:
    """How to compile a step whose largest array has `largest` bytes: in which pieces it takes its memory.

    XLA takes what all intermediate results need in one piece. One of 32 MB or more glibc lets go after each
    use, and the system clears its pages anew at every step: 67,000 times 4 kB in one of DF-GAN, a tenth of
    the processor's time. Smaller pieces it keeps, most of the time; programs that keep everything (see
    `ganjax.core.allocator`) lose nothing. Where an array has 32 MB itself, nothing is gained, and of every
    array that is larger than the pieces XLA warns.
    """
    piece = max(_PIECE, largest)
    if jax.default_backend() != "cpu" or piece >= _LET_GO:
        return {}
    return {"xla_multiheap_size_constraint_per_heap": piece}


def pmap_step(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step`, built with `axis_name=DATA`, under `jax.pmap`, for code that is written that way.

    State and metrics carry a leading device axis, the batch is [devices, N / devices, ...], alpha is whole.
    It gives the numbers of the whole batch where losses and networks compare images only within the rows of
    one device: groups of the minibatch standard deviation have to fit there, and a relativistic average is
    that of a device's rows.
    """
    return jax.pmap(step, axis_name=DATA, in_axes=(0, 0, None), donate_argnums=donated())
