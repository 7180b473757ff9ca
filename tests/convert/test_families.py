"""Files of other networks are known by name; the golden vectors have one of each."""

from pathlib import Path

import pytest

from ganjax.convert.container import read_container
from ganjax.convert.families import family
from ganjax.convert.wrappers import peel

KNOWN = {
    "enlightengan/discriminators/checkpoint_D_P.pth": "a PatchGAN discriminator",
    "pgan_zoo/stylegan_16px/checkpoint.pth": "a StyleGAN of pytorch_GAN_zoo",
    "pgan_zoo/dcgan_64px/checkpoint.pth": "a DCGAN of pytorch_GAN_zoo",
    "pix2pix/unet_256/checkpoint.pth": "a U-Net of pix2pix",
    "pix2pix/resnet_9blocks_instance/checkpoint.pth": "a generator of CycleGAN or pix2pixHD",
    "pix2pix/discriminators/checkpoint_pixel.pth": "a pixel discriminator of pix2pix",
    "pix2pixhd/local_enhancer/checkpoint.pth": "a generator of CycleGAN or pix2pixHD",
    "pix2pixhd/multiscale_d/checkpoint.pth": "a discriminator of pix2pixHD",
    "spade/generator_64px/checkpoint.pth": "a SPADE generator",
    "spade/multiscale_d/checkpoint.pth": "a discriminator of SPADE",
    "spade/encoder/checkpoint.pth": "an encoder of SPADE",
}


@pytest.mark.shared
@pytest.mark.parametrize("file", KNOWN)
def test_files_of_other_networks_are_named(shared: Path, file: str) -> None:
    assert family(peel(read_container(shared / "golden" / file).content)[0].state) == KNOWN[file]


def test_names_of_nothing_known() -> None:
    assert family(["conv.weight", "toRGBLayers.0.module.weight"]) is None
    assert family([]) is None
