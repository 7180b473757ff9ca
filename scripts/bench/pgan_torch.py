"""Benchmark worker: PyTorch, eager, NCHW. Takes one JSON argument from `pgan.py`, which runs it.

The networks are those that pytorch_GAN_zoo describes (alpha 1), written for this benchmark; with "reference",
the path of a checkout of pytorch_GAN_zoo, they are its own. The training step is this file's in both cases,
since the reference's does not run on current PyTorch.
"""

import copy
import itertools
import json
import math
import sys
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from worker import serve
from worker_torch import DEVICE, facts, finish


class Equal(nn.Module):
    """A linear layer or a convolution of `size` x `size` whose weights and bias are scaled at every call."""

    def __init__(self, inputs: int, outputs: int, size: int = 0) -> None:
        super().__init__()
        self.size = size
        self.weight = nn.Parameter(torch.randn(outputs, inputs, *(size, size) if size else ()))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = math.sqrt(2 / (inputs * max(size, 1) ** 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight, bias = self.weight * self.scale, self.bias * self.scale
        return F.conv2d(x, weight, bias, padding=self.size // 2) if self.size else F.linear(x, weight, bias)


def pixel_norm(x: torch.Tensor) -> torch.Tensor:
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


class Generator(nn.Module):
    def __init__(self, latent: int, channels: list[int]) -> None:
        super().__init__()
        self.first = Equal(latent, 16 * channels[0])
        convs = [Equal(channels[0], channels[0], 3)]
        for below, width in itertools.pairwise(channels):
            convs += [Equal(below, width, 3), Equal(width, width, 3)]
        self.convs = nn.ModuleList(convs)
        self.to_rgb = nn.ModuleList(Equal(width, 3, 1) for width in channels)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        x = pixel_norm(F.leaky_relu(self.first(pixel_norm(z)), 0.2).view(len(z), -1, 4, 4))
        for i, conv in enumerate(self.convs):
            if i % 2:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = pixel_norm(F.leaky_relu(conv(x), 0.2))
        return self.to_rgb[-1](x)


class Discriminator(nn.Module):
    def __init__(self, channels: list[int]) -> None:
        super().__init__()
        self.from_rgb = nn.ModuleList(Equal(3, width, 1) for width in channels)
        convs = []
        for below, width in reversed(list(itertools.pairwise(channels))):
            convs += [Equal(width, width, 3), Equal(width, below, 3)]
        self.convs = nn.ModuleList(convs)
        self.last = nn.ModuleList(
            [
                Equal(channels[0] + 1, channels[0], 3),
                Equal(16 * channels[0], channels[0]),
                Equal(channels[0], 1),
            ]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.leaky_relu(self.from_rgb[-1](x), 0.2)
        for i, conv in enumerate(self.convs):
            x = F.leaky_relu(conv(x), 0.2)
            if i % 2:
                x = F.avg_pool2d(x, 2)
        groups = x.unflatten(0, (-1, min(4, len(x))))
        spread = torch.sqrt(groups.var(1) + 1e-8).mean((1, 2, 3)).repeat_interleave(groups.shape[1])
        x = torch.cat([x, spread.view(-1, 1, 1, 1).expand(-1, 1, 4, 4)], 1)
        x = F.leaky_relu(self.last[0](x), 0.2)
        x = F.leaky_relu(self.last[1](x.flatten(1)), 0.2)
        return self.last[2](x)


def networks(job: dict[str, Any]) -> tuple[nn.Module, nn.Module]:
    channels = job["channels"]
    if not job["reference"]:
        return Generator(job["latent"], channels), Discriminator(channels)
    sys.path.insert(0, job["reference"])
    from models.networks.progressive_conv_net import DNet, GNet

    pair = GNet(job["latent"], channels[0]), DNet(channels[0], miniBatchNormalization=True)
    for width in channels[1:]:
        for network in pair:
            network.addScale(width)
    return pair


def wgan_gp(critic: nn.Module, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """WGAN-GP with drift: Karras et al. 2018, appendix A.1."""
    mix = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = (real + (fake - real) * mix).requires_grad_()
    slope = torch.autograd.grad(critic(between).sum(), between, create_graph=True)[0]
    penalty = (slope.flatten(1).norm(dim=1) - 1).square().mean()
    on_real, on_fake = critic(real), critic(fake)
    return on_fake.mean() - on_real.mean() + 10 * penalty + 1e-3 * on_real.square().mean()


def non_saturating_r1(critic: nn.Module, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """The logistic loss with R1, gamma 10: Mescheder et al. 2018."""
    real = real.detach().requires_grad_()
    on_real = critic(real)
    slope = torch.autograd.grad(on_real.sum(), real, create_graph=True)[0]
    penalty = slope.square().flatten(1).sum(1).mean()
    return F.softplus(-on_real).mean() + F.softplus(critic(fake)).mean() + 5 * penalty


def main(job: dict[str, Any]) -> None:
    generator, discriminator = (network.to(DEVICE) for network in networks(job))
    latents = torch.randn(job["batch"], job["latent"], device=DEVICE)

    @torch.no_grad()
    def generate() -> None:
        generator(latents)

    average = copy.deepcopy(generator)
    adams = [
        torch.optim.Adam(network.parameters(), job.get("learning_rate", 0), (0.0, 0.99))
        for network in (generator, discriminator)
    ]
    real = torch.rand(job["batch"], 3, job["side"], job["side"], device=DEVICE) * 2 - 1

    def train() -> None:
        with torch.no_grad():
            fake = generator(torch.randn_like(latents))
        loss = wgan_gp if job["game"] == "wgan-gp" else non_saturating_r1
        adams[1].zero_grad()
        loss(discriminator, real, fake).backward()
        adams[1].step()
        score = discriminator.requires_grad_(False)(generator(torch.randn_like(latents)))
        adams[0].zero_grad()
        (-score.mean() if job["game"] == "wgan-gp" else F.softplus(-score).mean()).backward()
        adams[0].step()
        discriminator.requires_grad_(True)
        with torch.no_grad():
            for old, new in zip(average.parameters(), generator.parameters(), strict=True):
                old.lerp_(new, 1 - job["ema_decay"])

    def call() -> None:
        generate() if job["task"] == "generate" else train()
        finish()

    used = [generator] if job["task"] == "generate" else [generator, discriminator]
    serve(call, **facts(used))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
