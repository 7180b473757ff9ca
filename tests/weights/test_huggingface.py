"""Names of the Hugging Face Hub, with a stand-in for huggingface_hub, which ganjax does not require."""

import sys
import types
from pathlib import Path
from typing import Any

import pytest

import ganjax
from ganjax.weights.huggingface import fetch_from_hub


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """What the stand-in was asked for; its `hf_hub_download` takes what the real one takes."""
    asked: list[tuple[tuple[str, ...], dict[str, Any]]] = []

    def hf_hub_download(repo_id: str, filename: str, *, local_files_only: bool = False) -> str:
        asked.append(((repo_id, filename), {"local_files_only": local_files_only}))
        if repo_id == "nobody/nothing":
            raise FileNotFoundError("Repository Not Found")
        return f"/hub/{filename}"

    module = types.SimpleNamespace(hf_hub_download=hf_hub_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)  # type: ignore[arg-type]
    monkeypatch.delenv("GANJAX_OFFLINE", raising=False)
    return asked


@pytest.mark.parametrize(
    ("name", "repository", "file"),
    [
        ("hf:somebody/faces", "somebody/faces", "model.safetensors"),
        ("hf:somebody/faces/old.safetensors", "somebody/faces", "old.safetensors"),
        ("hf:somebody/faces/epochs/10.pth", "somebody/faces", "epochs/10.pth"),
    ],
)
def test_names(calls: list[Any], name: str, repository: str, file: str) -> None:
    assert fetch_from_hub(name) == Path("/hub") / file
    assert calls == [((repository, file), {"local_files_only": False})]


@pytest.mark.parametrize("name", ["hf:", "hf:faces", "hf:/faces", "hf:somebody/"])
def test_other_names(calls: list[Any], name: str) -> None:
    with pytest.raises(ganjax.UsageError, match="hf:owner/name"):
        fetch_from_hub(name)
    assert calls == []


def test_what_the_hub_refuses(calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ganjax.CheckpointError, match=r"hf:nobody/nothing .*Repository Not Found"):
        fetch_from_hub("hf:nobody/nothing")
    monkeypatch.setenv("GANJAX_OFFLINE", "1")
    with pytest.raises(ganjax.CheckpointError, match="GANJAX_OFFLINE forbids"):
        fetch_from_hub("hf:nobody/nothing")


def test_offline_looks_into_the_cache_only(calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANJAX_OFFLINE", "1")
    fetch_from_hub("hf:somebody/faces")
    assert calls == [(("somebody/faces", "model.safetensors"), {"local_files_only": True})]


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)  # type: ignore[arg-type]
    with pytest.raises(ganjax.UsageError, match=r'pip install "ganjax\[hub\]"'):
        fetch_from_hub("hf:somebody/faces")
