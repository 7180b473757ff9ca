"""`ganjax train`: what it refuses before anything begins. Whole runs are in tests/train."""

import json
from pathlib import Path

import pytest

from ganjax.cli import main

Capture = pytest.CaptureFixture[str]
NUMBER = "is a number from 0 on, not"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workers", "-1"], f"--workers {NUMBER} -1"),
        (["--log-kimg", "inf"], f"--log-kimg {NUMBER} inf"),
        (["--sample-kimg", "nan"], f"--sample-kimg {NUMBER} nan"),
        (["--checkpoint-kimg", "-1"], f"--checkpoint-kimg {NUMBER} -1.0"),
        (["--snapshot-kimg", "nan"], f"--snapshot-kimg {NUMBER} nan"),
        (["--final-kimg", "nan"], "Every phase needs a batch and images to show"),
        (["--max-unreadable", "nan"], "unreadable share lies from 0 to 1, not nan"),
        (
            ["--processes", "0", "--process-id", "0", "--coordinator", "a:1"],
            "--processes is a number from 1 on",
        ),
        (
            ["--processes", "2", "--process-id", "2", "--coordinator", "a:1"],
            "--process-id is a number from 0 to 1",
        ),
        (["--processes", "2"], "give all three or none"),
    ],
)
def test_numbers_without_sense_start_nothing(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "pgan", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_dry_run_prints_the_settings_and_the_folder(capsys: Capture) -> None:
    assert main(["train", "pgan", "--preset", "faces-64", "--sample-kimg", "0", "--dry-run"]) == 0
    settings = json.loads(capsys.readouterr().out)
    assert (settings["recipe"]["side"], settings["sample_kimg"]) == (64, 0)
    assert settings["out"] == "runs/pgan-faces-64"
