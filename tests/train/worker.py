"""A training process for the tests: `worker.py SECONDS FILE BYTES ARGUMENTS...` is `ganjax train ARGUMENTS`.

It kills itself, as `kill -9` would, SECONDS after FILE of the run folder was written, wherever it is then;
never if SECONDS is negative. Writing more than BYTES into one file fails, as on a full disk; 0 sets no limit.
"""

import os
import pathlib
import resource
import signal
import sys
import threading
import time

from ganjax.cli import main


def kill_later(path: pathlib.Path, seconds: float, started: float) -> None:
    while not path.exists() or path.stat().st_mtime < started:
        time.sleep(0.01)
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    delay, file, largest, arguments = float(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if delay >= 0:
        path = pathlib.Path(arguments[arguments.index("--out") + 1]) / file
        threading.Thread(target=kill_later, args=(path, delay, time.time()), daemon=True).start()
    sys.exit(main(["train", *arguments]))
