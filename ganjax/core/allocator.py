"""Lets the C library keep freed memory, which large arrays on the CPU gain from."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # malloc.h of glibc


def keep_memory() -> bool:
    """Makes this process keep and reuse freed memory instead of returning it to the system.

    By default glibc takes every large array fresh from the system and gives it back at once, and the system
    clears each page anew: in memory-bound parts that is most of the time. In exchange the process stays as
    large as it ever was, so a program decides this for itself; call it before the first large array.

    Returns:
      Whether it was done: only Linux with glibc has these settings. Elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # another C library
        return False
    # One arena, since memory freed into the arena of one worker thread is not found by the next. No array is
    # mapped on its own, and the arena is never cut: any limit would be passed by the one buffer, gigabytes
    # long, in which XLA keeps everything between the first and the last operation of a training step.
    return all([mallopt(_ARENA_MAX, 1), mallopt(_MMAP_MAX, 0), mallopt(_TRIM_THRESHOLD, -1)])
