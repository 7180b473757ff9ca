"""The published progressive GANs."""

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="pgan",
    title="Progressive GAN",
    paper="arXiv:1710.10196",
    tasks=("generate",),
    sources=("tkarras/progressive_growing_of_gans", "facebookresearch/pytorch_GAN_zoo"),
)

RELEASES = (
    Release(
        name="pgan-faces-64",
        system="pgan",
        task="generate",
        licence="Apache-2.0",
        paper=SYSTEM.paper,
        side=64,
        parts=("generator", "discriminator"),
        # ganjax evaluate pgan-faces-64 --samples 2048
        expect={"swd_2048": 21.39, "ms_ssim_2048": 0.3173},
    ),
)
