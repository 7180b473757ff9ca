"""Downloads from a local server that breaks off, lies and hesitates: the file is right or not there."""

import dataclasses
import errno
import hashlib
import http.client
import io
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ganjax
from ganjax.weights import fetch as module
from ganjax.weights.fetch import fetch
from ganjax.weights.release import Release

CONTENT_SIZE = 400_000  # tests/weights/conftest.py
HALF = f"bytes={CONTENT_SIZE // 2}-"


def files(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()}


@pytest.fixture
def interrupt(server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """`interrupt()`: one attempt, which breaks off in the middle."""

    def attempt() -> None:
        server.script = ["cut"]
        with monkeypatch.context() as patch:
            patch.setattr(module, "_WAITS_SECONDS", ())
            with pytest.raises(ganjax.CheckpointError, match=r"200,000 of 400,000 bytes.*goes on from"):
                fetch(row)

    return attempt


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
    (cache / "weights.pth.part").write_bytes(b"x" * (CONTENT_SIZE + 1))
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, f"bytes={CONTENT_SIZE + 1}-", None]


def test_errors_that_pass_are_tried_again(server: Any, cache: Path, row: Release) -> None:
    server.script = ["503", "cut", "429"]
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, None, HALF, HALF]


def test_errors_that_stay_are_told(server: Any, cache: Path, row: Release) -> None:
    server.script = ["503"] * 4
    with pytest.raises(
        ganjax.CheckpointError, match=rf"{row.url} answers 503.*save it as {cache}/weights\.pth"
    ):
        fetch(row)
    assert len(server.asked) == 4


def test_a_missing_file_is_not_asked_for_twice(server: Any, cache: Path, row: Release) -> None:
    server.script = ["404"]
    with pytest.raises(
        ganjax.CheckpointError, match=rf"{row.url} answers 404.*save it as {cache}/weights\.pth"
    ):
        fetch(row)
    assert len(server.asked) == 1
    assert files(cache) == {"weights.pth.lock"}


