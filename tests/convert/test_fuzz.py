"""A few hundred mutated files; scripts/fuzz.py, which makes and judges them, reads 20,000 in its long run."""

import importlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganjax.convert.container import read_container
from ganjax.core.errors import CheckpointError

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "fuzz.py"
FILE = ROOT / "tests" / "golden" / "pgan_zoo_labels.pth"


@pytest.fixture(scope="module")
def fuzz() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        yield importlib.import_module("fuzz")


@pytest.fixture(scope="module")
def files(fuzz: Any) -> dict[str, bytes]:
    return fuzz.whole_files()


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_files_are_read_right_or_refused(seed: int) -> None:
    """In a process of its own, since the memory it takes is measured too."""
    command = [sys.executable, str(SCRIPT), "--count", "250", "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "250 files, 0 faults" in done.stdout
    for seen in (": refused", ": same", ": other", "large.pth", "large.safetensors", "loaded, reference"):
        assert seen in done.stdout


def test_mutations_come_from_the_seed(fuzz: Any, files: dict[str, bytes]) -> None:
    first, again, second = (fuzz.mutated(0, number, files) for number in (5, 5, 6))
    assert first == again != second


def slow(path: Path) -> Any:
    end = time.process_time() + 1.1
    while time.process_time() < end:
        pass
    raise CheckpointError("refused")


def wrong(path: Path) -> Any:
    found = read_container(path)
    found.content["netG"].popitem()
    return found


def crash(path: Path) -> Any:
    raise RecursionError("too deep")


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (read_container, ""),
        (slow, "1."),
        (wrong, "a damaged archive was read as another content"),
        (crash, "RecursionError: too deep"),
    ],
)
def test_faults_of_a_reader_are_seen(fuzz: Any, reader: Any, message: str) -> None:
    whole = fuzz.digest(read_container(FILE))
    found = fuzz.judged(FILE, whole, "outside", reader).wrong
    assert found.startswith(message) and bool(found) == bool(message)


def greedy(path: Path) -> Any:
    """Has the content eight times."""
    return [np.array(array) for array in read_container(path).content.values() for _ in range(8)]


def test_a_greedy_reader_of_a_large_file_is_seen(fuzz: Any, files: dict[str, bytes], tmp_path: Path) -> None:
    (path := tmp_path / "large.pth").write_bytes(files["large.pth"])
    whole = fuzz.digest(read_container(path))
    modest = fuzz.judged(path, whole, "outside", read_container)
    assert (modest.outcome, modest.wrong) == ("same", "") and modest.taken > 30_000_000
    found = fuzz.judged(path, whole, "outside", greedy)
    assert found.taken > 8 * 30_000_000
    assert found.wrong == f"{found.taken:,} bytes of memory for a file of {path.stat().st_size:,}"
