"""Benchmark worker: PyTorch, eager. Takes one JSON argument from `restore.py`, which runs it.

The networks are those that the papers and their code describe, written for this benchmark; each takes and
gives pictures in the range of its own.
"""

import json
import sys
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from worker import serve
from worker_torch import DEVICE, facts, finish


def conv(inputs: int, outputs: int, size: int = 3) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, padding=size // 2)


class SRGAN(nn.Module):
    """SRResNet: Ledig et al. 2017, with the five blocks of leftthomas/SRGAN."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(conv(3, 64, 9), nn.PReLU())
        blocks = [
            nn.Sequential(conv(64, 64), nn.BatchNorm2d(64), nn.PReLU(), *self.normed()) for _ in range(5)
        ]
        self.blocks = nn.ModuleList(blocks)
        self.last = nn.Sequential(*self.normed())
        doubled = [layer for _ in range(2) for layer in (conv(64, 256), nn.PixelShuffle(2), nn.PReLU())]
        self.enlarged = nn.Sequential(*doubled, conv(64, 3, 9))

    @staticmethod
    def normed() -> tuple[nn.Module, ...]:
        return conv(64, 64), nn.BatchNorm2d(64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = y = self.first(x)
        for block in self.blocks:
            y = y + block(y)
        return (torch.tanh(self.enlarged(first + self.last(y))) + 1) / 2


class Dense(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList([*(conv(64 + 32 * i, 32) for i in range(4)), conv(192, 64)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = x
        for layer in self.convs[:-1]:
            seen = torch.cat([seen, F.leaky_relu(layer(seen), 0.2)], 1)
        return x + 0.2 * self.convs[-1](seen)


class ESRGAN(nn.Module):
    """RRDBNet with 23 blocks: Wang et al. 2018."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = conv(3, 64), conv(64, 64)
        self.blocks = nn.ModuleList(nn.Sequential(Dense(), Dense(), Dense()) for _ in range(23))
        self.doubled = nn.ModuleList(conv(64, 64) for _ in range(2))
        self.high, self.to_rgb = conv(64, 64), conv(64, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = y = self.first(x)
        for block in self.blocks:
            y = y + 0.2 * block(y)
        y = first + self.last(y)
        for layer in self.doubled:
            y = F.leaky_relu(layer(F.interpolate(y, scale_factor=2, mode="nearest")), 0.2)
        return self.to_rgb(F.leaky_relu(self.high(y), 0.2))


class SRVGG(nn.Module):
    """The compact network of Real-ESRGAN with 16 convolutions."""

    def __init__(self) -> None:
        super().__init__()
        layers = [layer for i in range(17) for layer in (conv(64 if i else 3, 64), nn.PReLU(64))]
        self.layers = nn.Sequential(*layers, conv(64, 48), nn.PixelShuffle(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x) + F.interpolate(x, scale_factor=4, mode="nearest")


class EnlightenGAN(nn.Module):
    """The U-Net of Jiang et al. 2021, with the options of its published command."""

    def __init__(self) -> None:
        super().__init__()
        widths = (32, 64, 128, 256, 512)
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        self.doubled = nn.ModuleList()
        below = 4
        for width in widths:
            self.down.append(nn.ModuleList([self.layer(below, width), self.layer(width, width)]))
            below = width
        for width in reversed(widths[:-1]):
            second = self.layer(width, width)
            self.doubled.append(conv(2 * width, width))
            self.up.append(nn.Sequential(self.layer(2 * width, width), second[:2] if width == 32 else second))
        self.to_rgb = conv(32, 3, 1)

    @staticmethod
    def layer(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(conv(inputs, outputs), nn.LeakyReLU(0.2), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        red, green, blue = ((x + 1) / 2).split(1, 1)
        dark = [1 - (0.299 * red + 0.587 * green + 0.114 * blue)]
        y, skips = torch.cat([x, dark[0]], 1), []
        for first, second in self.down[:-1]:
            y = second(first(y))
            skips.append(y * dark[-1])
            y = F.max_pool2d(y, 2)
            dark.append(F.max_pool2d(dark[-1], 2))
        first, second = self.down[-1]
        y = second(first(y) * dark[-1])
        for doubled, up in zip(self.doubled, self.up, strict=True):
            y = doubled(F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=True))
            y = up(torch.cat([y, skips.pop()], 1))
        return x + self.to_rgb(y) * dark[0]


NETWORKS = {"srgan": SRGAN, "esrgan": ESRGAN, "srvgg": SRVGG, "enlightengan": EnlightenGAN}


def main(job: dict[str, Any]) -> None:
    layout = torch.channels_last if job["layout"] == "channels last" else torch.contiguous_format
    how = {"device": DEVICE, "dtype": getattr(torch, job["dtype"]), "memory_format": layout}
    network = NETWORKS[job["system"]]().eval().to(**how)
    multiple = 16 if job["system"] == "enlightengan" else 1
    image = torch.rand(1, 3, *(-(-side // multiple) * multiple for side in job["size"])).to(**how)

    @torch.inference_mode()
    def call() -> None:
        network(image)
        finish()

    serve(call, **facts([network]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
