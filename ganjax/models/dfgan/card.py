"""The published DF-GANs, for birds and for COCO, and that of the package.

The scores are those of the files themselves, which their README.md states beside those of the paper, from
some 30,000 images of the captions of the test set. The licence is that of the repository (LICENSE.md).
"""

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="dfgan",
    title="DF-GAN",
    paper="arXiv:2008.05865",
    tasks=("imagine",),
    sources=("tobran/DF-GAN",),
)


def _row(name: str, data: str, epoch: int, drive: str, fid: float) -> Release:
    """A file that README.md links to, on Google Drive, which gives files to people only."""
    return Release(
        name=name,
        system=SYSTEM.name,
        task="imagine",
        data=data,
        licence="CC-BY-NC-SA-4.0",
        paper=SYSTEM.paper,
        side=256,
        parts=("generator", "discriminator"),
        publisher=SYSTEM.sources[0],
        file=f"state_epoch_{epoch}.pth",
        url=f"https://drive.google.com/file/d/{drive}/view",
        by_hand=True,
        expect={"fid_30k": fid},
    )


RELEASES = (
    # Part of the package, trained by ganjax: recipe.py, "faces-64".
    Release(
        name="dfgan-faces-64",
        system=SYSTEM.name,
        task="imagine",
        data="drawn faces, captions in English and Japanese",
        licence="Apache-2.0",
        paper=SYSTEM.paper,
        side=64,
        parts=("generator",),
    ),
    _row("dfgan-birds-256", "CUB-200-2011 (birds)", 1220, "1rzfcCvGwU8vLCrn5reWxmrAMms6WQGA6", 12.10),
    _row("dfgan-coco-256", "COCO 2014", 290, "1e_AwWxbClxipEnasfz_QrhmLlv2-Vpyq", 15.41),
)
"""Published files of DF-GAN, and our own."""
