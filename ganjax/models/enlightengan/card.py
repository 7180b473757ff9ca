"""EnlightenGAN: the published one, and the one that is part of the package.

The published one has no scores: its authors hold that PSNR and SSIM do not suit the task (issue 2 of their
repository).
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
    # Part of the package, trained by ganjax: recipe.py, "faces".
    Release(
        name="enlightengan-faces",
        system="enlightengan",
        task="enhance",
        data="drawn faces, CIFAR-10",
        licence="Apache-2.0",
        paper=SYSTEM.paper,
        side=0,
        parts=("generator",),
        # scripts/restoration_scores.py; gamma correction: 14.45 and 0.686 on faces of 64 pixels, 14.36 and
        # 0.681 on those of 128, 14.68 and 0.593 on Set5; histogram equalisation: 12.94 and 0.470, 12.90 and
        # 0.330, 15.11 and 0.506.
        expect={
            "psnr_rgb_faces_64_dark": 20.61,
            "ssim_rgb_faces_64_dark": 0.8203,
            "psnr_rgb_faces_128_dark": 21.24,
            "ssim_rgb_faces_128_dark": 0.7774,
            "psnr_rgb_set5_dark": 20.84,
            "ssim_rgb_set5_dark": 0.7359,
        },
    ),
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
"""EnlightenGANs, of ganjax and of its authors."""
