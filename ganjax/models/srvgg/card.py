"""The published SRVGGs of Real-ESRGAN.

Its release pages state no hashes. Size and SHA-256 are those that several projects which fetch these files
state alike; of the two oldest files, "xsx2" and "xsx4", one project states them.
"""

from collections.abc import Mapping

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="srvgg",
    title="SRVGG, the compact network of Real-ESRGAN",
    paper="arXiv:2107.10833",
    tasks=("upscale",),
    sources=("xinntao/Real-ESRGAN",),
)


def _row(
    name: str,
    version: str,
    file: str,
    data: str,
    sha256: str,
    *,
    size: int | None = None,
    expect: Mapping[str, float] | None = None,
) -> Release:
    return Release(
        name=name,
        system="srvgg",
        task="upscale",
        data=data,
        licence="BSD-3-Clause",
        paper=SYSTEM.paper,
        side=0,
        parts=("generator",),
        range=(0.0, 1.0),
        publisher=SYSTEM.sources[0],
        file=file,
        url=f"https://github.com/{SYSTEM.sources[0]}/releases/download/{version}/{file}",
        sha256=sha256,
        bytes=size,
        expect=expect or {},
    )


RELEASES = (
    # Part of the package, trained by ganjax: recipe.py, "faces-x4".
    Release(
        name="srvgg-faces-x4",
        system="srvgg",
        task="upscale",
        data="drawn faces, CIFAR-10",
        licence="Apache-2.0",
        paper=SYSTEM.paper,
        side=0,
        parts=("generator",),
        range=(0.0, 1.0),
        # scripts/restoration_scores.py; bicubic: 23.82 and 0.780 on the faces, 28.43 and 0.811 on Set5.
        expect={
            "psnr_rgb_faces_crop4": 25.30,
            "ssim_rgb_faces_crop4": 0.8366,
            "psnr_y_set5_crop4": 30.29,
            "ssim_y_set5_crop4": 0.8577,
        },
    ),
    _row(
        "realesr-general-x4v3",
        "v0.2.5.0",
        "realesr-general-x4v3.pth",
        "general scenes, degraded",
        "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292",
        size=4_885_111,
    ),
    _row(
        "realesr-general-wdn-x4v3",
        "v0.2.5.0",
        "realesr-general-wdn-x4v3.pth",
        "general scenes, degraded; keeps noise",
        "1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca",
        size=4_885_111,
    ),
    _row(
        "realesr-animevideov3",
        "v0.2.5.0",
        "realesr-animevideov3.pth",
        "anime videos, degraded",
        "b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d",
        size=2_504_012,
        # Of the reference code's output, rounded to 8 bits, by the measures of XPixelGroup/BasicSR.
        expect={"psnr_y_set5_crop4": 28.232, "ssim_y_set5_crop4": 0.8268},
    ),
    _row(
        "realesrganv2-animevideo-xsx2",
        "v0.2.3.0",
        "RealESRGANv2-animevideo-xsx2.pth",
        "anime videos, degraded",
        "27985aa2198711ecd72f9bb274ec7b164e018fc9ce2933daaa7c7ab36a2bd3fe",
    ),
    _row(
        "realesrganv2-animevideo-xsx4",
        "v0.2.3.0",
        "RealESRGANv2-animevideo-xsx4.pth",
        "anime videos, degraded",
        "5e04b111c16d5b40deb8f8062d09fdff72fa80281fb9607be23b62650c08daff",
    ),
)
"""Published files of SRVGG."""

TWINS = {"realesr-general-x4v3": "realesr-general-wdn-x4v3"}
"""Networks and those of the same shape that remove less noise: mixed, they remove as much as is asked for."""
