"""Reads weight files that were mutated at random: each must give a right answer or ganjax's CheckpointError.

    python scripts/fuzz.py [--count 20000] [--seed 0] [--load] [--keep FOLDER]

The files come from tests/golden and are small, so that many mutations hit what describes the tensors. Right
is the content of the whole file where checksums cover it (zip), what the safetensors library reads, and
elsewhere, since these files have no checksum, arrays that can be read to the last value. A file may take one
second of processor time, and three times its size and 64 MiB of memory. `--load` goes on to `ganjax.load`.
The exit code is 1 if any file fails; `--keep` keeps those, and the files that were read with another content.
"""

import argparse
import collections
import faulthandler
import io
import pathlib
import random
import re
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from ganjax.convert.container import Container, read_container
from ganjax.convert.tf_pickle import Network
from ganjax.convert.unpickle import Record
from ganjax.core.errors import CheckpointError

GOLDEN = pathlib.Path(__file__).parents[1] / "tests" / "golden"
SECONDS, TIMES, SPARE = 1.0, 3, 64 << 20
# Numbers at the edges of what sizes, counts, offsets and steps may be.
EDGES = [
    (0, 1),
    (1, 1),
    (0x7F, 1),
    (0xFF, 1),
    (0xFFFF, 2),
    (0xFFFFFFFF, 4),
    (2**31, 4),
    (2**63, 8),
    (2**64 - 1, 8),
]


