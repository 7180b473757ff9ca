"""A training process for the tests: `worker.py SECONDS ARGUMENTS...` is `ganjax train ARGUMENTS`.

It kills itself, as `kill -9` would, SECONDS after training has begun, wherever it is then; never if
SECONDS is negative.
"""

import os
import pathlib
import signal
import sys
import threading
import time

from ganjax.cli import main


def kill_later(log: pathlib.Path, seconds: float) -> None:
    """The log is opened anew when training begins."""
    while not log.exists() or log.stat().st_mtime < STARTED:
        time.sleep(0.01)
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    STARTED = time.time()
    delay, arguments = float(sys.argv[1]), sys.argv[2:]
    if delay >= 0:
        folder = pathlib.Path(arguments[arguments.index("--out") + 1])
        threading.Thread(target=kill_later, args=(folder / "log.jsonl", delay), daemon=True).start()
    sys.exit(main(["train", *arguments]))
