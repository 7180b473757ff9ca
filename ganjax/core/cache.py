"""Where ganjax keeps what it can make or fetch again: compiled programs and downloaded weights."""

import os
import pathlib
import sys


def cache_folder() -> pathlib.Path:
    """The user's cache folder for ganjax: the environment's `GANJAX_CACHE`, else the platform's own place."""
    if chosen := os.environ.get("GANJAX_CACHE"):
        return pathlib.Path(chosen).expanduser()
    home = pathlib.Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ganjax"
    if sys.platform == "win32":
        return pathlib.Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "ganjax"
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "ganjax"


def enable_compilation_cache() -> pathlib.Path | None:
    """Lets JAX keep every compiled program on disk, so that the second run of a command starts at once.

    A folder that the user has set in JAX itself (`JAX_COMPILATION_CACHE_DIR`) is left as it is. Gives the
    folder in use, or None where none can be written: then programs are compiled anew in each process.
    """
    import jax  # here, since the folder alone is also asked for by commands that need no JAX

    if chosen := jax.config.values.get("jax_compilation_cache_dir"):
        return pathlib.Path(chosen)
    folder = cache_folder() / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    return folder
