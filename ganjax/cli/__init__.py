"""The command line: `ganjax <verb>`. Each verb is a file of this folder, imported only when it is asked for.

A verb's file has `run(options) -> int`, which gives the exit code; tyro makes the command line from the
frozen dataclass that annotates `options`. A verb whose options depend on each other has
`main(arguments) -> int` instead.
"""

import importlib
import os
import sys
import typing
import warnings
from collections.abc import Sequence
from typing import Any

from ganjax import __version__
from ganjax.core.allocator import keep_memory
from ganjax.core.cache import enable_compilation_cache
from ganjax.core.errors import GanjaxError, UsageError, unknown
from ganjax.core.text import printable

_FORMAT = warnings.formatwarning

VERBS = {
    "train": "train a GAN, or go on with a run that was stopped",
    "sample": "draw images with a model",
    "imagine": "draw pictures of what a text says",
    "upscale": "make pictures larger",
    "enhance": "make dark pictures bright",
    "evaluate": "score a model against real images",
    "summary": "show a network layer by layer",
    "data": "show what a data set gives",
    "list": "name the models that can be loaded",
    "inspect": "show what a weight file holds, and whether it can be loaded",
    "convert": "turn a weight file into one of ganjax, or back into the names of its code",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command, by default that of the process, and gives its exit code.

    0 is done, 1 failed, 2 bad usage, 130 interrupted. What a user can meet ends in one line on stderr.
    """
    try:
        # A tuple: `list` is here the verb, once its file has been imported.
        code = _run(tuple(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()  # here, where a reader that has left can be dealt with
        return code
    except GanjaxError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader (`| head`) has left; Python's own flush at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        return _fail(f"{named}{error.strerror or error}", 1)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)


def _run(arguments: tuple[str, ...]) -> int:
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("--help", ())
    if verb in ("--help", "-h"):
        print(_help())
        return 0
    if verb == "--version":
        print(f"ganjax {__version__}")
        return 0
    if verb not in VERBS:
        raise UsageError(unknown("command", verb, VERBS))
    module = importlib.import_module(f"ganjax.cli.{verb}")
    if hasattr(module, "main"):
        _prepare()
        return module.main(rest)
    import tyro

    options = tyro.cli(
        typing.get_type_hints(module.run)["options"],
        args=rest,
        prog=f"ganjax {verb}",
        config=(tyro.conf.FlagCreatePairsOff, tyro.conf.PositionalMetavarFromFieldName),
    )
    _prepare()
    return module.run(options)


def _prepare() -> None:
    """What a process of its own should have and a library must not force on others."""
    keep_memory()
    enable_compilation_cache()
    warnings.formatwarning = _told


def _told(message: Warning | str, category: type[Warning], *place: Any, **line: Any) -> str:
    """How a warning is printed: ours to the user as a sentence, without the line of code it came from."""
    if category is UserWarning:
        return f"ganjax: {message}\n"
    return _FORMAT(message, category, *place, **line)


def _help() -> str:
    width = max(map(len, VERBS))
    lines = [f"  {verb:{width}}  {what}" for verb, what in VERBS.items()]
    return "\n".join(
        ["usage: ganjax COMMAND ...", "", *lines, "", "`ganjax COMMAND --help` shows the options of one."]
    )


def _fail(message: str, code: int) -> int:
    print(f"ganjax: {printable(message)}", file=sys.stderr)
    return code
