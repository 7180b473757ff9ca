"""From a release row to a verified file in the cache folder.

A download is written to `NAME.part` and moved to NAME once its size and hash are right, so NAME is whole or
not there. What was received before an interruption is kept, with the server's mark of the version, and the
next run asks for the rest of that version (RFC 9110, sections 13.1.5 and 14). `GANJAX_OFFLINE=1` forbids the
network.
"""

import contextlib
import errno
import hashlib
import http.client
import logging
import os
import pathlib
import re
import shutil
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import IO

import tqdm

from ganjax import __version__
from ganjax.core.cache import cache_folder
from ganjax.core.errors import CheckpointError
from ganjax.weights.lock import locked
from ganjax.weights.release import Release

_TIMEOUT_SECONDS = 30.0
_WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0)
_BLOCK = 2**18
_KEPT_FREE = 2**28  # of the disk, where a server does not say how much is to come
_PASSING_STATUS = (408, 425, 429, 500, 502, 503, 504)

_log = logging.getLogger(__name__)


class _PassingError(Exception):
    """What may go well at the next attempt."""


def offline() -> bool:
    """Whether the user forbids the network: `GANJAX_OFFLINE` is set, and not to 0."""
    return os.environ.get("GANJAX_OFFLINE", "0") not in ("", "0")


def cached_path(release: Release) -> pathlib.Path:
    """Where the file of `release` lies once it is there, and where to put it by hand."""
    return cache_folder() / "weights" / (release.file or release.name)


def fetch(release: Release) -> pathlib.Path:
    """The file of `release`, verified; if it is not there, downloads it, with a progress bar on a terminal.

    Raises:
      CheckpointError: no network, a file that is fetched by hand only, a file with another size or hash than
        the row says, one that cannot be read, or no room; with the URL, the path where the file belongs, and
        what was received.
    """
    path = cached_path(release)
    try:
        if path.exists():
            if fault := _fault(release, path):
                raise CheckpointError(f"{path} {fault}. Remove it; {_by_hand(release, path)}")
            return path
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read: {error.strerror or error}. Remove it or make it readable; "
            f"{_by_hand(release, path)}"
        ) from error
    if release.by_hand:
        raise CheckpointError(f"{release.name} is not downloaded by ganjax: {_by_hand(release, path)}")
    if offline():
        raise CheckpointError(
            f"{release.name} is not in the cache, and GANJAX_OFFLINE forbids the network. "
            f"Elsewhere, {_by_hand(release, path)}"
        )
    with contextlib.ExitStack() as stack:
        with _writing(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(_beside(path, "lock"), waiting=lambda: _tell_waiting(release)))
        if not path.exists():  # else another process has fetched it meanwhile
            _download(release, path)
    return path


def _download(release: Release, path: pathlib.Path) -> None:
    part, version = _beside(path, "part"), _beside(path, "part-version")
    for wait in (*_WAITS_SECONDS, None):
        try:
            with _writing(part):
                _receive(release, part, version)
            break
        except _PassingError as error:
            if wait is None:
                raise CheckpointError(
                    f"{release.name} could not be downloaded: {error}. The next run goes on from what has "
                    f"arrived, if the server lets it. Or {_by_hand(release, path)}"
                ) from error
            time.sleep(wait)
    fault = _fault(release, part)
    version.unlink(missing_ok=True)
    if fault is not None:
        part.unlink()
        raise CheckpointError(
            f"{release.url} gave another file than {release.name} stands for: it {fault}. It was removed."
        )
    with _writing(path):
        part.replace(path)


def _receive(release: Release, part: pathlib.Path, version: pathlib.Path) -> None:
    """One attempt to bring `part` to its full length; raises _PassingError where another may do better."""
    mark = version.read_text("latin-1") if version.exists() else ""
    have = part.stat().st_size if mark and part.exists() else 0
    with _open(release, have, mark, part) as response:
        if response.status != 206:
            have = 0
        elif _range_start(response) != have:
            part.unlink(missing_ok=True)
            raise _PassingError(f"{release.url} gave another range than was asked for")
        total = None if response.length is None else have + response.length
        most, because = _most(release, part.parent, have, total)
        bar = tqdm.tqdm(
            desc=f"Fetching {release.file}",
            initial=have,
            total=total,
            unit="B",
            unit_scale=True,
            leave=False,
            disable=False
            if "ipykernel" in sys.modules
            else None,  # a notebook is no terminal, but shows bars
        )
        with bar, open(part, "ab" if have else "wb") as file:
            version.write_text(_mark(response), "latin-1")
            for block in _blocks(response):
                have += len(block)
                if have > most:
                    break
                file.write(block)
                bar.update(len(block))
    if have > most:
        part.unlink()
        version.unlink()
        raise CheckpointError(f"{release.url} gives more than {most:,} bytes: {because}. It was removed.")
    if total is not None and have < total:
        raise _PassingError(f"the connection ended after {have:,} of {total:,} bytes")


