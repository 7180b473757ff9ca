"""Scores of restorers beside what needs no network: python scripts/restoration_scores.py UP ENHANCER [SET5].

The upscaler UP sees 64 held-out faces of 128 pixels, shrunk by MATLAB's bicubic, and is held against bicubic;
the enhancer faces of 64 and of 128 pixels, made dark as its recipe does it, and is held against gamma
correction, to a mean of 0.5, and histogram equalisation. SET5 is a folder of photographs NAME_HR.png with
NAME_LR.png, four times smaller. PSNR and SSIM of 8-bit RGB, then of luma; of upscaled pictures without 4
border pixels. Of well-lit pictures, which the enhancer should leave alone, the least PSNR of RGB.
"""

import pathlib
import sys
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageOps

import ganjax
from ganjax.core.images import to_uint8
from ganjax.core.imresize import imresize
from ganjax.core.types import Model
from ganjax.data.degrade.bicubic import shrink
from ganjax.data.degrade.low_light import LowLightConfig, darken
from ganjax.data.sources.faces import FaceSource
from ganjax.metrics.psnr import psnr_rgb, psnr_y
from ganjax.metrics.ssim import ssim_rgb, ssim_y
from ganjax.models.enlightengan.recipe import PRESETS

SEED = 12345  # no recipe draws its faces with it
NIGHT = LowLightConfig(gamma=PRESETS["faces"].gamma, beta=PRESETS["faces"].beta)


def show(title: str, results: Mapping[str, np.ndarray], targets: np.ndarray, *, crop: int = 0) -> None:
    """Prints a line for each result: PSNR and SSIM of RGB, then of luma."""
    for name, images in results.items():
        scores = [f(images, targets, crop=crop).mean() for f in (psnr_rgb, ssim_rgb, psnr_y, ssim_y)]
        print(f"{title:18} {name:20} " + "  ".join(f"{score:7.4f}" for score in scores), flush=True)


def upscaled(model: Model, small: np.ndarray) -> dict[str, np.ndarray]:
    """What the network and bicubic make of `small`, in 8 bits."""
    return {"network": to_uint8(ganjax.upscale(model, small)), "bicubic": to_uint8(imresize(small, 4))}


def enhanced(model: Model, dark: np.ndarray) -> dict[str, np.ndarray]:
    """What the network and two corrections make of `dark`, uint8."""
    return {
        "network": to_uint8(ganjax.enhance(model, dark)),
        "gamma to mean 0.5": np.stack([_gamma(image) for image in dark]),
        "histogram equalised": np.stack(
            [np.asarray(ImageOps.equalize(Image.fromarray(image))) for image in dark]
        ),
        "left dark": dark,
    }


def _darkened(images: np.ndarray, seed: int) -> np.ndarray:
    return to_uint8(darken(jax.random.key(seed), jnp.asarray(images, jnp.float32) / 255, config=NIGHT))


def _gamma(image: np.ndarray) -> np.ndarray:
    unit = np.maximum(image / 255, 1 / 255)
    low, high = 0.05, 4.0
    for _ in range(40):  # the mean falls as the exponent grows
        middle = (low + high) / 2
        low, high = (middle, high) if (unit**middle).mean() > 0.5 else (low, middle)
    return to_uint8(unit**low)


def _faces(side: int) -> np.ndarray:
    source = FaceSource(side, 64, seed=SEED)
    return np.stack([source[i]["image"] for i in range(len(source))])


def _read(path: pathlib.Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))[None]


def main(upscaler: str, enhancer: str, set5: pathlib.Path | None) -> None:
    photographs = [] if set5 is None else sorted(set5.glob("*_HR.png"))
    model, faces = ganjax.load(upscaler), _faces(128)
    small = np.asarray(shrink(jnp.asarray(faces, jnp.float32) / 255, scale=4))
    show("faces x4", upscaled(model, small), faces, crop=4)
    for path in photographs:
        small = _read(path.with_name(path.name.replace("_HR", "_LR"))) / np.float32(255)
        show(path.name[:7], upscaled(model, small), _read(path), crop=4)
    model = ganjax.load(enhancer)
    lit = {f"faces {side}": (_faces(side), 5) for side in (64, 128)}
    for name, (images, seed) in (lit | {path.name[:7]: (_read(path), 7) for path in photographs}).items():
        show(f"{name}, dark", enhanced(model, _darkened(images, seed)), images)
        least = psnr_rgb(to_uint8(ganjax.enhance(model, images)), images).min()
        print(f"{name + ', well lit':18} {'network':20} {least:7.4f} and more", flush=True)


if __name__ == "__main__":
    up, down, *folder = sys.argv[1:]
    main(up, down, pathlib.Path(folder[0]) if folder else None)
