"""Imports go down only: every import in the package is held against the floors of docs/architecture.md.

The files are parsed, not imported, so an import inside a function counts like one at the top.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ganjax

PACKAGE = Path(ganjax.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

FLOOR_1 = {
    "convert",
    "data",
    "edit",
    "infer",
    "losses",
    "metrics",
    "nn",
    "text",
    "train",
    "weights",
}
FLOOR_4 = {
    "api",
    "evaluate",
    "evaluate_pairs",
    "hub",
    "imagine",
    "outline",
    "published",
    "recognise",
    "restore",
}
FLOOR_5 = {"cli", "web"}


def place(module: str) -> tuple[float, str]:
    """(floor, folder) of a module: it may import lower floors, and its own folder on its own floor."""
    match module.split(".")[1:]:
        case []:
            return (0, "ganjax")  # holds __version__; the public names count as their own modules
        case ["core", *_]:
            return (0, "core")
        case [folder, *_] if folder in FLOOR_1:
            return (1, folder)
        case ["models", system, "net" | "config", *_]:
            return (2, f"models.{system}")
        case ["models"] | ["models", "index" | "presets"]:
            return (3, "models")
        case ["models", name] if (PACKAGE / "models" / f"{name}.py").is_file():
            return (2.5, "models")  # what the recipes of systems share; it names no system
        case ["models", system, *_]:
            return (3, f"models.{system}")
        case [name] if name in FLOOR_4:
            return (4, "ganjax")
        case ["__main__"]:
            return (5, "cli")
        case [folder, *_] if folder in FLOOR_5:
            return (5, folder)
    raise AssertionError(f"{module} has no floor: add it here and to docs/architecture.md")


def allowed(module: str, target: str) -> bool:
    """Whether `module` may import `target` (both dotted names of this package)."""
    (floor, folder), (target_floor, target_folder) = place(module), place(target)
    if floor == 2 and target_floor == 1:
        return target_folder == "nn"  # a network is made of blocks, not of data, losses or training
    if floor == 2.5 and target_floor == 2:
        return False  # it serves every system, and knows none
    if module == "ganjax.models.index":
        return target_floor <= 3  # the list of systems names them
    return target_floor < floor or (target_floor == floor and target_folder == folder)


def knows_linen(module: str) -> bool:
    """Blocks and networks are Linen modules; all else sees `apply`."""
    floor, folder = place(module)
    return floor == 2 or folder == "nn"


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def resolve(base: str, name: str) -> str:
    """The module that `from base import name` reads; outside this package, `base.name` as it stands."""
    if base.split(".")[0] != "ganjax":
        return f"{base}.{name}"
    path = PACKAGE.parent / base.replace(".", "/") / name
    if path.is_dir() or path.with_suffix(".py").is_file():
        return f"{base}.{name}"
    return ganjax._HOME.get(name, base) if base == "ganjax" else base


def imports(source: str, module: str, *, package: bool = False) -> Iterator[str]:
    """Every module that `source` imports anywhere in it, by statement or by importlib with a literal name."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=base, names=names, level=level):
                if level:
                    parts = module.split(".")
                    parts = parts[: len(parts) - level + package]
                    base = ".".join([*parts, base] if base else parts)
                yield from (resolve(base or "", alias.name) for alias in names)
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            # `import flax` followed by `flax.linen.Dense` needs no import of its own.
            case ast.Attribute(value=ast.Name(id="flax"), attr="linen"):
                yield "flax.linen"


def faults(source: str, module: str, *, package: bool = False) -> list[str]:
    """What is wrong with the imports of one file, a sentence each."""
    found = []
    for target in imports(source, module, package=package):
        if target == "ganjax" or target.startswith("ganjax."):
            if module != "ganjax" and not allowed(module, target):
                found.append(f"{module} imports {target}")
        elif f"{target}.".startswith("flax.linen.") and not knows_linen(module):
            found.append(f"{module} imports Linen")
    return found


@pytest.mark.parametrize("path", FILES, ids=[name_of(path) for path in FILES])
def test_imports_go_down(path: Path) -> None:
    assert not faults(path.read_text("utf-8"), name_of(path), package=path.name == "__init__.py")


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ganjax.core.images", "from ganjax.nn import conv"),
        ("ganjax.losses.adversarial", "from ganjax.metrics.swd import distance"),
        ("ganjax.train.step", "def f():\n    import ganjax.models.pgan.net"),
        ("ganjax.data.pipeline", "import importlib\nimportlib.import_module('ganjax.train.loop')"),
        ("ganjax.models.pgan.net", "from ganjax.losses import adversarial"),
        ("ganjax.models.pgan.net", "from ganjax.models.srgan.net import Generator"),
        ("ganjax.models.pgan.recipe", "from ganjax.models.srgan import card"),
        ("ganjax.convert.bundle", "from ganjax import load"),
        ("ganjax.convert.bundle", "from ..api import load"),
        ("ganjax.hub", "from ganjax import cli"),
        ("ganjax.cli.sample", "from ganjax.web import quiz"),
        ("ganjax.train.step", "from flax import linen as nn"),
        ("ganjax.models.pgan.recipe", "import flax.linen as nn"),
        ("ganjax.core.types", "import flax\nflax.linen.Dense"),
    ],
)
def test_a_planted_violation_is_found(module: str, source: str) -> None:
    assert faults(source, module)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "ganjax.nn.equalized",
            "from ganjax.nn import conv\nimport flax.linen as nn\nfrom ganjax.core import images",
        ),
        ("ganjax.models.pgan.net", "from ganjax.nn.equalized import EqualConv\nfrom flax import linen as nn"),
        ("ganjax.models.pgan.convert", "from ganjax.models.pgan.net import Generator\nimport flax.struct"),
        ("ganjax.models.index", "from ganjax.models.pgan import card"),
        ("ganjax.evaluate", "from ganjax import api, hub\nfrom . import hub as other"),
        ("ganjax.cli.sample", "from ganjax import load, __version__"),
    ],
)
def test_the_allowed_is_not_refused(module: str, source: str) -> None:
    assert not faults(source, module)
