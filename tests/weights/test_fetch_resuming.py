"""Downloads from a local server that breaks off and hesitates: they go on, and the file is right."""

import dataclasses
import hashlib
import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ganjax.weights import fetch as module
from ganjax.weights.fetch import fetch
from ganjax.weights.release import Release

from .downloads import CONTENT, HALF, files


def test_a_file_is_fetched_once(server: Any, cache: Path, row: Release) -> None:
    assert fetch(row) == cache / "weights.pth"
    assert (cache / "weights.pth").read_bytes() == server.content
    assert files(cache) == {"weights.pth", "weights.pth.lock"}
    fetch(row)
    assert server.asked == [None]


def test_an_interrupted_download_is_no_file_and_goes_on(
    server: Any, cache: Path, row: Release, interrupt: Any
) -> None:
    interrupt()
    assert files(cache) == {"weights.pth.part", "weights.pth.part-version", "weights.pth.lock"}
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, HALF]
    assert files(cache) == {"weights.pth", "weights.pth.lock"}


def test_a_killed_process_leaves_no_file_and_the_next_one_goes_on(
    server: Any, cache: Path, row: Release
) -> None:
    server.script = ["stall"]
    process = start(row)
    part = cache / "weights.pth.part"
    wait_for(lambda: part.exists() and part.stat().st_size > 0)
    process.kill()
    process.communicate()
    assert not (cache / "weights.pth").exists()
    have = part.stat().st_size
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, f"bytes={have}-"]


def test_a_server_without_ranges_begins_anew(server: Any, cache: Path, row: Release, interrupt: Any) -> None:
    server.ranges = False
    interrupt()
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, HALF]


def test_a_file_that_changed_meanwhile_is_fetched_whole(
    server: Any, cache: Path, row: Release, interrupt: Any
) -> None:
    interrupt()
    server.content = server.content[::-1]
    server.headers = {"ETag": '"two"'}
    row = dataclasses.replace(row, sha256=hashlib.sha256(server.content).hexdigest())
    assert fetch(row).read_bytes() == server.content


@pytest.mark.parametrize(
    ("headers", "second"),
    [
        ({"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, HALF),
        ({"ETag": 'W/"weak"'}, None),
        ({}, None),
    ],
)
def test_only_a_version_that_is_known_goes_on(
    server: Any,
    cache: Path,
    row: Release,
    interrupt: Any,
    headers: dict[str, str],
    second: str | None,
) -> None:
    server.headers = headers
    interrupt()
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, second]


def test_a_part_longer_than_the_file_is_given_up(
    server: Any, cache: Path, row: Release, interrupt: Any
) -> None:
    interrupt()
    (cache / "weights.pth.part").write_bytes(b"x" * (len(CONTENT) + 1))
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, f"bytes={len(CONTENT) + 1}-", None]


def test_errors_that_pass_are_tried_again(server: Any, cache: Path, row: Release) -> None:
    server.script = ["503", "cut", "429"]
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, None, HALF, HALF]


def test_a_server_that_falls_silent_is_asked_for_the_rest(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TIMEOUT_SECONDS", 0.3)
    server.script = ["stall"]
    assert fetch(row).read_bytes() == server.content
    assert server.asked[0] is None and len(server.asked) == 2


def test_redirections_are_followed(server: Any, cache: Path, row: Release) -> None:
    server.script = [server.url.replace("weights", "elsewhere"), "cut", "/again", "ok"]
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, None, HALF, HALF]


def start(row: Release) -> subprocess.Popen[bytes]:
    """Another process that fetches `row`, with this one's environment."""
    script = (
        f"from ganjax.weights.fetch import fetch\nfrom ganjax.weights.release import Release\nfetch({row!r})"
    )
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_two_processes_at_once_fetch_once(server: Any, cache: Path, row: Release) -> None:
    server.script = ["slow"]
    processes = [start(row), start(row)]
    errors = [process.communicate(timeout=30)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert (cache / "weights.pth").read_bytes() == server.content
    assert server.asked == [None]


def test_a_process_takes_over_from_one_that_was_killed(server: Any, cache: Path, row: Release) -> None:
    server.script = ["stall"]
    first = start(row)
    part = cache / "weights.pth.part"
    wait_for(lambda: part.exists() and part.stat().st_size > 0)
    second = start(row)
    assert second.stderr is not None and b"waiting" in second.stderr.readline()
    first.kill()
    first.communicate()
    have = part.stat().st_size
    second.communicate(timeout=30)
    assert second.returncode == 0
    assert (cache / "weights.pth").read_bytes() == server.content
    assert server.asked == [None, f"bytes={have}-"]


def test_a_file_of_untold_length_is_fetched(server: Any, cache: Path, row: Release) -> None:
    server.script = ["unsized"]
    assert fetch(row).read_bytes() == server.content


@pytest.mark.parametrize(("terminal", "notebook"), [(True, False), (False, True), (False, False)])
def test_a_bar_is_shown_where_it_can_be_seen(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch, terminal: bool, notebook: bool
) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    monkeypatch.setattr(sys, "stderr", stream := Stream())
    if notebook:
        monkeypatch.setitem(sys.modules, "ipykernel", module)
    fetch(row)
    shown = stream.getvalue()
    assert ("Fetching weights.pth" in shown and "/400k" in shown) == (terminal or notebook)
