"""The cache folder: the user's choice, or each platform's own place; one that cannot be made is no error."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from ganjax.core.cache import cache_folder, enable_compilation_cache


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("GANJAX_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("platform", "folder"),
    [("linux", ".cache/ganjax"), ("darwin", "Library/Caches/ganjax"), ("win32", "AppData/Local/ganjax")],
)
def test_the_platforms_own_place(
    monkeypatch: pytest.MonkeyPatch, home: Path, platform: str, folder: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder() == home / folder


@pytest.mark.parametrize(("platform", "variable"), [("linux", "XDG_CACHE_HOME"), ("win32", "LOCALAPPDATA")])
def test_the_platforms_variable(
    monkeypatch: pytest.MonkeyPatch, home: Path, platform: str, variable: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(home / "elsewhere"))
    assert cache_folder() == home / "elsewhere" / "ganjax"


def test_the_users_choice_comes_first(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "elsewhere"))
    monkeypatch.setenv("GANJAX_CACHE", str(home / "mine"))
    assert cache_folder() == home / "mine"


def test_a_folder_set_in_jax_is_left_alone(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("GANJAX_CACHE", str(home / "mine"))
    chosen = jax.config.values["jax_compilation_cache_dir"]
    assert enable_compilation_cache() == Path(chosen)
    assert not (home / "mine").exists()


def test_programs_are_kept_and_an_impossible_folder_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    script = """
import os, jax
from ganjax.core.cache import enable_compilation_cache
os.environ["GANJAX_CACHE"] = "file/below"
assert enable_compilation_cache() is None
os.environ["GANJAX_CACHE"] = "good"
print(enable_compilation_cache())
jax.jit(lambda x: x + 1)(1.0)
"""
    variables = {name: value for name, value in os.environ.items() if name != "JAX_COMPILATION_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "good/compiled"
    assert any(path.name.endswith("-cache") for path in (tmp_path / "good" / "compiled").iterdir())
