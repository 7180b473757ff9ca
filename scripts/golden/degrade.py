"""Makes tests/golden/degrade.npz: the steps of Real-ESRGAN's degradation as BasicSR's functions compute them.

    python scripts/golden/degrade.py --reference DIR

DIR is a checkout of https://github.com/XPixelGroup/BasicSR (commit 8d56e3a). Needs PyTorch and SciPy. Two
whole degradations are made from these functions in the order of xinntao/Real-ESRGAN,
realesrgan/models/realesrgan_model.py, with noise of strength 0, since random numbers cannot agree.

The reference applies its luma table transposed (see ganjax/data/degrade/jpeg.py), so its JPEG is run on
transposed pictures here; and at qualities 25 and 50, where no table has to be rounded.
"""

import argparse
import importlib.util
import pathlib
import sys
import types
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

TARGET = pathlib.Path(__file__).parents[2] / "tests/golden/degrade.npz"
MODES = ("area", "bilinear", "bicubic")
SCALE = 4


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reference", type=pathlib.Path, required=True)
    folder = parser.parse_args().reference / "basicsr"
    stand_in_for_missing_libraries()
    kernels = load(folder / "data/degradations.py")
    pixels = load(folder / "utils/img_process_util.py")
    jpeg = load(folder / "utils/diffjpeg.py").DiffJPEG(differentiable=False)

    found: dict[str, np.ndarray] = {}
    found["kernels"] = np.stack(
        [
            padded(kernels.bivariate_Gaussian(21, 1.7, 9, 9, isotropic=True)),
            padded(kernels.bivariate_Gaussian(15, 0.4, 2.6, 0.7, isotropic=False)),
            padded(kernels.bivariate_generalized_Gaussian(13, 1.2, 2.9, -2.0, 0.6, isotropic=False)),
            padded(kernels.bivariate_generalized_Gaussian(21, 2.5, 9, 9, 3.3, isotropic=True)),
            padded(kernels.bivariate_plateau(7, 0.9, 1.4, 1.1, 1.8, isotropic=False)),
            *(padded(kernels.circular_lowpass_kernel(cutoff, size)) for cutoff, size in SINCS),
        ]
    ).astype(np.float32)

    image = smooth(56, 64)
    found["image"] = image
    x = tensor(image)
    blur = torch.tensor(found["kernels"][1:2])
    found["filtered"] = array(pixels.filter2D(x, blur))
    large = smooth(60, 72)
    found["large"] = large
    found["sharpened"] = array(pixels.USMSharp()(tensor(large)))

    small = tensor(image[:11, :13])
    for mode in MODES:
        for factor in (0.37, 1.43):
            found[f"{mode}_by_{factor}"] = array(F.interpolate(small, scale_factor=factor, mode=mode))
        found[f"{mode}_to_17_6"] = array(F.interpolate(small, size=(17, 6), mode=mode))

    @torch.no_grad()
    def compressed(x: torch.Tensor, quality: float) -> torch.Tensor:
        return jpeg(x.transpose(2, 3).clamp(0, 1), quality=quality).transpose(2, 3)

    for quality in (25, 50):
        found[f"jpeg_{quality}"] = array(compressed(tensor(image[:27, :41]), quality))

    for sinc_first in (False, True):
        kernel, kernel2, sinc = (torch.tensor(found["kernels"][i : i + 1]) for i in (1, 4, 6))
        out = F.interpolate(pixels.filter2D(x, kernel), scale_factor=0.8, mode="bilinear")
        out = pixels.filter2D(compressed(out, 50), kernel2)
        size = (int(56 / SCALE * 1.1), int(64 / SCALE * 1.1))
        out = F.interpolate(out, size=size, mode="bicubic").clamp(0, 1)

        def shrunk(out: torch.Tensor, sinc: torch.Tensor = sinc) -> torch.Tensor:
            return pixels.filter2D(F.interpolate(out, size=(56 // SCALE, 64 // SCALE), mode="area"), sinc)

        out = compressed(shrunk(out), 25) if sinc_first else shrunk(compressed(out, 25))
        low = torch.clamp((out * 255.0).round(), 0, 255) / 255.0
        found[f"degraded_{'sinc_first' if sinc_first else 'jpeg_first'}"] = array(low)

    np.savez_compressed(TARGET, **found)
    print(TARGET, TARGET.stat().st_size, "bytes")


SINCS = ((1.1, 7), (2.0, 21), (np.pi, 13))


def stand_in_for_missing_libraries() -> None:
    """OpenCV and torchvision are imported by the reference; of both, one function of OpenCV is called."""

    def gaussian_kernel(size: int, sigma: float) -> np.ndarray:
        """cv2.getGaussianKernel, by the formula in its documentation."""
        sigma = sigma if sigma > 0 else 0.3 * ((size - 1) * 0.5 - 1) + 0.8
        line = np.exp(-((np.arange(size) - (size - 1) / 2) ** 2) / (2 * sigma**2))
        return (line / line.sum())[:, None]

    cv2: Any = types.ModuleType("cv2")
    cv2.getGaussianKernel = gaussian_kernel
    functional: Any = types.ModuleType("torchvision.transforms.functional")
    functional.rgb_to_grayscale = None
    sys.modules["cv2"] = cv2
    for name in ("torchvision", "torchvision.transforms"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules[functional.__name__] = functional


def load(path: pathlib.Path) -> Any:
    """One file of the reference, without the package around it, which imports all of its networks."""
    spec: Any = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def padded(kernel: np.ndarray) -> np.ndarray:
    return np.pad(kernel, (21 - len(kernel)) // 2)


def smooth(height: int, width: int) -> np.ndarray:
    """A picture with slopes, edges and colours, on 8-bit levels, uint8 [height, width, 3]."""
    y, x = np.mgrid[:height, :width]
    waves = np.stack([np.sin(x / 5 + y / 9), np.cos(x / 3 - y / 4), np.sin(x * y / 90)], -1)
    edges = ((x // 12 + y // 9) % 2)[..., None]
    return np.rint(127.5 + 80 * waves * (0.4 + 0.6 * edges) + 40 * (edges - 0.5)).astype(np.uint8)


def tensor(image: np.ndarray) -> torch.Tensor:
    return torch.tensor(image.astype(np.float32) / 255).permute(2, 0, 1)[None]


def array(x: torch.Tensor) -> np.ndarray:
    return x[0].permute(1, 2, 0).detach().numpy().astype(np.float32)


if __name__ == "__main__":
    main()
