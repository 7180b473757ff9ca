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
    block = ctypes.c_void_p(libc.malloc(1 << 26))
    ctypes.memset(block, 1, 1 << 26)
    libc.free(block)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(mode: str) -> int:
    return int(subprocess.run([sys.executable, "-c", PROBE, mode], capture_output=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
def test_kept_memory_is_not_taken_from_the_system_again() -> None:
    pages = (1 << 26) // 4096
    assert _faults("default") > 9 * pages
    assert _faults("keep") < 2 * pages


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator.sys, "platform", "darwin")
    assert not allocator.keep_memory()
