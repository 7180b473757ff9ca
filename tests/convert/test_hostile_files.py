"""Files made by hand to do harm, one for each way known: all are refused, nothing runs, and little is used.

One process of its own reads them all. It reports every name that Python was asked to import, open or run, the
time and the peak of memory. What the files would do to a reader that runs them: make the folder "ran".
"""

import dataclasses
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganjax.convert.container import read_container
from ganjax.convert.unpickle import Global, Record

from .hostile_archives import archives, plain_files
from .hostile_pickles import ARRAYS, CONTENT, TENSORS
from .pickles import (
    INNER,
    MKDIR,
    G,
    Ops,
    Outside,
    R,
    array,
    dtype,
    network,
    ops,
    tensor,
    tf_pickle,
    torch_stream,
    torch_zip,
)

SPARE = 64 << 20  # bytes that reading a file may take beyond three times its size


def hostile() -> Iterator[tuple[str, bytes, str]]:
    wraps: dict[str, Callable[[Any], bytes]] = {"zip": torch_zip, "stream": torch_stream, "pickle": tf_pickle}
    for kind, wrap in wraps.items():
        for name, (value, message) in CONTENT.items():
            yield f"{kind}, {name}", wrap(value), message
    for name, (value, message) in TENSORS.items():
        yield f"zip, {name}", torch_zip(value, {"0": bytes(16)}), message
        yield f"stream, {name}", torch_stream(value, {"0": bytes(16)}), message
    for name, (value, message) in ARRAYS.items():
        yield f"pickle, {name}", tf_pickle(value), message
    for name, data, message in archives():
        yield f"archive, {name}", data, message
    yield from plain_files()


READER = """
import json, os, sys, time
from ganjax.convert.container import read_container
from ganjax.core.errors import CheckpointError

def peak():  # of this process, in bytes
    with open("/proc/self/status") as status:
        return 1024 * int(next(line for line in status if line.startswith("VmHWM")).split()[1])

def read(path):
    try:
        return repr(read_container(path))
    except CheckpointError as error:
        return f"refused: {error}"

def watch(event, arguments):
    usual = event in ("mmap.__new__", "builtins.id") or (event, *arguments[:1]) == ("open", path)
    if watching and not usual:
        events.append(f"{event} {arguments}")

names, watching, events = sorted(os.listdir(sys.argv[1])), False, []
path = names and os.path.join(sys.argv[1], names[0])
sys.addaudithook(watch)
for name in names[:1] + names:  # the first one twice: what is imported late is not the file's doing
    path, before, start = os.path.join(sys.argv[1], name), peak(), time.process_time()
    events.clear()
    watching = True
    said = read(path)
    watching = False
    print(json.dumps([name, said, time.process_time() - start, peak() - before, events]))
"""


@dataclasses.dataclass(frozen=True)
class Outcome:
    said: str
    seconds: float
    peak: int
    events: list[str]


