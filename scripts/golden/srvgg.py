"""Makes tests/golden/srvgg* and msrresnet*: files of small networks, and what these networks give.

    python scripts/golden/srvgg.py --realesrgan PATH --basicsr PATH

Needs PyTorch, and checkouts of xinntao/Real-ESRGAN and XPixelGroup/BasicSR, whose classes are run.
"""

import argparse

import torch
from srgan_tools import architecture, pictures, randomise, save, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--realesrgan", required=True, help="checkout of xinntao/Real-ESRGAN")
    parser.add_argument("--basicsr", required=True, help="checkout of XPixelGroup/BasicSR")
    options = parser.parse_args()
    srvgg = architecture(options.realesrgan, "realesrgan/archs/srvgg_arch.py").SRVGGNetCompact
    msrresnet = architecture(options.basicsr, "basicsr/archs/srresnet_arch.py").MSRResNet
    torch.manual_seed(0)
    x = pictures(2, 7, 5)
    outputs = {"x_small": x}
    for activation in ("prelu", "relu", "leakyrelu"):
        net = randomise(srvgg(num_feat=4, num_conv=2, upscale=3, act_type=activation))
        save(f"srvgg_{activation}", {"params": net.state_dict()})
        outputs[activation] = net(x)
    write("srvgg", outputs)
    outputs = {"x_small": x}
    for scale in (2, 3, 4):
        net = randomise(msrresnet(num_feat=4, num_block=2, upscale=scale))
        save(f"msrresnet_x{scale}", {"params": net.state_dict()})
        outputs[f"x{scale}"] = net(x)
    write("msrresnet", outputs)


if __name__ == "__main__":
    main()
