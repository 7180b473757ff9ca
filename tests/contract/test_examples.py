"""The Python examples of the first pages run as they stand, with the bundled model."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {
    "README.md": {"faces.png"},
    "README.ja.md": {"faces.png"},
    "docs/quickstart.md": {"faces.png"},
    "docs/quickstart.ja.md": {"faces.png"},
    "docs/tutorials/faces.md": {"faces.png", "walk.png", "walk.webp"},
    "docs/tutorials/faces.ja.md": {"faces.png", "walk.png", "walk.webp"},
    "docs/tutorials/inside.md": {"blocks.png"},
    "docs/tutorials/inside.ja.md": {"blocks.png"},
}


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    assert {path.name for path in tmp_path.iterdir()} == PAGES[page]
    assert all(path.stat().st_size > 0 for path in tmp_path.iterdir())
