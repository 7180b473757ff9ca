"""The part that both benchmark workers share: run one call whenever the driver asks, and say what it took."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(call: Callable[[], None], **facts: Any) -> None:
    """Reports `facts` once ready, then answers each line on stdin with the seconds of one `call`.

    Wall seconds, and the processor seconds of all threads, which other load on the machine disturbs less.
    """
    print(json.dumps(facts), flush=True)
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        call()
        times = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - processor}
        print(json.dumps(times), flush=True)