def _open(release: Release, have: int, mark: str, part: pathlib.Path) -> http.client.HTTPResponse:
    """The server's answer to a request for all but the first `have` bytes of the version with `mark`."""
    request = urllib.request.Request(str(release.url), headers={"User-Agent": f"ganjax/{__version__}"})
    if have:
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", mark)
    try:
        return _OPENER.open(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        answer = f"{release.url} answers {error.code} {error.reason}"
        if error.code == 416:  # the part is not a part of what the server has
            part.unlink(missing_ok=True)
        if error.code == 416 or error.code in _PASSING_STATUS:
            raise _PassingError(answer) from error
        raise CheckpointError(
            f"{release.name} could not be downloaded: {answer}. If you have the file, save it as "
            f"{cached_path(release)}."
        ) from error
    except urllib.error.URLError as error:
        if _no_network(error.reason):
            raise CheckpointError(
                f"{release.name} could not be downloaded: the network is out of reach ({error.reason}). "
                f"Elsewhere, {_by_hand(release, cached_path(release))}"
            ) from error
        raise _PassingError(f"the connection to {release.url} failed: {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise _PassingError(f"{release.url} does not answer: {error or type(error).__name__}") from error


def _blocks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while block := response.read1(_BLOCK):
            yield block
    except (OSError, http.client.HTTPException) as error:
        raise _PassingError(f"the connection broke off: {error or type(error).__name__}") from error


def _no_network(reason: object) -> bool:
    """Whether a connection failed in a way that waiting some seconds does not mend."""
    unreachable = (errno.ENETUNREACH, errno.EHOSTUNREACH)
    return isinstance(reason, socket.gaierror | TimeoutError) or (
        isinstance(reason, OSError) and reason.errno in unreachable
    )


def _mark(response: http.client.HTTPResponse) -> str:
    """What tells this version of the file from others; "" if the server says nothing that is sure to."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")


def _range_start(response: http.client.HTTPResponse) -> int | None:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _fault(release: Release, path: pathlib.Path) -> str | None:
    """What is wrong with the file at `path`, None if nothing is."""
    with open(path, "rb") as file:  # it must be readable, even if nothing is known of it
        size = os.fstat(file.fileno()).st_size
        if release.bytes not in (None, size):
            return f"has {size:,} bytes, not {release.bytes:,}"
        if release.sha256 is None:
            return None
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(release.sha256):
        return f"has {size:,} bytes and the SHA-256 {found}, which should begin with {release.sha256}"
    return None


def _most(release: Release, folder: pathlib.Path, have: int, total: int | None) -> tuple[int, str]:
    """The bytes that a file may have at most, of which `have` are there, and what it means if it has more."""
    free = shutil.disk_usage(folder).free
    if total is None and release.bytes is None:
        return have + max(free - _KEPT_FREE, 0), f"it does not say how many, and {folder} has no more room"
    needed = (total or release.bytes or 0) - have
    if needed > free:
        raise CheckpointError(
            f"{folder} has room for {free:,} bytes, and {needed:,} are to come. Make room, or choose another "
            "folder by GANJAX_CACHE."
        )
    return release.bytes or total or 0, f"it is not the file that {release.name} stands for"


@contextlib.contextmanager
def _writing(path: pathlib.Path) -> Iterator[None]:
    """Says of what the system refuses in the block which file it was and what to do."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be written: {error.strerror or error}. GANJAX_CACHE chooses another folder."
        ) from error


def _beside(path: pathlib.Path, suffix: str) -> pathlib.Path:
    return path.with_name(f"{path.name}.{suffix}")


def _by_hand(release: Release, path: pathlib.Path) -> str:
    return f"fetch {release.file} from {release.url} and save it as {path}."


def _tell_waiting(release: Release) -> None:
    _log.warning("Another process is fetching %s; waiting for it.", release.name)


class _Redirections(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but none from https to http, where anybody on the way may change what comes."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.type == "https" and urllib.parse.urlsplit(newurl).scheme != "https":
            raise urllib.error.HTTPError(
                req.full_url, code, f"and leads to {newurl}, which is not encrypted", headers, fp
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Opens http and https, following redirects; urllib's own would also open files and FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        _Redirections,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


_OPENER = _opener()
