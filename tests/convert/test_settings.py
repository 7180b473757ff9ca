"""The JSON file beside a weight file."""

from pathlib import Path

import pytest

from ganjax.convert.settings import settings_beside
from ganjax.core.errors import CheckpointError


def test_settings_are_read_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "clip", "depth": {"text": 12}}', "utf-8")
    weights = tmp_path / "model.safetensors"
    assert settings_beside(weights, "config.json") == {"model_type": "clip", "depth": {"text": 12}}
    assert settings_beside(weights, "absent.json") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "it holds no settings by name"),
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        ("[" * 100_000, "recursion"),
        (" " * (1 << 20) + "{}", "larger than 1,048,576 bytes"),
    ],
    ids=["a list", "cut", "empty", "deep", "large"],
)
def test_what_makes_no_sense_is_told_with_its_path(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "config.json").write_text(text, "utf-8")
    with pytest.raises(
        CheckpointError, match=rf"config\.json, beside the weights, cannot be read: .*{message}"
    ):
        settings_beside(tmp_path / "model.safetensors", "config.json")
