"""The published progressive GANs.

Of the files of others, a row states what their repositories and the paper state. The names of those that can
be downloaded end in the first eight digits of their SHA-256. pytorch_GAN_zoo published no scores. The size of
NVIDIA's CelebA-HQ file is the one that streamlit/demo-face-gan checks for.
"""

import functools
from collections.abc import Mapping

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="pgan",
    title="Progressive GAN",
    paper="arXiv:1710.10196",
    tasks=("generate",),
    sources=(
        "tkarras/progressive_growing_of_gans",
        "facebookresearch/pytorch_GAN_zoo",
        "open-mmlab/mmgeneration",
    ),
)

_NVIDIA, _ZOO, _MMGEN = SYSTEM.sources

# The folder networks/tensorflow-version that NVIDIA's README.md names, and the one file that it links to.
_NVIDIA_FOLDER = "https://drive.google.com/drive/folders/15hvzxt_XxuokSmj0uO4xxMTMWVc0cIMU"
_NVIDIA_CELEBAHQ = "https://drive.google.com/file/d/188K19ucknC6wg1R6jbuPEhTq9zoufOx4/view"

_release = functools.partial(
    Release,
    system=SYSTEM.name,
    task="generate",
    paper=SYSTEM.paper,
    parts=("generator", "generator_raw", "discriminator"),
)

# LSUN's ten scenes and twenty objects, as the names of NVIDIA's files spell them.
# fmt: off
_LSUN = (
    "bedroom", "bridge", "churchoutdoor", "classroom", "conferenceroom", "dining_room", "kitchen",
    "livingroom", "restaurant", "tower",
    "airplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)
# fmt: on

# As Papers with Code lists them for the paper, without the number of images.
_LSUN_FID = {"bedroom": 8.34, "cat": 37.52, "churchoutdoor": 6.42}


def _zoo(name: str, data: str, side: int, file: str) -> Release:
    """A file of pytorch_GAN_zoo (hubconf.py, README.md)."""
    return _release(
        name=name,
        data=data,
        licence="BSD-3-Clause",
        side=side,
        publisher=_ZOO,
        file=file,
        url=f"https://dl.fbaipublicfiles.com/gan_zoo/PGAN/{file}",
        sha256=_suffix(file),
    )


def _nvidia(
    name: str,
    data: str,
    side: int,
    file: str,
    *,
    url: str = _NVIDIA_FOLDER,
    size: int | None = None,
    expect: Mapping[str, float] | None = None,
) -> Release:
    """A file of the paper's authors (README.md), on Google Drive, which gives files to people only."""
    return _release(
        name=name,
        data=data,
        licence="CC-BY-NC-4.0",
        side=side,
        publisher=_NVIDIA,
        file=file,
        url=url,
        by_hand=True,
        bytes=size,
        expect=expect or {},
    )


def _mmgen(name: str, data: str, side: int, file: str, swd: tuple[float, ...], ms_ssim: float) -> Release:
    """A file of OpenMMLab (configs/pggan/metafile.yml); `swd` from the full side down, then their mean."""
    levels = {f"swd_16k_{side >> level}": value for level, value in enumerate(swd[:-1])}
    return _release(
        name=name,
        data=data,
        licence="Apache-2.0",
        side=side,
        publisher=_MMGEN,
        file=file,
        url=f"https://download.openmmlab.com/mmgen/pggan/{file}",
        sha256=_suffix(file),
        expect={"ms_ssim_10k": ms_ssim, "swd_16k": swd[-1], **levels},
    )


def _suffix(file: str) -> str:
    """The beginning of the hash, as `torch.hub` wants it in the name of a file."""
    return file.rpartition("-")[2].partition(".")[0]


RELEASES = (
    _release(
        name="pgan-faces-64",
        data="drawn faces",
        licence="Apache-2.0",
        side=64,
        # ganjax evaluate pgan-faces-64 --samples 2048
        expect={"swd_2048": 20.27, "ms_ssim_2048": 0.2791},
    ),
    _zoo("pgan-celebahq-256", "CelebA-HQ", 256, "celebaHQ_s6_i80000-6196db68.pth"),
    _zoo("pgan-celebahq-512", "CelebA-HQ", 512, "celebaHQ16_december_s7_i96000-9c72988c.pth"),
    _zoo("pgan-celeba-128", "CelebA, cropped", 128, "celebaCropped_s5_i83000-2b0acc76.pth"),
    _zoo("pgan-dtd-128", "DTD (textures)", 128, "testDTD_s5_i96000-04efa39f.pth"),
    _nvidia(
        "pgan-celebahq-1024",
        "CelebA-HQ",
        1024,
        "karras2018iclr-celebahq-1024x1024.pkl",
        url=_NVIDIA_CELEBAHQ,
        size=277_043_647,
        # Figure 11 of the paper; of the SWD, the mean over levels of 1024 to 16 pixels.
        expect={"fid_50k": 7.30, "swd_16k": 5.44},
    ),
    *(
        _nvidia(
            f"pgan-lsun-{category.replace('_', '')}-256",
            f"LSUN {category.replace('_', ' ')}",
            256,
            f"karras2018iclr-lsun-{category}-256x256.pkl",
            expect={"fid": _LSUN_FID[category]} if category in _LSUN_FID else {},
        )
        for category in _LSUN
    ),
    _mmgen(
        "pgan-celeba-128-mmgen",
        "CelebA, cropped",
        128,
        "pggan_celeba-cropped_128_g8_20210408_181931-85a2e72c.pth",
        (3.42, 4.04, 4.78, 20.38, 8.15),
        0.3023,
    ),
    _mmgen(
        "pgan-lsun-bedroom-128-mmgen",
        "LSUN bedroom",
        128,
        "pggan_lsun-bedroom_128x128_g8_20210408_182033-5e59f45d.pth",
        (3.5, 2.96, 2.76, 9.65, 4.72),
        0.0602,
    ),
    _mmgen(
        "pgan-celebahq-1024-mmgen",
        "CelebA-HQ",
        1024,
        "pggan_celeba-hq_1024_g8_20210408_181911-f1ef51c3.pth",
        (8.93, 3.98, 3.07, 2.64, 4.655),
        0.3379,
    ),
)
