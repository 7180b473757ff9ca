"""The published EnlightenGAN.

No scores: its authors hold that PSNR and SSIM do not suit the task (issue 2 of their repository).
"""

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="enlightengan",
    title="EnlightenGAN",
    paper="arXiv:1906.06972",
    tasks=("enhance",),
    sources=("VITA-Group/EnlightenGAN",),
)

RELEASES = (
    # README.md links to the file, which Google Drive gives to people only.
    Release(
        name="enlightengan",
        system="enlightengan",
        task="enhance",
        data="low and normal light, unpaired",
        licence="BSD-2-Clause",
        paper=SYSTEM.paper,
        side=0,
        parts=("generator",),
        publisher=SYSTEM.sources[0],
        file="200_net_G_A.pth",
        url="https://drive.google.com/file/d/1AkV-n2MdyfuZTFvcon8Z4leyVb0i7x63/view",
        by_hand=True,
    ),
)
