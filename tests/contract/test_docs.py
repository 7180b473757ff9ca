"""Public means documented: docstrings, API reference, menu. And every relative link leads somewhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import ganjax

PACKAGE = Path(ganjax.__file__).parent
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEXTS = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def public_modules() -> Iterator[tuple[str, Path]]:
    """(dotted name, file) of every module of which no part begins with an underscore."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if not any(part.startswith("_") for part in parts):
            yield ".".join(parts), path


MODULES = dict(public_modules())


def undocumented(source: str) -> list[str]:
    """Public names in `source` without a docstring: the module, its functions and classes, their methods."""

    def walk(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
        for child in node.body:
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if child.name.startswith("_"):
                continue
            if not ast.get_docstring(child) and not declares(child):
                yield prefix + child.name
            if isinstance(child, ast.ClassDef):
                yield from walk(child, f"{prefix}{child.name}.")

    tree = ast.parse(source)
    return ([] if ast.get_docstring(tree) else ["the module"]) + list(walk(tree, ""))


def declares(node: ast.AST) -> bool:
    """Whether this is a member of a protocol, a body of `...`: the docstring of its class speaks for it."""
    match node:
        case ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=value))]):
            return value is ...
    return False


@pytest.mark.parametrize("module", MODULES)
def test_public_names_have_docstrings(module: str) -> None:
    assert not undocumented(MODULES[module].read_text("utf-8"))


def test_a_missing_docstring_is_found() -> None:
    source = '"""Module."""\ndef f(): pass\ndef _g(): pass\nclass A:\n  """A."""\n  def h(self): pass\n'
    assert undocumented(source) == ["f", "A.h"]
    assert undocumented("x = 1") == ["the module"]


def test_every_public_module_is_in_the_reference() -> None:
    pages = "\n".join(path.read_text("utf-8") for path in (DOCS / "api").glob("*.md"))
    listed = set(re.findall(r"^::: (\S+)$", pages, flags=re.MULTILINE))
    # A package whose file only says what the folder is for has nothing to list.
    expected = {name for name, path in MODULES.items() if path.name != "__init__.py" or has_names(path)}
    assert listed == expected


def has_names(path: Path) -> bool:
    kinds = ast.FunctionDef | ast.ClassDef
    return any(
        isinstance(node, kinds) and not node.name.startswith("_")
        for node in ast.parse(path.read_text("utf-8")).body
    )


def entries(nav: object) -> Iterator[str]:
    """The pages of the `nav` of mkdocs.yml."""
    match nav:
        case str():
            yield nav
        case list():
            for item in nav:
                yield from entries(item)
        case dict():
            for item in nav.values():
                yield from entries(item)


def test_every_page_is_in_the_menu() -> None:
    nav = set(entries(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))
    # A translation page.ja.md stands behind the entry of page.md.
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert nav == {page for page in pages if not page.endswith(".ja.md")}
    assert {page.replace(".ja.md", ".md") for page in pages} == nav


@pytest.mark.parametrize("path", TEXTS, ids=[path.relative_to(ROOT).as_posix() for path in TEXTS])
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)[^)]*\)|(?:src|href)=\"([^\"]+)\"", text)
    for target in (markdown or html for markdown, html in targets):
        if not re.match(r"[a-z]+:|#", target):
            assert (path.parent / target.split("#")[0]).exists(), f"{target} in {path.name}"
