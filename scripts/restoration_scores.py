"""Scores of an upscaler beside bicubic: python scripts/restoration_scores.py MODEL [SET5].

MODEL sees 64 held-out faces of 128 pixels, shrunk four times by MATLAB's bicubic. SET5 is a folder of
photographs NAME_HR.png with NAME_LR.png, four times smaller. PSNR and SSIM of 8-bit RGB, then of luma,
without 4 border pixels.
"""

import pathlib
import sys

import jax.numpy as jnp
import numpy as np
from PIL import Image

import ganjax
from ganjax.core.images import to_uint8
from ganjax.core.imresize import imresize
from ganjax.core.types import Model
from ganjax.data.degrade.bicubic import shrink
from ganjax.data.sources.faces import FaceSource
from ganjax.metrics.psnr import psnr_rgb, psnr_y
from ganjax.metrics.ssim import ssim_rgb, ssim_y

# No recipe draws its faces with this seed.
HELD_OUT = FaceSource(128, 64, seed=12345)


def show(title: str, model: Model, small: np.ndarray, targets: np.ndarray) -> None:
    """Prints a line for the network and one for bicubic: PSNR and SSIM of RGB, then of luma."""
    results = {"network": ganjax.upscale(model, small), "bicubic": imresize(small, 4)}
    for name, images in results.items():
        scores = [f(to_uint8(images), targets, crop=4).mean() for f in (psnr_rgb, ssim_rgb, psnr_y, ssim_y)]
        print(f"{title:14} {name:8} " + "  ".join(f"{score:7.4f}" for score in scores), flush=True)


def main(name: str, set5: pathlib.Path | None) -> None:
    model = ganjax.load(name)
    faces = np.stack([HELD_OUT[i]["image"] for i in range(len(HELD_OUT))])
    show("faces", model, np.asarray(shrink(jnp.asarray(faces, jnp.float32) / 255, scale=4)), faces)
    for path in sorted(set5.glob("*_HR.png")) if set5 else ():
        target, small = (
            np.asarray(Image.open(each).convert("RGB"))[None]
            for each in (path, path.with_name(path.name.replace("_HR", "_LR")))
        )
        show(path.stem, model, small / np.float32(255), target)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None)
