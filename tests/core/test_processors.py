import os
import subprocess
import sys

import pytest

from ganjax.core.processors import processors


def test_there_is_at_least_one_and_no_more_than_the_machine_has() -> None:
    assert 1 <= processors() <= (os.cpu_count() or 1)


@pytest.mark.skipif(sys.platform != "linux", reason="processors are assigned to a process on Linux")
def test_only_those_count_that_the_process_may_use() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from ganjax.core.processors import processors; print(processors())"
    )
    assert int(subprocess.check_output([sys.executable, "-c", code])) == 1
