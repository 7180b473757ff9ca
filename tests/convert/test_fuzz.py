"""A few hundred mutated files; scripts/fuzz.py, which makes and judges them, reads 20,000 in its long run."""

import importlib.util
import random
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ganjax.convert.container import read_container
from ganjax.core.errors import CheckpointError

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "fuzz.py"
FILE = ROOT / "tests" / "golden" / "pgan_zoo_labels.pth"


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_files_are_read_right_or_refused(seed: int) -> None:
    """In a process of its own, since the memory it takes is measured too."""
    command = [sys.executable, str(SCRIPT), "--count", "400", "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "400 files, 0 faults" in done.stdout
    for outcome in ("refused", "same", "other"):
        assert f": {outcome}" in done.stdout


def test_mutations_come_from_the_seed(fuzz: ModuleType) -> None:
    files = fuzz.whole_files()
    first, again, second = (fuzz.mutated(random.Random(seed), files) for seed in ("0/5", "0/5", "0/6"))
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


def refusing(path: Path) -> Any:
    raise CheckpointError("refused")


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (read_container, ""),
        (slow, "1."),
        (wrong, "a damaged archive was read as another content"),
        (crash, "RecursionError: too deep"),
    ],
)
def test_faults_of_a_reader_are_seen(fuzz: ModuleType, reader: Any, message: str) -> None:
    whole = fuzz.digest(read_container(FILE).content)
    _, found = fuzz.fault(FILE, whole, "outside", reader)
    assert found.startswith(message) and bool(found) == bool(message)


def test_a_greedy_reader_is_seen(fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = iter([0, 300 << 20])
    monkeypatch.setattr(fuzz, "peak", lambda: next(peaks))
    assert "314,572,800 bytes of memory" in fuzz.fault(FILE, None, "outside", refusing)[1]
