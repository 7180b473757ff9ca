"""Files of repositories on the Hugging Face Hub, by names `hf:owner/name` and `hf:owner/name/file`.

`huggingface_hub`, which only the extra `hub` of ganjax installs, fetches them into its own cache.
"""

import pathlib

from ganjax.core.errors import CheckpointError, UsageError
from ganjax.weights.fetch import offline

PREFIX = "hf:"
DEFAULT_FILE = "model.safetensors"


def fetch_from_hub(name: str) -> pathlib.Path:
    """The file that `hf:owner/name` (then model.safetensors) or `hf:owner/name/file` stands for.

    Raises:
      UsageError: a name of another form, or `huggingface_hub` is not installed.
      CheckpointError: no such repository or file, no permission, no network, or not in the cache where
        `GANJAX_OFFLINE` forbids the network.
    """
    owner, _, rest = name.removeprefix(PREFIX).partition("/")
    repository, _, file = rest.partition("/")
    if not owner or not repository:
        raise UsageError(f"A repository is named hf:owner/name or hf:owner/name/file, not {name!r}.")
    try:
        import huggingface_hub
    except ImportError as error:
        raise UsageError(f'{name} needs huggingface_hub: pip install "ganjax[hub]".') from error
    try:
        path = huggingface_hub.hf_hub_download(
            f"{owner}/{repository}", file or DEFAULT_FILE, local_files_only=offline()
        )
    except Exception as error:  # its errors have other bases in every major version
        forbidden = " GANJAX_OFFLINE forbids the network." if offline() else ""
        raise CheckpointError(
            f"{name} cannot be had from the Hugging Face Hub.{forbidden} {error}"
        ) from error
    return pathlib.Path(path)
