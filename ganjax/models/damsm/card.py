"""The published text encoders of DAMSM, of birds and of COCO, and that of the package.

The published ones lie, with their image encoders, in archives that README.md links to, on Google Drive, which
gives files to people only. DF-GAN uses the same files. The licence is that of the repository (LICENSE). Their
vocabularies have 5,450 tokens (birds) and 27,297 (COCO), with the padding: no file of the repository says so,
but codes that load the two files build their encoders with these numbers, e.g. `RNN_ENCODER(27297, ...)`
before `text_encoder100.pth`. No scores of the encoders alone were published.
"""

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="damsm",
    title="DAMSM",
    paper="arXiv:1711.10485",
    tasks=("encode",),
    sources=("taoxugit/AttnGAN", "tobran/DF-GAN"),
)


def _row(name: str, data: str, epoch: int, drive: str) -> Release:
    """The text encoder of an archive, after so many epochs."""
    return Release(
        name=name,
        system=SYSTEM.name,
        task="encode",
        data=data,
        licence="MIT",
        paper=SYSTEM.paper,
        side=0,
        parts=("text",),
        publisher=SYSTEM.sources[0],
        file=f"text_encoder{epoch}.pth",
        url=f"https://drive.google.com/open?id={drive}",
        by_hand=True,
    )


RELEASES = (
    # Part of the package, trained by ganjax: recipe.py, "faces-64".
    Release(
        name="damsm-faces-64",
        system=SYSTEM.name,
        task="encode",
        data="drawn faces, captions in English and Japanese",
        licence="Apache-2.0",
        paper=SYSTEM.paper,
        side=0,
        parts=("text", "image"),
    ),
    _row("damsm-birds", "captions of CUB-200-2011 (birds)", 200, "1GNUKjVeyWYBJ8hEU-yrfYQpDOkxEyP3V"),
    _row("damsm-coco", "captions of COCO 2014", 100, "1zIrXCE9F6yfbEJIbNP5-YrEe2pZcPSGJ"),
)
"""Encoders of texts, and of images where the file has them."""
