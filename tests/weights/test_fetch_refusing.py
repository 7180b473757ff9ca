"""Downloads that are refused or cannot be: the file is not there, and the message says what to do."""

import dataclasses
import errno
import hashlib
import http.client
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import ganjax
from ganjax.weights import fetch as module
from ganjax.weights.fetch import fetch
from ganjax.weights.release import Release

from .downloads import CONTENT, files


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
        fetch(dataclasses.replace(row, bytes=len(CONTENT) + 1))
    assert fetch(dataclasses.replace(row, bytes=len(CONTENT), sha256=None)).exists()


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


def test_a_file_of_untold_length_leaves_room(
    server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = module._KEPT_FREE + len(CONTENT) - 1
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
