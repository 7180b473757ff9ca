"""The examples of the first pages run as they stand, with the bundled models; Japanese ones are the same."""

import ast
import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from ganjax import cli

ROOT = Path(__file__).parents[2]
PAGES = {
    "README.md": {"faces.png"},
    "README.ja.md": {"faces.png"},
    "docs/quickstart.md": {"faces.png"},
    "docs/tutorials/faces.md": {"faces.png", "walk.png", "walk.webp"},
    "docs/tutorials/inside.md": {"blocks.png"},
    "docs/tutorials/upscale.md": {"upscale.png", "psnr.png"},
    "docs/tutorials/enhance.md": {"enhance.png", "group.png"},
    "docs/tutorials/text-to-image.md": {"found.png", "grid.png", "walk.webp"},
}
TRAINING = "docs/tutorials/train-upscaler.md"
# Settings with which the runs of that page take seconds; the discriminator takes longest to compile.
SHORT = """--data faces:40 --drawn 16 --side 16 --batch 2 --convs 1 --width 4 --discriminator-width 2
    --pixel-kimg 0.004 --adversarial-kimg 0 --snapshot-kimg 0.004 --sample-kimg 0 --workers 0"""


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def run(page: str) -> None:
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        exec(block, names)


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(page)
    assert {path.name for path in tmp_path.iterdir()} == PAGES[page]
    assert all(path.stat().st_size > 0 for path in tmp_path.iterdir())


def test_the_page_on_training_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = (shlex.split(command)[1:] for command in blocks(TRAINING, "bash")[:2])
    assert cli.main([*first, *SHORT.split()]) == 0
    assert cli.main([*second, "--dry-run"]) == 0
    shutil.copytree("runs/srvgg-quickstart", "runs/srvgg-sharp")
    run(TRAINING)
    assert os.path.getsize("stages.png") > 0


def test_the_page_on_texts_trains(capsys: pytest.CaptureFixture[str]) -> None:
    """Its commands are understood, and the second one uses what the first one writes."""
    commands = blocks("docs/tutorials/text-to-image.md", "bash")[0].splitlines()[:2]
    first, second = (shlex.split(command)[1:] for command in commands)
    assert cli.main([*first, "--dry-run"]) == 0
    encoders = json.loads(capsys.readouterr().out)["out"]
    assert cli.main([*second, "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["recipe"]["text"] == encoders


@pytest.mark.parametrize("page", [page for page in [*PAGES, TRAINING] if page.startswith("docs")])
def test_the_japanese_page_has_the_same_examples(page: str) -> None:
    """But for comments."""
    twin = page.replace(".md", ".ja.md")
    for ours, theirs in zip(blocks(page, "python"), blocks(twin, "python"), strict=True):
        assert ast.dump(ast.parse(ours)) == ast.dump(ast.parse(theirs))
    assert blocks(page, "bash") == blocks(twin, "bash")