def read_all(folder: Path, cwd: Path) -> dict[str, Outcome]:
    """What the files of a folder gave, by name, in a process whose folder is `cwd`."""
    lines = subprocess.run(
        [sys.executable, "-c", READER, str(folder)], cwd=cwd, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return {name: Outcome(*rest) for name, *rest in map(json.loads, lines)}


FILES = {name: (data, message) for name, data, message in hostile()}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder, cwd = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("cwd")
    numbered = {f"{i:03}": name for i, name in enumerate(FILES)}
    for number, name in numbered.items():
        (folder / number).write_bytes(FILES[name][0])
    found = read_all(folder, cwd)
    assert not list(cwd.iterdir())  # the folder "ran"
    return {name: found[number] for number, name in numbered.items()}


@pytest.mark.parametrize("name", FILES)
def test_hostile_files_are_refused_at_once_and_nothing_runs(name: str, outcomes: dict[str, Outcome]) -> None:
    data, message = FILES[name]
    outcome = outcomes[name]
    assert outcome.said.startswith("refused: ") and len(outcome.said) < 600
    assert re.search(message, outcome.said), outcome.said
    assert outcome.events == []
    assert outcome.seconds < 1
    assert outcome.peak < 3 * len(data) + SPARE


# What looks alike and is no harm must be read, or the refusals above would prove nothing.
HARMLESS: dict[str, tuple[bytes, Any]] = {
    "zip": (
        torch_zip({"a": tensor((2, 2), (2, 1))}, {"0": np.arange(4, dtype="f4").tobytes()}),
        [[0, 1], [2, 3]],
    ),
    "deflated": (
        torch_zip(
            {"a": tensor((2, 2), (1, 2))}, {"0": np.arange(4, dtype="f4").tobytes()}, zipfile.ZIP_DEFLATED
        ),
        [[0, 2], [1, 3]],
    ),
    "stream": (
        torch_stream({"a": tensor((2,), (2,), 1)}, {"0": np.arange(4, dtype="f4").tobytes()}),
        [1, 3],
    ),
    "expanded": (
        torch_zip({"a": tensor((2, 3), (1, 0))}, {"0": np.arange(4, dtype="f4").tobytes()}),
        [[0] * 3, [1] * 3],
    ),
    "part of a storage, as in torch 0.3": (
        torch_stream(
            {
                "a": tensor(
                    (2,),
                    (1,),
                    store=Outside(("storage", G("torch", "FloatStorage"), "0", "cpu", 4, ("1", 2, 2))),
                )
            },
            {"0": np.arange(4, dtype="f4").tobytes()},
        ),
        [2, 3],
    ),
    "big-endian array": (
        tf_pickle(network(("a", array((2,), np.array([1, 2], ">f4").tobytes(), dtype("f4", ">"))))),
        [1, 2],
    ),
    "array of columns": (
        tf_pickle(network(("a", array((2, 2), np.arange(4, dtype="f4").tobytes(), fortran=True)))),
        [[0, 2], [1, 3]],
    ),
    "scalar": (
        tf_pickle(network(("a", R(G("numpy.core.multiarray", "scalar"), (dtype(), b"\0\0\x80?"))))),
        1,
    ),
    "array of Python 2": (tf_pickle(network(("a", array((1,), Ops(b"U\x04\x00\x00\x80\x3f"))))), [1]),
    "array spelt as text": (
        tf_pickle(network(("a", array((1,), R(G("_codecs", "encode"), ("\x00\x00\x80?", "latin1")))))),
        [1],
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_files_made_in_the_same_way_are_read(name: str, tmp_path: Path) -> None:
    data, expected = HARMLESS[name]
    (tmp_path / "file").write_bytes(data)
    content = read_container(tmp_path / "file").content
    array = content["a"] if isinstance(content, dict) else content[0].variables["a"]
    np.testing.assert_array_equal(array, expected)


def test_a_name_that_is_not_called_stays_a_name(tmp_path: Path) -> None:
    record = Ops(ops(MKDIR) + b")\x81" + ops({"__setstate__": MKDIR, "a": 1}) + b"b")
    (tmp_path / "file").write_bytes(torch_zip([MKDIR, record]))
    name, found = read_container(tmp_path / "file").content
    assert name == Global("os.mkdir")
    assert isinstance(found, Record) and found.name == "os.mkdir"
    assert found.fields == {"__setstate__": Global("os.mkdir"), "a": 1}


def test_the_watch_sees_a_file_that_runs_code(tmp_path: Path) -> None:
    """Python's own unpickler, put in the reader's place, is caught by the same process."""
    folder, cwd = tmp_path / "files", tmp_path / "cwd"
    folder.mkdir(), cwd.mkdir()
    (folder / "a").write_bytes(INNER)
    unsafe = READER.replace("repr(read_container(path))", "__import__('pickle').load(open(path, 'rb'))")
    lines = subprocess.run(
        [sys.executable, "-c", unsafe, str(folder)], cwd=cwd, capture_output=True, text=True
    ).stdout.splitlines()
    assert any("os.mkdir" in event for event in json.loads(lines[0])[4])
    assert (cwd / "ran").is_dir()
