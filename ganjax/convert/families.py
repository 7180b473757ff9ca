"""Networks that ganjax does not load, known by the names of a few tensors: a refusal can say what a file is.

Systems of ganjax recognise their own files; a network that comes to ganjax leaves this list.
"""

import fnmatch
from collections.abc import Collection

# What it is, and patterns of which every one fits some name. Of several that fit, the first one counts.
_FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("a StyleGAN of pytorch_GAN_zoo", ("mapping.FC.0.*", "noiseModulators.*")),
    ("a DCGAN of pytorch_GAN_zoo", ("main.convTranspose1.weight",)),
    ("a StyleGAN of mmgeneration", ("style_mapping.*",)),
    ("a StyleGAN of NVIDIA", ("G_mapping/*",)),
    ("a U-Net of pix2pix", ("model.model.0.weight", "model.model.1.model.*")),
    ("a generator of CycleGAN or pix2pixHD", ("model.1.weight", "model.*.conv_block.1.weight")),
    ("a discriminator of pix2pixHD", ("scale0_layer0.0.weight",)),
    ("a PatchGAN discriminator", ("model.0.weight", "model.2.weight", "model.8.weight")),
    ("a pixel discriminator of pix2pix", ("net.0.weight", "net.2.weight", "net.5.weight")),
    ("a SPADE generator", ("head_0.conv_0.weight*", "up_0.conv_0.weight*")),
    ("a discriminator of SPADE", ("discriminator_0.model0.0.weight",)),
    ("an encoder of SPADE", ("layer1.0.weight*", "fc_mu.weight")),
)


def family(names: Collection[str]) -> str | None:
    """What has tensors of these names, e.g. "a StyleGAN of pytorch_GAN_zoo"; None if that is not known."""
    fits = ((what, [fnmatch.filter(names, each) for each in patterns]) for what, patterns in _FAMILIES)
    return next((what for what, found in fits if all(found)), None)
