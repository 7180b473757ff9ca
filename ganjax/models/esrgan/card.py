"""The published ESRGANs and Real-ESRGANs.

Real-ESRGAN's release pages state no hashes. Size and SHA-256 of its generators are those that several
projects which fetch these files state alike; of its discriminators none are known, so ganjax does not fetch
them. The names of BasicSR's files end in the first eight digits of their hashes.

Real-ESRGAN's repository states no scores, and ESRGAN's only those of the generator trained for PSNR.
"""

from collections.abc import Mapping

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="esrgan",
    title="ESRGAN and Real-ESRGAN",
    paper="arXiv:1809.00219",
    tasks=("upscale",),
    sources=("XPixelGroup/BasicSR", "xinntao/Real-ESRGAN", "xinntao/ESRGAN"),
)

_BASICSR, _REAL, _FIRST = SYSTEM.sources
_REAL_PAPER = "arXiv:2107.10833"
_REAL_DATA = "DIV2K, Flickr2K and OST, degraded"
_FIRST_FOLDER = "https://drive.google.com/drive/u/0/folders/17VYV_SoZZesU6mbxz2dMAIccSSlqLecY"


def _generator(
    name: str,
    file: str,
    url: str,
    *,
    data: str = _REAL_DATA,
    licence: str = "BSD-3-Clause",
    paper: str = _REAL_PAPER,
    publisher: str = _REAL,
    by_hand: bool = False,
    sha256: str | None = None,
    size: int | None = None,
    expect: Mapping[str, float] | None = None,
) -> Release:
    return Release(
        name=name,
        system="esrgan",
        task="upscale",
        data=data,
        licence=licence,
        paper=paper,
        side=0,
        parts=("generator",),
        range=(0.0, 1.0),
        publisher=publisher,
        file=file,
        url=url,
        by_hand=by_hand,
        sha256=sha256,
        bytes=size,
        expect=expect or {},
    )


def _real(name: str, file: str, version: str, sha256: str, size: int, data: str = _REAL_DATA) -> Release:
    """A generator of Real-ESRGAN (docs/model_zoo.md)."""
    url = f"https://github.com/{_REAL}/releases/download/{version}/{file}"
    return _generator(name, file, url, sha256=sha256, size=size, data=data)


def _real_discriminator(name: str, file: str, version: str, data: str = _REAL_DATA) -> Release:
    """A discriminator of Real-ESRGAN (docs/model_zoo.md), published for training on from it."""
    return Release(
        name=name,
        system="esrgan",
        task="upscale",
        data=data,
        licence="BSD-3-Clause",
        paper=_REAL_PAPER,
        side=0,
        parts=("discriminator",),
        range=(0.0, 1.0),
        publisher=_REAL,
        file=file,
        url=f"https://github.com/{_REAL}/releases/tag/{version}",
        by_hand=True,
    )


def _first(
    name: str,
    file: str,
    url: str,
    data: str,
    *,
    publisher: str = _FIRST,
    by_hand: bool = True,
    sha256: str | None = None,
    expect: Mapping[str, float] | None = None,
) -> Release:
    """A generator of ESRGAN's authors, in their own form or in the names of BasicSR."""
    return _generator(
        name,
        file,
        url,
        data=data,
        licence="Apache-2.0",
        paper=SYSTEM.paper,
        publisher=publisher,
        by_hand=by_hand,
        sha256=sha256,
        expect=expect,
    )


# README.md, beside figures of other networks that are known to be of the channel Y.
_PSNR_SCORES = {"psnr_y_set5": 32.73, "ssim_y_set5": 0.9011}

RELEASES = (
    _real(
        "realesrgan-x4plus",
        "RealESRGAN_x4plus.pth",
        "v0.1.0",
        "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
        67_040_989,
    ),
    _real(
        "realesrgan-x2plus",
        "RealESRGAN_x2plus.pth",
        "v0.2.1",
        "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb",
        67_061_725,
    ),
    _real(
        "realesrnet-x4plus",
        "RealESRNet_x4plus.pth",
        "v0.1.1",
        "a820b9bde89a874d7599d545567308ce6c128fc8754a53208eda016d40aa81df",
        67_040_989,
    ),
    _real(
        "realesrgan-x4plus-anime-6b",
        "RealESRGAN_x4plus_anime_6B.pth",
        "v0.2.2.4",
        "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da",
        17_938_799,
        data="anime pictures, degraded",
    ),
    _real_discriminator("realesrgan-x4plus-netd", "RealESRGAN_x4plus_netD.pth", "v0.2.2.3"),
    _real_discriminator("realesrgan-x2plus-netd", "RealESRGAN_x2plus_netD.pth", "v0.2.2.3"),
    _real_discriminator(
        "realesrgan-x4plus-anime-6b-netd",
        "RealESRGAN_x4plus_anime_6B_netD.pth",
        "v0.2.2.4",
        data="anime pictures, degraded",
    ),
    _first(
        "esrgan-x4",
        "ESRGAN_SRx4_DF2KOST_official-ff704c30.pth",
        f"https://github.com/{_REAL}/releases/download/v0.1.1/ESRGAN_SRx4_DF2KOST_official-ff704c30.pth",
        "DIV2K, Flickr2K and OST",
        publisher=_REAL,
        by_hand=False,
        sha256="ff704c30",
    ),
    _first(
        "esrgan-psnr-x4",
        "ESRGAN_PSNR_SRx4_DF2K_official-150ff491.pth",
        "https://drive.google.com/file/d/1swaV5iBMFfg-DL6ZyiARztbhutDCWXMM/view",
        "DIV2K and Flickr2K",
        publisher=_BASICSR,
        sha256="150ff491",
        expect=_PSNR_SCORES,
    ),
    _first("esrgan-x4-first", "RRDB_ESRGAN_x4.pth", _FIRST_FOLDER, "DIV2K, Flickr2K and OST"),
    _first(
        "esrgan-psnr-x4-first", "RRDB_PSNR_x4.pth", _FIRST_FOLDER, "DIV2K and Flickr2K", expect=_PSNR_SCORES
    ),
    # The same weights under the names of ESRGAN's first months.
    _first(
        "esrgan-x4-old-arch",
        "RRDB_ESRGAN_x4_old_arch.pth",
        "https://drive.google.com/file/d/1MJFgqXJrMkPdKtiuy7C6xfsU1QIbXEb-/view",
        "DIV2K, Flickr2K and OST",
    ),
    _first(
        "esrgan-psnr-x4-old-arch",
        "RRDB_PSNR_x4_old_arch.pth",
        "https://drive.google.com/file/d/1mSJ6Z40weL-dnPvi390xDd3uZBCFMeqr/view",
        "DIV2K and Flickr2K",
        expect=_PSNR_SCORES,
    ),
)
"""Published files of ESRGAN and Real-ESRGAN."""
