"""What every test runs under: eight CPU devices, strict shapes, and a compilation cache kept between runs.

The settings are environment variables, set before anything imports JAX, so that processes started by a test
run under them too. JAX_PLATFORMS and JAX_COMPILATION_CACHE_DIR may be given from outside.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if "xla_force_host_platform_device_count" not in os.environ.get("XLA_FLAGS", ""):
        os.environ["XLA_FLAGS"] = (
            os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
        ).strip()
    # A shape that broadcasts by accident is the commonest silent fault: [N] against [N, 1].
    os.environ["JAX_NUMPY_RANK_PROMOTION"] = "raise"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(config.cache.mkdir("jax")))
    # Not the user's own folder: a test neither finds nor leaves anything there.
    os.environ["GANJAX_CACHE"] = str(config.cache.mkdir("ganjax"))
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference vectors: `GANJAX_SHARED`, or `shared` beside the checkout.

    Skips the test where the folder is absent, or fails it where GANJAX_REQUIRE_SHARED=1.
    """
    folder = Path(os.environ.get("GANJAX_SHARED") or ROOT.parent / "shared")
    if not (folder / "golden").is_dir():
        message = f"no reference vectors in {folder} (GANJAX_SHARED names another folder)"
        if os.environ.get("GANJAX_REQUIRE_SHARED") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return folder
