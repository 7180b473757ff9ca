"""Lets the C library keep freed memory, which large arrays on the CPU gain from."""

import ctypes
import os
import pathlib
import sys

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # malloc.h of glibc
_MADV_HUGEPAGE = 14  # linux/mman.h
_HUGE_PAGE = 1 << 21


def keep_memory() -> bool:
    """Makes this process keep and reuse freed memory instead of returning it to the system.

    By default glibc takes every large array fresh from the system and gives it back at once, and the system
    clears each page anew: in memory-bound parts that is most of the time. In exchange the process stays as
    large as it ever was, so a program decides this for itself; call it before the first large array. Where
    Linux gives huge pages to those who ask, memory comes in them: it saves an eighth of the processor's time.

    Returns:
      Whether it was done: only Linux with glibc has these settings. Elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return False
    try:
        libc = ctypes.CDLL("libc.so.6")
        mallopt = libc.mallopt
    except (OSError, AttributeError):  # another C library
        return False
    # One arena, since memory freed into the arena of one worker thread is not found by the next. No array is
    # mapped on its own, and the arena is never cut: any limit would be passed by the one buffer, of
    # gigabytes for large networks, in which XLA keeps everything between the first operation of a training
    # step and the last.
    kept = all([mallopt(_ARENA_MAX, 1), mallopt(_MMAP_MAX, 0), mallopt(_TRIM_THRESHOLD, -1)])
    if kept:
        _ask_for_huge_pages(libc)
    return kept


def _ask_for_huge_pages(libc: ctypes.CDLL) -> None:
    """Marks what the arena will grow into: glibc's own setting for it is read at the start of a process only.

    A block that is never written to takes no memory, only addresses, and once freed it is what later arrays
    are cut from. Where addresses are counted (a limit of the process, or a system that commits no more than
    it has) nothing is done.
    """
    import resource  # not on Windows

    overcommit = pathlib.Path("/proc/sys/vm/overcommit_memory")
    strict = overcommit.exists() and overcommit.read_text().strip() == "2"
    if strict or resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        return
    libc.malloc.restype = ctypes.c_void_p
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    block = libc.malloc(ctypes.c_size_t(size))
    if block is None:  # the process may not grow so far
        return
    start = -(-block // _HUGE_PAGE) * _HUGE_PAGE
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(block + size - start), _MADV_HUGEPAGE)
    libc.free(ctypes.c_void_p(block))
