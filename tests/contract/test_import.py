"""`import ganjax` is light: it imports neither JAX nor Pillow, and so starts no device."""

import subprocess
import sys

import pytest

HEAVY = ("jax", "jaxlib", "flax", "PIL", "optax", "orbax", "grain", "tensorflow_datasets", "numpy")


def imported(statement: str) -> set[str]:
    """The heavy packages that a fresh process has imported after `statement`."""
    script = f"import sys\n{statement}\nprint(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    ["import ganjax; dir(ganjax); ganjax.UsageError", "import ganjax.cli", "import ganjax.cli.sample"],
)
def test_the_package_and_the_command_line_are_light(statement: str) -> None:
    assert imported(statement) == set()


def test_drawing_needs_nothing_of_training() -> None:
    found = imported("import ganjax; ganjax.generate, ganjax.load; import ganjax.models.pgan.net")
    assert {"jax", "flax", "numpy", "PIL"} >= found - {"jaxlib"} >= {"jax", "flax"}


def test_importing_the_interface_starts_no_device() -> None:
    statement = (
        "import ganjax; ganjax.generate\nfrom jax._src import xla_bridge\nassert not xla_bridge._backends"
    )
    imported(statement)