def whole_files() -> dict[str, bytes]:
    """Small files of every container, by name; the suffix is what `ganjax.load` wants."""
    files = {path.name: path.read_bytes() for path in sorted(GOLDEN.glob("*.p[tk][hl]"))}
    with zipfile.ZipFile(io.BytesIO(files["pgan_zoo_labels.pth"])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    files["deflated.pth"] = zipped(members, zipfile.ZIP_DEFLATED)
    random_state = np.random.default_rng(0)
    kinds = {"a": "f4", "b": "f2", "c": "i8", "d": "u1", "e": "?"}
    arrays = {name: random_state.integers(0, 2, (3, 4)).astype(kind) for name, kind in kinds.items()}
    files["plain.safetensors"] = safetensors.numpy.save(arrays, {"made": "by hand"})
    return files


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive of `members`."""
    with zipfile.ZipFile(file := io.BytesIO(), "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def mutated(rng: random.Random, files: dict[str, bytes]) -> tuple[str, str, bytes]:
    """A file's name, whether it was changed "inside" its checksums or "outside", and its changed bytes."""
    name = rng.choice(sorted(files))
    other = files[rng.choice(sorted(files))]
    if name.endswith(".pth") and files[name].startswith(b"PK") and rng.random() < 0.6:
        with zipfile.ZipFile(io.BytesIO(files[name])) as archive:
            members = {each: archive.read(each) for each in archive.namelist()}
            method = archive.infolist()[0].compress_type
        each = next(key for key in members if key.endswith("data.pkl"))
        members[each] = scrambled(rng, members[each], other)
        return name, "inside", zipped(members, method)
    return name, "outside", scrambled(rng, files[name], other)


def scrambled(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """`data` after one to four changes: flipped bits, edges written over, cut, spliced, repeated, moved."""
    result = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        at, length = place(rng, len(result)), rng.choice([1, 2, 8, 64, 1024])
        change = rng.randrange(8)
        if change <= 2:
            for _ in range(rng.choice([1, 1, 3, 16])):
                result[place(rng, len(result))] ^= 1 << rng.randrange(8)
        elif change == 3:
            number, size = rng.choice(EDGES)
            result[at : at + size] = number.to_bytes(size, "little")
        elif change == 4:
            del result[at : rng.choice([at + length, len(result)])]
        elif change == 5:
            start = place(rng, len(other))
            result[at : at + rng.choice([0, length])] = other[start : start + length]
        elif change == 6:
            result[at:at] = result[at : at + length] * rng.choice([1, 3])
        else:
            start = place(rng, len(result))
            result[at : at + length] = result[start : start + length]
        if not result:
            break
    return bytes(result)


def place(rng: random.Random, size: int) -> int:
    """A place in `size` bytes: near the ends, where files describe themselves, twice as often as anywhere."""
    near = min(size, rng.choice([256, 4096]))
    return (
        rng.choice([rng.randrange(near), size - 1 - rng.randrange(near), rng.randrange(size)]) if size else 0
    )


def digest(value: Any) -> Any:
    """A value to compare contents by, which reads every array to its end."""
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tobytes()
    if isinstance(value, Network):
        return value.name, value.build, digest(value.settings), digest(value.variables)
    if isinstance(value, Record):
        return value.name, digest(value.fields)
    if isinstance(value, dict):
        return {key: digest(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [digest(item) for item in value]
    return repr(value)


def fault(
    path: pathlib.Path, whole: Any, where: str, read: Callable[[pathlib.Path], Any] = read_container
) -> tuple[str, str]:
    """What reading `path` gave ("refused", "same", "other") and what is wrong with that, or ""."""
    size, before, start = path.stat().st_size, peak(), time.process_time()
    try:
        found = read(path)
    except CheckpointError as error:
        found, outcome = None, "refused"
        # A message that nobody can read is a fault, too.
        wrong = "a message of " + str(len(str(error))) if len(str(error)) > 2000 else ""
    except BaseException as error:
        found, outcome, wrong = None, "raised", f"{type(error).__name__}: {error}"
    else:
        outcome, wrong = judged(path, found, whole, where)
    seconds, taken = time.process_time() - start, peak() - before
    if seconds > SECONDS:
        wrong = wrong or f"{seconds:.2f} s"
    if taken > TIMES * size + SPARE:
        wrong = wrong or f"{taken:,} bytes of memory for a file of {size:,}"
    return outcome, wrong


def judged(path: pathlib.Path, found: Any, whole: Any, where: str) -> tuple[str, str]:
    """Whether what was read is the content of the whole file, and what is wrong with it."""
    if not isinstance(found, Container):
        return "loaded", ""
    content = digest(found.content)
    if found.kind == "safetensors":
        try:
            right = digest(safetensors.numpy.load_file(path))
        except (safetensors.SafetensorError, KeyError, ValueError, TypeError) as error:
            return "other", f"read, while safetensors says {error}"
        return ("same" if content == whole else "other"), (
            "" if content == right else "not what safetensors reads"
        )
    if content == whole:
        return "same", ""
    checked = found.kind == "torch zip" and where == "outside"
    return "other", "a damaged archive was read as another content" if checked else ""


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
    parser.add_argument("--load", action="store_true", help="load them with ganjax.load as well")
    parser.add_argument(
        "--keep", type=pathlib.Path, help="folder for files that fail or have another content"
    )
    options = parser.parse_args()
    readers: list[Callable[[pathlib.Path], Any]] = [read_container]
    if options.load:
        import ganjax

        readers.append(ganjax.load)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    counts: collections.Counter[str] = collections.Counter()
    faults, slowest = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        files = whole_files()
        contents = {}
        for name, data in files.items():
            (path := pathlib.Path(folder, name)).write_bytes(data)
            contents[name] = digest(read_container(path).content)
        for number in range(options.count):
            name, where, data = mutated(random.Random(f"{options.seed}/{number}"), files)
            (path := pathlib.Path(folder, f"mutant{pathlib.Path(name).suffix}")).write_bytes(data)
            for read in readers:
                faulthandler.dump_traceback_later(60, exit=True)  # a hang ends the run and shows where
                start = time.process_time()
                outcome, wrong = fault(path, contents[name], where, read)
                slowest = max(slowest, time.process_time() - start)
                faulthandler.cancel_dump_traceback_later()
                counts[f"{name}, {where}: {outcome}"] += 1
                if wrong:
                    faults += 1
                    print(f"file {number} ({name}, {where}): {wrong}", file=sys.stderr)
                if options.keep and (wrong or outcome == "other"):
                    (options.keep / f"{number}{path.suffix}").write_bytes(data)
            path.unlink()
    for line, count in sorted(counts.items()):
        print(f"{count:7,}  {line}")
    print(
        f"{options.count:,} files, {faults} faults; the slowest took {slowest:.2f} s; peak {peak() >> 20} MiB"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
