"""A training process for the tests: `worker.py WHEN BYTES ARGUMENTS...` is `ganjax train ARGUMENTS`.

It kills itself, as `kill -9` would, at a moment of its training: WHEN is "never", "lines:N:SECONDS" (after N
new lines of the log, that is so many steps) or "file:PATTERN:SECONDS" (such a path is in the run folder).
Writing more than BYTES into one file fails, as on a full disk; 0 sets no limit.
"""

import os
import pathlib
import resource
import signal
import sys
import threading
import time

from ganjax.cli import main


def kill(folder: pathlib.Path, what: str, which: str, seconds: float, started: float) -> None:
    log = folder / "log.jsonl"
    while not log.exists() or log.stat().st_mtime < started:  # training opens it anew
        time.sleep(0.001)
    old = log.read_bytes().count(b"\n")
    if what == "lines":
        while log.read_bytes().count(b"\n") < old + int(which):
            time.sleep(0.001)
    else:
        while not any(folder.glob(which)):
            time.sleep(0.0005)
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    when, largest, arguments = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if when != "never":
        what, which, seconds = when.split(":")
        folder = pathlib.Path(arguments[arguments.index("--out") + 1])
        threading.Thread(
            target=kill, args=(folder, what, which, float(seconds), time.time()), daemon=True
        ).start()
    sys.exit(main(["train", *arguments]))
