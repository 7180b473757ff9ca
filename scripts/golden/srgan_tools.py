"""What the scripts that make tests/golden for the networks of super-resolution share."""

import importlib.util
import pathlib
import sys
import types
from typing import Any
from unittest import mock

import numpy as np
import torch

OUT = pathlib.Path(__file__).parents[2] / "tests" / "golden"


def architecture(checkout: str, file: str) -> types.ModuleType:
    """`file` of a checkout of XPixelGroup/BasicSR or xinntao/Real-ESRGAN, loaded without its package.

    The packages import everything they have, down to compilers and OpenCV, for none of which these files ask.
    """
    registry = mock.MagicMock()
    registry.ARCH_REGISTRY.register = lambda **_: lambda network: network
    stubs = {"basicsr.utils.registry": registry}
    for name in (
        "basicsr",
        "basicsr.utils",
        "basicsr.ops",
        "basicsr.ops.dcn",
        "torchvision",
        "distutils.version",
    ):
        stubs[name] = mock.MagicMock()
    path = pathlib.Path(checkout) / file
    folder = types.ModuleType("architectures")
    folder.__path__ = [str(path.parent)]
    with mock.patch.dict(sys.modules, {**stubs, "architectures": folder}):
        spec = importlib.util.spec_from_file_location(f"architectures.{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


@torch.no_grad()
def randomise(net: torch.nn.Module) -> torch.nn.Module:
    """Every tensor random and none trivial, the features of every layer of the order of one; in eval mode."""
    for name, tensor in net.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5)
        elif tensor.ndim > 1:
            tensor.normal_(std=(2 / tensor[0].numel()) ** 0.5)
        elif name.endswith("weight"):
            tensor.uniform_(0.1, 0.9)
        elif name.endswith(("bias", "running_mean")):
            tensor.normal_(std=0.2)
    return net.eval()


def pictures(n: int, height: int, width: int) -> torch.Tensor:
    """Pictures of five levels, so that they take little room."""
    return torch.randint(5, (n, 3, height, width)) / 4


def write(name: str, arrays: dict[str, torch.Tensor]) -> None:
    """Writes NAME.npz, pictures as [N, H, W, C]; those that went in as whole numbers of quarters."""
    small: dict[str, Any] = {}
    for key, value in arrays.items():
        array = value.detach().permute(0, 2, 3, 1).numpy() if value.ndim == 4 else value.detach().numpy()
        small[key] = (4 * array).astype(np.uint8) if key.startswith("x_") else array
    np.savez_compressed(OUT / f"{name}.npz", **small)


def save(name: str, content: Any, *, legacy: bool = False) -> None:
    """Writes NAME.pth, in the container of today or in that before PyTorch 1.6."""
    torch.save(content, OUT / f"{name}.pth", _use_new_zipfile_serialization=not legacy)
