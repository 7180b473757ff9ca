"""A web server in a thread, as good or bad as a test wants it."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import ganjax
from ganjax.weights import fetch
from ganjax.weights.release import Release

from .downloads import CONTENT


class Server(ThreadingHTTPServer):
    """Serves `content` under every path; `script` says how the coming requests end, "ok" once it is empty.

    A number is a status, "cut" breaks off after half, "stall" is silent after half, "slow" takes a
    second, "unsized" does not say how long it is, and anything else is where the client is sent to.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.headers = {"ETag": '"one"'}
        self.ranges = True
        self.script: list[str] = []
        self.asked: list[str | None] = []  # the Range of every request
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/weights.pth"

    def handle_error(self, *_: object) -> None:
        """A client that leaves in the middle is what some tests want."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append(wanted)
        how = server.script.pop(0) if server.script else "ok"
        self.close_connection = True
        if how.isdigit():
            self.send_error(int(how))
            return
        if how not in ("ok", "cut", "stall", "slow", "unsized"):
            self.send_response(302)
            self.send_header("Location", how)
            self.end_headers()
            return
        start, marks = 0, server.headers.values()
        if wanted and server.ranges and self.headers.get("If-Range") in marks:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        size = len(server.content)
        if start >= size:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if how != "unsized":
            self.send_header("Content-Length", str(size - start))
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.send_body(server.content[start:], how)

    def send_body(self, body: bytes, how: str) -> None:
        if how in ("ok", "unsized"):
            self.wfile.write(body)
            return
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        if how == "stall":
            self.server.over.wait(10)
        elif how == "slow":
            rest = memoryview(body)[len(body) // 2 :]
            for i in range(20):
                self.wfile.write(rest[i * len(rest) // 20 : (i + 1) * len(rest) // 20])
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the downloads, empty; nothing waits between two attempts."""
    monkeypatch.setenv("GANJAX_CACHE", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("GANJAX_OFFLINE", raising=False)
    monkeypatch.setattr(fetch, "_WAITS_SECONDS", (0.0, 0.0, 0.0))
    return tmp_path / "weights"


@pytest.fixture
def row(server: Server) -> Release:
    """The row of what the server has."""
    return Release(
        name="test-64",
        system="pgan",
        task="generate",
        data="noise",
        licence="CC-BY-NC-4.0",
        paper="none",
        side=64,
        parts=("generator",),
        publisher="nobody/nothing",
        file="weights.pth",
        url=server.url,
        sha256=hashlib.sha256(CONTENT).hexdigest()[:8],
    )


@pytest.fixture
def interrupt(server: Any, cache: Path, row: Release, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """`interrupt()`: one attempt, which breaks off in the middle."""

    def attempt() -> None:
        server.script = ["cut"]
        with monkeypatch.context() as patch:
            patch.setattr(fetch, "_WAITS_SECONDS", ())
            with pytest.raises(ganjax.CheckpointError, match=r"200,000 of 400,000 bytes.*goes on from"):
                fetch.fetch(row)

    return attempt
