"""The published MSRResNets, with the scores that BasicSR measured (docs/ModelZoo.md).

They are in a folder of Google Drive, which gives files to people only, under the names that BasicSR's option
files look for them by (options/test/SRResNet_SRGAN).
"""

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="msrresnet",
    title="MSRResNet",
    paper="arXiv:1609.04802",
    tasks=("upscale",),
    sources=("XPixelGroup/BasicSR",),
)

_FOLDER = "https://drive.google.com/drive/folders/1XN4WXKJ53KQ0Cu0Yv-uCt8DZWq6uufaP"


def _row(name: str, scale: int, experiment: str, kilo_steps: int, psnr: float, ssim: float) -> Release:
    return Release(
        name=name,
        system="msrresnet",
        task="upscale",
        data="DIV2K",
        licence="Apache-2.0",
        paper=SYSTEM.paper,
        side=0,
        parts=("generator",),
        range=(0.0, 1.0),
        publisher=SYSTEM.sources[0],
        file=f"{experiment}/models/net_g_{kilo_steps}000.pth",
        url=_FOLDER,
        by_hand=True,
        expect={f"psnr_rgb_set5_crop{scale}": psnr, f"ssim_rgb_set5_crop{scale}": ssim},
    )


RELEASES = (
    _row("msrresnet-x4", 4, "001_MSRResNet_x4_f64b16_DIV2K_1000k_B16G1_wandb", 1000, 30.2468, 0.8651),
    _row(
        "msrresnet-x2",
        2,
        "002_MSRResNet_x2_f64b16_DIV2K_1000k_B16G1_001pretrain_wandb",
        1000,
        35.7483,
        0.9442,
    ),
    _row(
        "msrresnet-x3",
        3,
        "003_MSRResNet_x3_f64b16_DIV2K_1000k_B16G1_001pretrain_wandb",
        1000,
        32.4038,
        0.9032,
    ),
    # The same network trained on as SRGAN is.
    _row("msrgan-x4", 4, "004_MSRGAN_x4_f64b16_DIV2K_400k_B16G1_wandb", 400, 28.0158, 0.8087),
)
"""Published files of MSRResNet."""
