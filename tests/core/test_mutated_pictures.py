"""152 mutated picture files; scripts/fuzz_pictures.py, which makes and judges them, reads 1,000 by itself."""

import importlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganjax.core.errors import DataError

SCRIPT = Path(__file__).parents[2] / "scripts" / "fuzz_pictures.py"


@pytest.fixture(scope="module")
def fuzz() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        yield importlib.import_module("fuzz_pictures")


def test_mutated_pictures_are_read_or_refused_by_name() -> None:
    """In a process of its own, since a decoder may crash and the memory it takes is measured too."""
    command = [sys.executable, str(SCRIPT), "--count", "152", "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "152 files, 0 faults" in done.stdout
    for suffix in (".png", ".jpg", ".webp", ".gif", ".bmp", ".tif"):
        for outcome in ("read", "refused"):
            assert f"read_picture, {suffix}: {outcome}" in done.stdout


def test_mutations_come_from_the_seed(fuzz: Any) -> None:
    files = fuzz.whole_files()
    first, again, second = (fuzz.mutated(seed, 0, files) for seed in (0, 0, 1))
    assert first == again != second
    assert fuzz.with_checksums(files["turned.png"]) == files["turned.png"]


def slow(data: bytes, *, name: str) -> Any:
    end = time.process_time() + 0.6
    while time.process_time() < end:
        pass
    raise DataError(f"{name} cannot be read")


def nameless(data: bytes, *, name: str) -> Any:
    raise DataError("cannot be read")


def crash(data: bytes, *, name: str) -> Any:
    raise RecursionError("too deep")


def flat(data: bytes, *, name: str) -> Any:
    return np.zeros((4, 4), np.uint8)


def greedy(data: bytes, *, name: str) -> Any:
    np.ones(50_000_000, np.uint8)
    return np.zeros((4, 4, 3), np.uint8)


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (slow, " s"),
        (nameless, "a message that is not clear: 'cannot be read'"),
        (crash, "RecursionError: too deep"),
        (flat, "a picture of (4, 4)"),
        (greedy, " bytes of memory"),
    ],
)
def test_faults_of_a_reader_are_seen(
    fuzz: Any, monkeypatch: pytest.MonkeyPatch, reader: Any, message: str
) -> None:
    monkeypatch.setattr(fuzz, "SECONDS", 0.5)
    monkeypatch.setattr(fuzz, "MEMORY", 20_000_000)
    assert message in fuzz.judged(reader, b"", "a.png")[1]
