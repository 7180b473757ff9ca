"""Writing files so that a reader sees the old file or the whole new one, never a part."""

import contextlib
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Yields a temporary path beside `path`; moves it over `path` if the block ends well, else removes it."""
    target = pathlib.Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Pillow and others choose the format by the suffix, so the temporary name keeps it.
    prefix = f".{target.stem}-"
    with contextlib.ExitStack() as cleanup:
        try:
            handle, name = tempfile.mkstemp(prefix=prefix, suffix=target.suffix, dir=target.parent)
            os.close(handle)
            temporary = pathlib.Path(name)
            cleanup.callback(temporary.unlink, missing_ok=True)
            yield temporary
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(target)
        except OSError as error:
            # A write that fails, on a full disk say, names no file; others name the temporary one.
            if error.filename is None or pathlib.Path(str(error.filename)).name.startswith(prefix):
                error.filename = os.fspath(target)
                del error.filename2
            raise


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes `data` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Writes `value` to `path` as indented JSON, atomically."""
    write_bytes(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())
