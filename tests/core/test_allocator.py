import pathlib
import subprocess
import sys

import pytest

from ganjax.core import allocator

# Counts the pages that the system hands out while one array after another is filled.
PROBE = """
import ctypes, resource, sys
from ganjax.core.allocator import keep_memory
if sys.argv[1] == "keep":
    assert keep_memory()
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    block = ctypes.c_void_p(libc.malloc(int(sys.argv[2])))
    ctypes.memset(block, 1, int(sys.argv[2]))
    libc.free(block)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(mode: str, size: int) -> int:
    command = [sys.executable, "-c", PROBE, mode, str(size)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)


# XLA's one buffer for a training step of a large network has gigabytes.
@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
@pytest.mark.parametrize("size", [1 << 26, 5 << 28])
def test_kept_memory_is_not_taken_from_the_system_again(size: int) -> None:
    pages = size // 4096
    assert _faults("keep", size) < 2 * pages


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
def test_by_default_it_is() -> None:
    size = 1 << 26
    assert _faults("default", size) > 9 * size // 4096


def _huge_pages_for_those_who_ask() -> bool:
    setting = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return setting.exists() and "[never]" not in setting.read_text()


@pytest.mark.skipif(not _huge_pages_for_those_who_ask(), reason="a setting of Linux")
def test_kept_memory_comes_in_huge_pages() -> None:
    """One page of 2 MiB is one fault in place of 512."""
    size = 1 << 28
    assert _faults("keep", size) < size // 4096 // 4


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator.sys, "platform", "darwin")
    assert not allocator.keep_memory()
