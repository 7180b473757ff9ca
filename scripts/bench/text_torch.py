"""Benchmark worker: PyTorch, eager, NCHW. Takes one JSON argument from `text.py`, which runs it.

The networks and the training step are those that the paper of DF-GAN and its code describe, written for this
benchmark. The convolution that the published files have in each block without using it is left out.
"""

import copy
import itertools
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from worker import serve
from worker_torch import DEVICE, facts, finish

# What is called at every turn, and the networks in it.
Case = tuple[Callable[[], None], Sequence[nn.Module]]


def widths(job: dict[str, Any]) -> list[int]:
    """Channels at the full side, at half of it, ... and at 4."""
    return [job["width"] * min(2**level, 8) for level in range(job["side"].bit_length() - 2)]


class Modulation(nn.Module):
    """Every channel scaled and shifted by what was told, by two small networks."""

    def __init__(self, told: int, channels: int) -> None:
        super().__init__()
        self.scale, self.shift = (
            nn.Sequential(nn.Linear(told, channels), nn.ReLU(), nn.Linear(channels, channels))
            for _ in range(2)
        )
        for last, bias in ((self.scale[-1], 1.0), (self.shift[-1], 0.0)):
            nn.init.zeros_(last.weight)
            nn.init.constant_(last.bias, bias)

    def forward(self, x: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        scale, shift = self.scale(told)[:, :, None, None], self.shift(told)[:, :, None, None]
        return F.leaky_relu(scale * x + shift, 0.2)


class Up(nn.Module):
    def __init__(self, told: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(n, outputs, 3, padding=1) for n in (inputs, outputs))
        self.modulations = nn.ModuleList(Modulation(told, n) for n in (inputs, inputs, outputs, outputs))
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        y = x
        for i, conv in enumerate(self.convs):
            for modulation in self.modulations[2 * i : 2 * i + 2]:
                y = modulation(y, told)
            y = conv(y)
        return self.shortcut(x) + y


class Generator(nn.Module):
    def __init__(self, job: dict[str, Any]) -> None:
        super().__init__()
        channels = widths(job)[::-1]
        self.first = nn.Linear(job["latent"], 16 * channels[0])
        told = job["latent"] + job["condition"]
        self.blocks = nn.ModuleList(Up(told, *each) for each in itertools.pairwise(channels))
        self.to_rgb = nn.Conv2d(channels[-1], 3, 3, padding=1)

    def forward(self, z: torch.Tensor, sentence: torch.Tensor) -> torch.Tensor:
        x = self.first(z).unflatten(1, (-1, 4, 4))
        told = torch.cat([z, sentence], 1)
        for block in self.blocks:
            x = block(x, told)
        return torch.tanh(self.to_rgb(F.leaky_relu(x, 0.2)))


class Down(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.LeakyReLU(0.2),
        )
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        self.gain = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(self.shortcut(x), 2) + self.gain * self.residual(x)


class Discriminator(nn.Module):
    def __init__(self, job: dict[str, Any]) -> None:
        super().__init__()
        channels, width = widths(job), job["width"]
        downs = (Down(*each) for each in itertools.pairwise(channels))
        self.features = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), *downs)
        self.judgement = nn.Sequential(
            nn.Conv2d(channels[-1] + job["condition"], 2 * width, 3, padding=1, bias=False),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 4, bias=False),
        )

    def judge(self, features: torch.Tensor, sentence: torch.Tensor) -> torch.Tensor:
        told = sentence[:, :, None, None].expand(-1, -1, 4, 4)
        return self.judgement(torch.cat([features, told], 1)).flatten()


def inputs(job: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents and sentence vectors."""
    z, sentence = (torch.randn(job["batch"], job[name], device=DEVICE) for name in ("latent", "condition"))
    return z, sentence


def imagine(job: dict[str, Any]) -> Case:
    generator = Generator(job).eval().to(DEVICE)
    z, sentence = inputs(job)

    @torch.inference_mode()
    def call() -> None:
        generator(z, sentence)

    return call, [generator]


def train(job: dict[str, Any]) -> Case:
    """The step of the reference, and the average that ours keeps too."""
    generator, discriminator = (each(job).to(DEVICE) for each in (Generator, Discriminator))
    average = copy.deepcopy(generator)
    adams = [
        torch.optim.Adam(network.parameters(), rate, (0.0, 0.9))
        for network, rate in ((generator, 1e-4), (discriminator, 4e-4))
    ]
    real = torch.rand(job["batch"], 3, job["side"], job["side"], device=DEVICE) * 2 - 1

    def call() -> None:
        z, sentence = inputs(job)
        images, told = real.clone().requires_grad_(), sentence.clone().requires_grad_()
        features = discriminator.features(images)
        matched = discriminator.judge(features, told)
        mismatched = discriminator.judge(features.roll(-1, 0), told)
        fake = generator(z, sentence)
        generated = discriminator.judge(discriminator.features(fake.detach()), told)
        slopes = torch.autograd.grad(matched.sum(), (images, told), create_graph=True)
        squared = sum(slope.square().flatten(1).sum(1) for slope in slopes)
        wrong = (F.relu(1 + generated).mean() + F.relu(1 + mismatched).mean()) / 2
        adams[1].zero_grad()
        (F.relu(1 - matched).mean() + wrong + 2 * squared.pow(3).mean()).backward()
        adams[1].step()
        discriminator.requires_grad_(False)
        score = discriminator.judge(discriminator.features(fake), sentence)
        adams[0].zero_grad()
        (-score.mean()).backward()
        adams[0].step()
        discriminator.requires_grad_(True)
        with torch.no_grad():
            for old, new in zip(average.parameters(), generator.parameters(), strict=True):
                old.lerp_(new, 1 - job["ema_decay"])

    return call, [generator, discriminator]


class Block(nn.Module):
    """A block of CLIP: attention of eight heads and two dense layers, each on normalised values."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        heads = (
            each.unflatten(2, (8, -1)).transpose(1, 2) for each in self.qkv(self.norms[0](x)).chunk(3, 2)
        )
        y = F.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.out(y.transpose(1, 2).flatten(2))
        y = self.up(self.norms[1](x))
        return x + self.down(y * torch.sigmoid(1.702 * y))


class TextEncoder(nn.Module):
    def __init__(self, tokens: int = 49408, length: int = 77, width: int = 512, depth: int = 12) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(tokens, width), nn.Parameter(torch.zeros(length, width))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)), nn.LayerNorm(width))
        self.projection = nn.Linear(width, width, bias=False)

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        words = self.blocks(self.tokens(ids) + self.positions)
        return words, self.projection(words[torch.arange(len(ids)), ids.argmax(1)])


def encode(job: dict[str, Any]) -> Case:
    encoder = TextEncoder().eval().to(DEVICE)
    ids = torch.randint(1, 49408, (job["batch"], 77), device=DEVICE)

    @torch.inference_mode()
    def call() -> None:
        encoder(ids)

    return call, [encoder]


# CLIP's own tokenizer fills every prompt up to 77 tokens.
CASES = {"imagine": imagine, "train": train, "encode": encode, "prompts": encode}


def main(job: dict[str, Any]) -> None:
    call, networks = CASES[job["task"]](job)

    def turn() -> None:
        call()
        finish()

    serve(turn, **facts(networks))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
