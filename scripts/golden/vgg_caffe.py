"""Makes tests/golden/vgg_caffe*: a narrow VGG 16 as EnlightenGAN has it, its activations and their loss.

    python scripts/golden/vgg_caffe.py --reference DIR

DIR is a checkout of https://github.com/VITA-Group/EnlightenGAN (commit b034984). Needs PyTorch. Vgg16 and
PerceptualLoss of models/networks.py are run with the options of the published command, in float64; of the
layers of Vgg16 only the widths are others.
"""

import argparse
import importlib
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

OUT = Path(__file__).parents[2] / "tests" / "golden"


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reference", type=Path, required=True)
    networks = reference(parser.parse_args().reference)
    torch.manual_seed(0)
    vgg = networks.Vgg16()
    for name, conv in vgg.named_children():
        inputs = 3 if conv.in_channels == 3 else conv.in_channels // 64 + 3
        narrow = nn.Conv2d(inputs, conv.out_channels // 64 + 3, 3, padding=1)
        narrow.weight.normal_(0, (2 / narrow.weight[0].numel()) ** 0.5)
        narrow.bias.normal_(0, 0.1 if inputs > 3 else 20)
        setattr(vgg, name, narrow)
    torch.save(vgg.state_dict(), OUT / "vgg_caffe.pth")

    vgg = vgg.double()
    bright, dark = ((torch.rand(2, 3, 32, 40) * 2 - 1).half().double() for _ in range(2))
    arrays = {"bright": bright, "dark": dark}
    for layer in ("relu4_2", "relu4_3", "relu5_1", "relu5_3"):
        opt = options(layer)
        arrays[layer] = vgg(networks.vgg_preprocess(dark, opt), opt)
    arrays = {name: each.permute(0, 2, 3, 1) for name, each in arrays.items()}
    opt = options("relu5_1")
    arrays["loss"] = networks.PerceptualLoss(opt).compute_vgg_loss(vgg, bright, dark)
    np.savez_compressed(OUT / "vgg_caffe.npz", **{k: v.numpy().astype(np.float32) for k, v in arrays.items()})


def options(layer: str) -> types.SimpleNamespace:
    """Those of scripts/script.py and the defaults of options/train_options.py."""
    return types.SimpleNamespace(
        vgg_choose=layer, vgg_maxpooling=False, vgg_mean=False, no_vgg_instance=False
    )


def reference(folder: Path) -> Any:
    """models/networks.py without the batch norm of several devices, which it imports."""
    norm: Any = types.ModuleType("lib.nn")
    norm.SynchronizedBatchNorm2d = None
    sys.modules |= {"lib": types.ModuleType("lib"), "lib.nn": norm}
    sys.path.insert(0, str(folder))
    return importlib.import_module("models.networks")


if __name__ == "__main__":
    main()
