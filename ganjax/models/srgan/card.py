"""The published SRGANs: the weights that leftthomas/SRGAN held in January 2018 and removed in June 2019.

They are in its history, under the licence that it was given later. Size and hash are those of the files
there. For the factors 2 and 8 its README.md states scores of four chosen pictures each, none of a whole set.
"""

from collections.abc import Mapping

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="srgan",
    title="SRGAN",
    paper="arXiv:1609.04802",
    tasks=("upscale",),
    sources=("leftthomas/SRGAN",),
)

_COMMIT = "b0323c6ca4ca920f7daa41ba05f44bd220557cd9"


def _row(scale: int, size: int, sha256: str, expect: Mapping[str, float]) -> Release:
    file = f"netG_epoch_{scale}_100.pth"
    return Release(
        name=f"srgan-x{scale}",
        system="srgan",
        task="upscale",
        data="PASCAL VOC 2012",
        licence="MIT",
        paper=SYSTEM.paper,
        side=0,
        parts=("generator",),
        range=(0.0, 1.0),
        publisher=SYSTEM.sources[0],
        file=file,
        url=f"https://raw.githubusercontent.com/{SYSTEM.sources[0]}/{_COMMIT}/epochs/{file}",
        sha256=sha256,
        bytes=size,
        expect=expect,
    )


RELEASES = (
    _row(2, 2_361_404, "a7ddfb8d2109ea7360ca7a6913c3acbb7128deef16c2868476e2bb1e2cf9ec3b", {}),
    _row(
        4,
        2_952_717,
        "f4c381640826a48d2440583e4920c6bb4041804f4e285c3c6d585f03961fe87c",
        # Of the reference code's output, rounded to 8 bits, by the measures of XPixelGroup/BasicSR.
        {"psnr_y_set5_crop4": 30.657, "ssim_y_set5_crop4": 0.8642},
    ),
    _row(8, 3_544_030, "91bc47a807f09ebb9c40a69ff2fd3b598e7e618d91f506b71a9c3ec2cbb94355", {}),
)
"""Published files of SRGAN."""