def test_a_server_that_falls_silent_is_asked_for_the_rest(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TIMEOUT_SECONDS", 0.3)
    server.script = ["stall"]
    assert fetch(row).read_bytes() == server.content
    assert server.asked[0] is None and len(server.asked) == 2


def test_a_wrong_file_is_refused_and_not_kept(server: Any, cache: Path, row: Release) -> None:
    server.content = b"<html>Sorry</html>"
    found = hashlib.sha256(server.content).hexdigest()
    message = rf"{row.url} gave another file.*18 bytes and the SHA-256 {found}.*begin with {row.sha256}"
    with pytest.raises(ganjax.CheckpointError, match=message):
        fetch(row)
    assert files(cache) == {"weights.pth.lock"}


def test_a_damaged_part_is_refused_and_not_kept(
    server: Any, cache: Path, row: Release, interrupt: Any
) -> None:
    interrupt()
    part = cache / "weights.pth.part"
    part.write_bytes(bytes([part.read_bytes()[0] ^ 1]) + part.read_bytes()[1:])
    with pytest.raises(ganjax.CheckpointError, match="another file"):
        fetch(row)
    assert files(cache) == {"weights.pth.lock"}
    assert fetch(row).read_bytes() == server.content


def test_the_size_is_held_against_the_row(server: Any, cache: Path, row: Release) -> None:
    with pytest.raises(ganjax.CheckpointError, match=r"it has 400,000 bytes, not 400,001\. It was removed"):
        fetch(dataclasses.replace(row, bytes=CONTENT_SIZE + 1))
    assert fetch(dataclasses.replace(row, bytes=CONTENT_SIZE, sha256=None)).exists()


def test_a_row_by_hand_is_never_fetched(server: Any, cache: Path, row: Release) -> None:
    row = dataclasses.replace(row, by_hand=True)
    message = rf"fetch weights\.pth from {row.url} and save it as {cache}/weights\.pth"
    with pytest.raises(ganjax.CheckpointError, match=message):
        fetch(row)
    cache.mkdir()
    (cache / "weights.pth").write_bytes(server.content)
    assert fetch(row) == cache / "weights.pth"
    assert server.asked == []


def test_a_file_put_by_hand_is_verified_and_left_alone(server: Any, cache: Path, row: Release) -> None:
    cache.mkdir()
    (cache / "weights.pth").write_bytes(b"something else")
    with pytest.raises(
        ganjax.CheckpointError, match=r"weights\.pth has 14 bytes and the SHA-256 .*Remove it"
    ):
        fetch(row)
    assert (cache / "weights.pth").read_bytes() == b"something else"
    assert server.asked == []


@pytest.mark.parametrize("known", [True, False])
def test_a_folder_in_the_place_of_the_file(server: Any, cache: Path, row: Release, known: bool) -> None:
    (cache / "weights.pth").mkdir(parents=True)
    row = row if known else dataclasses.replace(row, sha256=None, by_hand=True)
    with pytest.raises(ganjax.CheckpointError, match=rf"{cache}/weights\.pth cannot be read: Is a directory"):
        fetch(row)
    assert server.asked == []


def test_a_file_that_may_not_be_read(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The superuser may read everything, so the refusal is the test's own."""

    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    fetch(row)
    monkeypatch.setattr(module, "open", refuse, raising=False)
    with pytest.raises(
        ganjax.CheckpointError, match=rf"{cache}/weights\.pth cannot be read: Permission denied"
    ):
        fetch(row)


@pytest.mark.parametrize("value", ["1", "true"])
def test_offline_asks_nobody(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("GANJAX_OFFLINE", value)
    with pytest.raises(ganjax.CheckpointError, match=rf"GANJAX_OFFLINE.*{row.url}.*{cache}/weights\.pth"):
        fetch(row)
    assert server.asked == [] and not cache.exists()
    cache.mkdir()
    (cache / "weights.pth").write_bytes(server.content)
    assert fetch(row).exists()


def test_offline_can_be_taken_back(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANJAX_OFFLINE", "0")
    assert fetch(row).exists()


@pytest.mark.parametrize(
    "failure", [socket.gaierror(-2, "Name or service not known"), OSError(errno.ENETUNREACH, "unreachable")]
)
def test_without_a_network_it_is_said_at_once(
    cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch, failure: OSError
) -> None:
    attempts = []

    def refuse(*address: Any, **_: Any) -> None:
        attempts.append(address)
        raise failure

    monkeypatch.setattr(socket, "create_connection", refuse)
    message = rf"out of reach.*fetch weights\.pth from {row.url} and save it as {cache}/weights\.pth"
    with pytest.raises(ganjax.CheckpointError, match=message):
        fetch(row)
    assert len(attempts) == 1


def test_a_server_that_is_away(server: Any, cache: Path, row: Release) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/weights.pth"
    with pytest.raises(ganjax.CheckpointError, match=f"connection to {url} failed.*refused"):
        fetch(dataclasses.replace(row, url=url))


def test_redirections_are_followed(server: Any, cache: Path, row: Release) -> None:
    server.script = [server.url.replace("weights", "elsewhere"), "cut", "/again", "ok"]
    assert fetch(row).read_bytes() == server.content
    assert server.asked == [None, None, HALF, HALF]


def test_a_redirection_to_the_open_web_is_refused(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unencrypted(urllib.request.HTTPHandler):
        """Takes https for what the server speaks."""

        handler_order = 400  # before urllib's own

        def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(http.client.HTTPConnection, request)

    opener = module._opener()
    opener.add_handler(Unencrypted())
    monkeypatch.setattr(module, "_OPENER", opener)
    row = dataclasses.replace(row, url=server.url.replace("http:", "https:"))
    server.script = [server.url]
    message = rf"{row.url} answers 302 and leads to {server.url}, which is not encrypted.*save it as {cache}"
    with pytest.raises(ganjax.CheckpointError, match=message):
        fetch(row)
    assert len(server.asked) == 1 and files(cache) == {"weights.pth.lock"}
    server.script = [f"{row.url}?again"]
    assert fetch(row).read_bytes() == server.content


@pytest.mark.parametrize("redirected", [False, True])
def test_only_the_web_is_opened(server: Any, cache: Path, row: Release, redirected: bool) -> None:
    secret = cache.parent / "secret"
    secret.write_bytes(server.content)
    if redirected:
        server.script = [secret.as_uri()] * 4
    else:
        row = dataclasses.replace(row, url=secret.as_uri())
    with pytest.raises(ganjax.CheckpointError):
        fetch(row)
    assert files(cache) == {"weights.pth.lock"}


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk(server: Any, cache: Path, row: Release) -> None:
    cache.mkdir()
    (cache / "weights.pth.part").symlink_to("/dev/full")
    with pytest.raises(ganjax.CheckpointError, match=r"part cannot be written: No space left.*GANJAX_CACHE"):
        fetch(row)
    assert not (cache / "weights.pth").exists() and len(server.asked) == 1


def test_no_room_is_seen_before_it_is_filled(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(ganjax.CheckpointError, match="room for 1,000 bytes, and 400,000 are to come"):
        fetch(row)
    assert files(cache) == {"weights.pth.lock"}


def test_a_file_of_untold_length_is_fetched(server: Any, cache: Path, row: Release) -> None:
    server.script = ["unsized"]
    assert fetch(row).read_bytes() == server.content


def test_a_file_of_untold_length_leaves_room(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = module._KEPT_FREE + CONTENT_SIZE - 1
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    server.script = ["unsized"]
    message = (
        rf"{row.url} gives more than 399,999 bytes: it does not say how many, and {cache} has no more room"
    )
    with pytest.raises(ganjax.CheckpointError, match=message):
        fetch(row)
    assert len(server.asked) == 1 and files(cache) == {"weights.pth.lock"}


@pytest.mark.parametrize("how", ["unsized", "ok"])
def test_no_more_is_taken_than_the_row_says(server: Any, cache: Path, row: Release, how: str) -> None:
    server.script = [how]
    message = r"gives more than 300,000 bytes: it is not the file that test-64 stands for\. It was removed"
    with pytest.raises(ganjax.CheckpointError, match=message):
        fetch(dataclasses.replace(row, bytes=300_000))
    assert len(server.asked) == 1 and files(cache) == {"weights.pth.lock"}


def test_a_cache_that_is_no_folder(server: Any, cache: Path, row: Release) -> None:
    cache.write_text("a file")
    with pytest.raises(ganjax.CheckpointError, match=f"{cache} cannot be written.*GANJAX_CACHE"):
        fetch(row)


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
