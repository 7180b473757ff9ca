"""The dispatcher: verbs by name, exit codes, and one line for every error that a user can meet."""

import dataclasses
import errno
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

import ganjax
from ganjax import cli
from ganjax.cli import VERBS, main


@dataclasses.dataclass(frozen=True)
class Options:
    """What a verb takes.

    Attributes:
      n: how many.
      wide: as wide as it goes.
    """

    n: int = 3
    wide: bool = False


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A verb `try`, whose `run` each test gives."""
    module = types.ModuleType("ganjax.cli.try")
    monkeypatch.setitem(sys.modules, "ganjax.cli.try", module)
    monkeypatch.setitem(VERBS, "try", "a verb for the tests")
    return module


def ends_with(verb: types.ModuleType, error: BaseException) -> int:
    def run(options: Options) -> int:
        raise error

    verb.run = run
    return main(["try"])


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main(["--help"]) == main(["-h"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, what in VERBS.items():
        assert sum(line.split() == [name, *what.split()] for line in lines) == 3
    known = "train sample imagine evaluate summary data list inspect convert upscale enhance"
    assert set(VERBS) == set(known.split())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ganjax {ganjax.__version__}\n"


def test_a_mistyped_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smaple", "--n", "3"]) == 2
    assert "Did you mean 'sample'" in capsys.readouterr().err


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([name, "--help"])
    assert exit_.value.code == 0
    assert f"usage: ganjax {name}" in capsys.readouterr().out


def test_options_are_those_of_the_dataclass(
    verb: types.ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def run(options: Options) -> int:
        seen.append(options)
        return 7

    verb.run = run
    assert main(["try"]) == main(["try", "--n", "5", "--wide"]) == 7
    assert seen == [Options(), Options(n=5, wide=True)]
    for bad in (["--m", "5"], ["--n", "five"]):
        with pytest.raises(SystemExit) as exit_:
            main(["try", *bad])
        assert exit_.value.code == 2
    assert len(seen) == 2


def test_a_verb_may_read_its_own_arguments(verb: types.ModuleType) -> None:
    verb.main = lambda arguments: len(arguments)
    assert main(["try", "a", "--b", "c"]) == 3


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ganjax.UsageError("wrong option"), 2, "ganjax: wrong option\n"),
        (ganjax.DataError("no pictures"), 1, "ganjax: no pictures\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "a.png"),
            1,
            "ganjax: a.png: No space left on device\n",
        ),
        (PermissionError(errno.EACCES, "Permission denied"), 1, "ganjax: Permission denied\n"),
        (KeyboardInterrupt(), 130, "ganjax: interrupted\n"),
    ],
)
def test_errors_are_one_line_and_a_code(
    verb: types.ModuleType, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, message: str
) -> None:
    assert ends_with(verb, error) == code
    assert capsys.readouterr() == ("", message)


def test_a_fault_of_ours_is_not_hidden(verb: types.ModuleType) -> None:
    with pytest.raises(ZeroDivisionError):
        ends_with(verb, ZeroDivisionError())


def test_the_process_is_set_up_before_a_verb_runs(
    verb: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = []
    monkeypatch.setattr(cli, "keep_memory", lambda: order.append("memory"))
    monkeypatch.setattr(cli, "enable_compilation_cache", lambda: order.append("cache"))

    def run(options: Options) -> int:
        order.append("run")
        return 0

    verb.run = run
    assert main(["try"]) == 0
    assert order == ["memory", "cache", "run"]


def test_a_process_of_its_own(tmp_path: Path) -> None:
    """`python -m ganjax`, its exit code, and a reader that leaves early."""
    command = [sys.executable, "-m", "ganjax"]
    bad = subprocess.run([*command, "nothing"], capture_output=True, text=True, timeout=60)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("ganjax: Unknown command 'nothing'")
    read, write = os.pipe()
    os.close(read)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    left = subprocess.run(
        [*command, "--help"], stdout=write, stderr=subprocess.PIPE, text=True, timeout=60, env=buffered
    )
    os.close(write)
    assert (left.returncode, left.stderr) == (1, "")
