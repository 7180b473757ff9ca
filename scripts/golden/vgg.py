"""Makes tests/golden/vgg*: narrow VGG 16, VGG 19 and AlexNet in torchvision's layout, and their activations.

    python scripts/golden/vgg.py

Needs PyTorch. The convolutions are the sequences of pytorch/vision, torchvision/models/{vgg,alexnet}.py, with
fewer channels, evaluated in float64 on images normalised as torchvision's weights want them.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

OUT = Path(__file__).parents[2] / "tests" / "golden"
MEAN, DEVIATION = (
    torch.tensor(each).reshape(3, 1, 1) for each in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
)


def vgg(*depths: int) -> nn.Sequential:
    """Blocks of so many 3x3 convolutions, with 4, 5, 6, ... channels."""
    layers: list[nn.Module] = []
    inputs = 3
    for outputs, depth in enumerate(depths, 4):
        for _ in range(depth):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def alexnet() -> nn.Sequential:
    return nn.Sequential(
        *(nn.Conv2d(3, 4, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(4, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(6, 8, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(8, 7, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(7, 7, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
    )


# The places in the sequence of the layers that are compared.
NETS = {
    "16": (vgg(2, 2, 3, 3, 3), {"relu2_2": 8, "relu3_3": 15, "conv5_1": 24, "pool5": 30}),
    "19": (vgg(2, 2, 4, 4, 4), {"conv3_1": 10, "conv5_4": 34, "relu5_4": 35, "pool5": 36}),
    "alexnet": (alexnet(), {"relu1": 1, "relu2": 4, "conv3": 6, "relu4": 9, "relu5": 11, "pool5": 12}),
}


@torch.no_grad()
def main() -> None:
    torch.manual_seed(0)
    x = torch.rand(1, 3, 65, 70).half().float()  # few bits take little room
    arrays = {"input": x}
    for name, (net, layers) in NETS.items():
        for parameter in net.parameters():
            parameter.normal_(0, (2 / parameter[0].numel()) ** 0.5 if parameter.ndim > 1 else 0.1)
        state = {f"features.{key}": value.clone() for key, value in net.state_dict().items()}
        state |= {"classifier.0.weight": torch.randn(2, 3), "classifier.0.bias": torch.randn(2)}
        torch.save(state, OUT / f"vgg_{name}.pth")
        y = ((x - MEAN) / DEVIATION).double()
        for place, layer in enumerate(net.double()):
            y = layer(y)
            arrays |= {f"{name}_{label}": y for label, wanted in layers.items() if wanted == place}
    arrays = {name: each.permute(0, 2, 3, 1).numpy() for name, each in arrays.items()}
    np.savez_compressed(OUT / "vgg.npz", **{k: v.astype(np.float32) for k, v in arrays.items()})


if __name__ == "__main__":
    main()
