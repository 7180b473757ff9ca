"""Makes tests/golden/metrics.npz: SWD and MS-SSIM as the PGAN authors' own code computes them.

    python scripts/golden/metrics.py --reference DIR

DIR is a checkout of https://github.com/tkarras/progressive_growing_of_gans (commit 2504c3f). Needs numpy and
scipy. The images are smooth noise; half of the fakes are blurred copies of their reals, half of others.
"""

import argparse
import pathlib
import sys

import numpy as np
import scipy.ndimage

TARGET = pathlib.Path(__file__).parents[2] / "tests/golden/metrics.npz"
SEED = 20171027
COUNT, BATCH = 6, 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reference", type=pathlib.Path, required=True)
    sys.path.insert(0, str(parser.parse_args().reference))
    # The reference names a module that SciPy has since removed; nothing of it is used.
    sys.modules.setdefault("scipy.ndimage.filters", scipy.ndimage)
    from metrics import ms_ssim, sliced_wasserstein

    random = np.random.RandomState(SEED)
    noise = random.randn(COUNT, 64, 32, 3)
    real = as_uint8(scipy.ndimage.gaussian_filter(noise, (0, 1, 1, 0)))
    fake = as_uint8(scipy.ndimage.gaussian_filter(noise[[0, 1, 2, 5, 4, 3]], (0, 2, 1, 0)))

    square_real, square_fake = (images[:, :32].transpose(0, 3, 1, 2) for images in (real, fake))
    swd = sliced_wasserstein.API(COUNT, square_real.shape[1:], np.uint8, BATCH)
    np.random.seed(SEED)
    for mode, images in (("reals", square_real), ("fakes", square_fake)):
        swd.begin(mode)
        for start in range(0, COUNT, BATCH):
            swd.feed(mode, images[start : start + BATCH])
        values = swd.end(mode)

    TARGET.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        TARGET,
        real=real,
        fake=fake,
        swd_seed=SEED,
        swd_batch=BATCH,
        swd=values,
        ms_ssim=ms_ssim.msssim(real, fake),
        ms_ssim_each=[ms_ssim.msssim(real[i : i + 1], fake[i : i + 1]) for i in range(COUNT)],
    )
    print(TARGET, TARGET.stat().st_size, "bytes")


def as_uint8(images: np.ndarray) -> np.ndarray:
    spread = (images - images.mean()) / images.std()
    return np.clip(np.rint(127.5 + 48 * spread), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
