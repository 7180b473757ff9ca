"""Reads weight files that were mutated at random: each must give a right answer or ganjax's CheckpointError.

    python scripts/fuzz.py [--count 20000] [--seed 0] [--load] [--keep FOLDER]

fuzz_files.py makes them. Right is the content of the whole file where checksums cover it (zip), what the
safetensors library reads, and elsewhere, since these files have no checksum, arrays that can be read to the
last value. A file may take one second of processor time, and three times its size and 64 MiB of memory. Files
that say what network they are go on to `ganjax.published` and `ganjax.load`; with `--load` all do.
The exit code is 1 if any file fails; `--keep` keeps those, and the files that were read with another content.
"""

import argparse
import collections
import contextlib
import ctypes
import dataclasses
import faulthandler
import hashlib
import pathlib
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
import safetensors
import safetensors.numpy
from fuzz_files import LARGE, TOLD, mutated, whole_files

import ganjax
from ganjax import published
from ganjax.convert.container import Container, read_container
from ganjax.core.errors import CheckpointError

SECONDS, TIMES, SPARE = 1.0, 3, 64 << 20
LONGEST_MESSAGE = 10_000  # which lists what does not fit, a line for each of forty tensors
Reader = Callable[[pathlib.Path], Any]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What reading a file came to.

    Attributes:
      outcome: "refused", the "same" content as before, an "other" one, or "raised" what nothing may.
      wrong: what is wrong with that, or "".
      seconds: processor time.
      taken: bytes of memory.
    """

    outcome: str
    wrong: str
    seconds: float
    taken: int


def all_parts(path: pathlib.Path) -> Any:
    """Every network of a file."""
    return published.read(path, None)


def loaded(path: pathlib.Path) -> Any:
    """The variables of a file's generator, as a model has them."""
    return ganjax.load(path).variables


def readers(name: str, load: bool) -> list[Reader]:
    """What reads the mutations of the file `name`."""
    if not (load or name in TOLD):
        return [read_container]
    # What a model takes is as large as its weights, which a file may hold in half the space.
    return [read_container, all_parts, published.examine, *([] if name in LARGE else [loaded])]


def digest(value: Any) -> Any:
    """A value to compare contents by, which reads every array to its end."""
    if isinstance(value, np.ndarray | jax.Array):
        array = np.ascontiguousarray(value)
        return str(array.dtype), value.shape, hashlib.sha256(array.view(np.uint8)).digest()
    if dataclasses.is_dataclass(value):
        return {field.name: digest(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: digest(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [digest(item) for item in value]
    return repr(value)


def judged(path: pathlib.Path, whole: Any, where: str, read: Reader = read_container) -> Verdict:
    """Reads the file at `path`, which was the one with the digest `whole` before it was changed."""
    forget_peak()
    size, before, start, kind, wrong = path.stat().st_size, peak(), time.process_time(), "", ""
    try:
        found = read(path)
        content = digest(found)
    except CheckpointError as error:
        outcome = "refused"
        if len(str(error)) > LONGEST_MESSAGE:
            wrong = f"a message of {len(str(error)):,} letters"
    except BaseException as error:
        outcome, wrong = "raised", f"{type(error).__name__}: {error}"
    else:
        outcome = "same" if content == whole else "other"
        kind = found.kind if isinstance(found, Container) else ""
    seconds, taken = time.process_time() - start, peak() - before
    if kind == "torch zip" and where == "outside" and outcome == "other":
        wrong = "a damaged archive was read as another content"
    elif kind == "safetensors":
        wrong = misread(path, content)
    if seconds > SECONDS:
        wrong = wrong or f"{seconds:.2f} s"
    if taken > TIMES * size + SPARE:
        wrong = wrong or f"{taken:,} bytes of memory for a file of {size:,}"
    return Verdict(outcome, wrong, seconds, taken)


def misread(path: pathlib.Path, content: Any) -> str:
    """In what the digest `content` of a container differs from what the safetensors library reads, or ""."""
    try:
        right = digest(safetensors.numpy.load_file(path))
    except (safetensors.SafetensorError, KeyError, ValueError, TypeError) as error:
        return f"read, while safetensors says {error}"
    return "" if content["content"] == right else "not what safetensors reads"


def forget_peak() -> None:
    """Lets `peak` begin anew at the memory in use, where the system can do that (Linux)."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)  # or what earlier files left free would hide what this one takes
        pathlib.Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """The most memory in bytes that this process has had; what its parent had before it does not count."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+)", status.read_text())
        return 1024 * int(found[1]) if found else 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    """Runs the files and prints how many ended how."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000, help="mutated files (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (default: %(default)s)")
    parser.add_argument("--load", action="store_true", help="load all of them with ganjax.load")
    parser.add_argument(
        "--keep", type=pathlib.Path, help="folder for files that fail or have another content"
    )
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    counts: collections.Counter[str] = collections.Counter()
    faults, slowest, most = 0, 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        files = whole_files()
        contents = {}
        for name, data in files.items():
            (path := pathlib.Path(folder, name)).write_bytes(data)
            for read in readers(name, options.load):
                contents[name, read] = digest(read(path))
            path.unlink()
        for number in range(options.count):
            name, where, data = mutated(options.seed, number, files)
            (path := pathlib.Path(folder, f"mutant{pathlib.Path(name).suffix}")).write_bytes(data)
            for read in readers(name, options.load):
                faulthandler.dump_traceback_later(60, exit=True)  # a hang ends the run and shows where
                verdict = judged(path, contents[name, read], where, read)
                faulthandler.cancel_dump_traceback_later()
                slowest, most = max(slowest, verdict.seconds), max(most, verdict.taken)
                counts[f"{read.__name__}, {name}, {where}: {verdict.outcome}"] += 1
                if verdict.wrong:
                    faults += 1
                    told = f"file {number} ({read.__name__}, {name}, {where}): {verdict.wrong}"
                    print(told, file=sys.stderr)
                if options.keep and (verdict.wrong or verdict.outcome == "other"):
                    (options.keep / f"{number}{path.suffix}").write_bytes(data)
            path.unlink()
    for line, count in sorted(counts.items()):
        print(f"{count:7,}  {line}")
    print(f"{options.count:,} files, {faults} faults; at most {slowest:.2f} s and {most >> 20} MiB")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
