"""Every `ganjax ...` command on a page is one that the command line knows."""

import dataclasses
import importlib
import re
import shlex
from pathlib import Path

import pytest

from ganjax.cli import VERBS
from ganjax.models import index

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("README*.md")])


def commands(text: str) -> list[list[str]]:
    """The words after `ganjax` of every command in the shell blocks of a page."""
    blocks = "\n".join(re.findall(r"^```(?:bash|sh)\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    lines = blocks.replace("\\\n", " ").splitlines()
    calls = [part.strip() for line in lines for part in line.split("&&")]
    return [shlex.split(call, comments=True)[1:] for call in calls if call.startswith("ganjax ")]


def faults(words: list[str]) -> list[str]:
    """What the command line would not know in one command."""
    verb, *rest = words
    if verb not in VERBS:
        return [f"verb {verb}"]
    fields = {
        field.name for field in dataclasses.fields(importlib.import_module(f"ganjax.cli.{verb}").Options)
    }
    found = []
    if verb == "train":
        recipes = index.system(rest[0], "recipe")
        fields |= {field.name for field in dataclasses.fields(recipes.Recipe)}
        names = [rest[i + 1] for i, word in enumerate(rest) if word == "--preset"]
        found += [f"preset {name}" for name in names if name not in recipes.PRESETS]
    options = [word.removeprefix("--").partition("=")[0] for word in rest if word.startswith("--")]
    return found + [f"option --{name}" for name in options if name.replace("-", "_") not in {*fields, "help"}]


@pytest.mark.parametrize("path", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES])
def test_commands_on_pages_exist(path: Path) -> None:
    assert not [fault for words in commands(path.read_text("utf-8")) for fault in faults(words)]


def test_wrong_commands_are_found() -> None:
    page = (
        "```bash\npip install . && ganjax trian pgan\nganjax train pgan --preset quik --side 64 --sied 4\n```"
    )
    assert [faults(words) for words in commands(page)] == [
        ["verb trian"],
        ["preset quik", "option --sied"],
    ]
