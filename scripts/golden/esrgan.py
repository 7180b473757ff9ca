"""Makes tests/golden/esrgan*: files of small ESRGANs in all kinds of names, and what the networks give.

    python scripts/golden/esrgan.py --basicsr PATH --esrgan PATH

Needs PyTorch, and checkouts of XPixelGroup/BasicSR and xinntao/ESRGAN, whose classes are run.
"""

import argparse
import re
import sys

import torch
from srgan_tools import architecture, pictures, randomise, save, write

# transer_RRDB_models.py of xinntao/ESRGAN, backwards; {} is the number of blocks.
OLDEST = {
    "conv_first": "model.0",
    "RRDB_trunk": "model.1.sub",
    "trunk_conv": "model.1.sub.{}",
    "upconv1": "model.3",
    "upconv2": "model.6",
    "HRconv": "model.8",
    "conv_last": "model.10",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--basicsr", required=True, help="checkout of XPixelGroup/BasicSR")
    parser.add_argument("--esrgan", required=True, help="checkout of xinntao/ESRGAN")
    options = parser.parse_args()
    sys.path.insert(0, options.esrgan)
    import RRDBNet_arch

    newest = architecture(options.basicsr, "basicsr/archs/rrdbnet_arch.py").RRDBNet
    discriminators = architecture(options.basicsr, "basicsr/archs/discriminator_arch.py")
    torch.manual_seed(0)
    small, large, square = pictures(1, 8, 12), pictures(2, 16, 24), pictures(2, 128, 128)
    outputs = {"x_small": small, "x_large": large, "x_square": square}
    sizes = {"num_feat": 4, "num_block": 2, "num_grow_ch": 2}
    for scale in (1, 2):
        raw, averaged = (randomise(newest(3, 3, scale=scale, **sizes)) for _ in range(2))
        save(f"esrgan_x{scale}", {"params": raw.state_dict(), "params_ema": averaged.state_dict()})
        outputs |= {f"x{scale}": averaged(small), f"x{scale}_raw": raw(small)}
    net = randomise(RRDBNet_arch.RRDBNet(3, 3, nf=4, nb=2, gc=2))
    save("esrgan_x4_middle", net.state_dict())
    save("esrgan_x4_oldest", oldest(net.state_dict(), 2), legacy=True)
    outputs["x4"] = net(small)

    unet = randomise(discriminators.UNetDiscriminatorSN(3, num_feat=2))
    save("esrgan_unet", {"params": unet.state_dict()})
    outputs |= {"unet": unet(large), "unet_train": unet.train()(large)}
    outputs |= {"unet_train_u": unet.conv1.weight_u, "unet_train_v": unet.conv1.weight_v}
    vgg = randomise(discriminators.VGGStyleDiscriminator(3, num_feat=1))
    save("esrgan_vgg", {"params": vgg.state_dict()})
    outputs |= {"vgg": vgg(square), "vgg_train": vgg.train()(square)}
    outputs |= {"vgg_train_mean": vgg.bn1_0.running_mean, "vgg_train_var": vgg.bn1_0.running_var}
    write("esrgan", outputs)


def oldest(state: dict[str, torch.Tensor], blocks: int) -> dict[str, torch.Tensor]:
    """The tensors under the names of ESRGAN's first months."""

    def name(key: str) -> str:
        head, _, tail = key.partition(".")
        tail = re.sub(r"(RDB\d\.conv\d)", r"\1.0", tail)
        return f"{OLDEST[head].format(blocks)}.{tail}"

    return {name(key): value for key, value in state.items()}


if __name__ == "__main__":
    main()
