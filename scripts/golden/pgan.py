"""Makes tests/golden/pgan_*: tiny files in both published formats, and what their networks give.

    python scripts/golden/pgan.py --reference PATH

Needs PyTorch, and a checkout of facebookresearch/pytorch_GAN_zoo at PATH, whose networks are run. NVIDIA's
networks (tkarras/progressive_growing_of_gans, networks.py) need TensorFlow 1; they are evaluated here by the
plain definition of each layer, in float64, with PyTorch's operations.
"""

import argparse
import pathlib
import pickle
import sys
import types
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

OUT = pathlib.Path(__file__).parents[2] / "tests" / "golden"
ROOT_2 = 2**0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", required=True, help="checkout of facebookresearch/pytorch_GAN_zoo")
    sys.path.insert(0, parser.parse_args().reference)
    torch.manual_seed(0)
    OUT.mkdir(parents=True, exist_ok=True)
    zoo("pgan_zoo_labels", latent=6, labels=2, widths=[6, 6, 4], alpha=0.0, legacy=False)
    zoo("pgan_zoo_fade", latent=6, labels=0, widths=[6, 5, 4], alpha=0.3, legacy=True)
    nvidia("pgan_nvidia_fused", side=16, base=32, most=6, labels=0, lod=0.25, fused=True)
    nvidia("pgan_nvidia_unfused", side=16, base=32, most=6, labels=3, lod=1.4, fused=False)


def inputs(latent: int, labels: int, channels: int, side: int) -> dict[str, torch.Tensor]:
    """Latents, one-hot labels and images of few bits, so that they take little room."""
    images = torch.randn(8, channels, side, side).half().float()
    one_hot = torch.eye(labels)[torch.arange(2) % max(labels, 1)] if labels else torch.zeros(2, 0)
    return {"z": torch.randn(2, latent), "labels": one_hot, "x": images}


def write(name: str, arrays: dict[str, torch.Tensor]) -> None:
    small = {key: value.numpy().astype(np.float32) for key, value in arrays.items()}
    small["x"] = small["x"].astype(np.float16)
    np.savez_compressed(OUT / f"{name}.npz", **small)


@torch.no_grad()
def zoo(name: str, *, latent: int, labels: int, widths: list[int], alpha: float, legacy: bool) -> None:
    """A file as models/base_GAN.py saves it."""
    from models.networks.progressive_conv_net import DNet, GNet
    from models.utils.config import BaseConfig

    nets = {
        "netG": GNet(latent + labels, widths[0]),
        "avgG": GNet(latent + labels, widths[0]),
        "netD": DNet(widths[0], sizeDecisionLayer=1 + labels, miniBatchNormalization=True),
    }
    for net in nets.values():
        for width in widths[1:]:
            net.addScale(width)
        net.setNewAlpha(alpha)
        for weight in net.parameters():
            weight.normal_()
    given = inputs(latent, labels, 3, 4 << (len(widths) - 1))
    z = torch.cat([given["z"], given["labels"]], 1)
    write(
        name,
        {
            **given,
            "generator": nets["avgG"](z),
            "generator_raw": nets["netG"](z),
            "discriminator": nets["netD"](given["x"]),
            "discriminator_batch_3": nets["netD"](given["x"][:3]),
        },
    )
    config = BaseConfig()
    config.alpha, config.leakyReluLeak, config.lossCriterion = alpha, 0.2, "WGANGP"
    config.equalizedlR, config.perChannelNormalization, config.categoryVectorDim = True, True, labels
    content = {"config": config, **{key: net.state_dict() for key, net in nets.items()}}
    torch.save(content, OUT / f"{name}.pth", _use_new_zipfile_serialization=not legacy)


def nvidia(name: str, *, side: int, base: int, most: int, labels: int, lod: float, fused: bool) -> None:
    """A file as tfutil.Network pickles itself; the two spellings of a scaled layer are `fused` or not."""
    sides = [4 << i for i in range(side.bit_length() - 2)]
    width = {s: min(2 * base // s, most) for s in (2, *sides)}  # the paper's rule
    latent, channels = width[2], 2
    given = inputs(latent, labels, channels, side)
    settings = {"num_channels": channels, "resolution": side, "fmap_base": base, "fmap_max": most}
    settings |= {"label_size": labels, "latent_size": latent, "fused_scale": fused}

    shapes_g = {"4x4/Dense": (latent + labels, 16 * width[4]), "4x4/Conv": (3, 3, width[4], width[4])}
    shapes_d = {"4x4/Conv": (3, 3, width[4] + 1, width[4])}
    shapes_d |= {"4x4/Dense0": (16 * width[4], width[2]), "4x4/Dense1": (width[2], 1 + labels)}
    for i, s in enumerate(sides):
        block, level = f"{s}x{s}", len(sides) - 1 - i
        shapes_g[f"ToRGB_lod{level}"] = (1, 1, width[s], channels)
        shapes_d[f"FromRGB_lod{level}"] = (1, 1, channels, width[s])
        if s > 4:
            below = width[s // 2]
            shapes_g[f"{block}/Conv0_up" if fused else f"{block}/Conv0"] = (
                (3, 3, width[s], below) if fused else (3, 3, below, width[s])
            )
            shapes_g[f"{block}/Conv1"] = (3, 3, width[s], width[s])
            shapes_d[f"{block}/Conv0"] = (3, 3, width[s], width[s])
            shapes_d[f"{block}/Conv1_down" if fused else f"{block}/Conv1"] = (3, 3, width[s], below)

    g, raw, d = (draw(shapes, width) for shapes in (shapes_g, shapes_g, shapes_d))
    write(
        name,
        {
            **given,
            "generator": nvidia_generator(g, given["z"], given["labels"], sides, lod),
            "generator_raw": nvidia_generator(raw, given["z"], given["labels"], sides, lod),
            "discriminator": nvidia_discriminator(d, given["x"], sides, lod),
            "discriminator_batch_3": nvidia_discriminator(d, given["x"][:3], sides, lod),
        },
    )
    module = types.ModuleType("tfutil")
    module.Network = type("Network", (), {"__module__": "tfutil", "__getstate__": lambda self: self.state})
    sys.modules["tfutil"] = module
    networks = []
    for label, build, weights in (("G", "G_paper", raw), ("D", "D_paper", d), ("Gs", "G_paper", g)):
        network = module.Network()
        variables = [("lod", np.float32(lod)), *((key, value.numpy()) for key, value in weights.items())]
        network.state = {"version": 2, "name": label, "static_kwargs": settings, "variables": variables}
        network.state |= {"build_module_src": "raise SystemExit('source was run')", "build_func_name": build}
        networks.append(network)
    (OUT / f"{name}.pkl").write_bytes(pickle.dumps(tuple(networks), protocol=4))


def draw(shapes: dict[str, tuple[int, ...]], width: dict[int, int]) -> dict[str, torch.Tensor]:
    """Random weights and biases; the first dense layer has a bias for each channel only."""
    tensors = {}
    for name, shape in shapes.items():
        tensors[f"{name}/weight"] = torch.randn(shape)
        outputs = shape[2] if name.endswith("_up") else width[4] if name == "4x4/Dense" else shape[-1]
        tensors[f"{name}/bias"] = torch.randn(outputs)
    return tensors


def scaled(v: dict[str, torch.Tensor], name: str, fan_in: int, gain: float = ROOT_2) -> torch.Tensor:
    return v[f"{name}/weight"].double() * gain / fan_in**0.5


def biased(v: dict[str, torch.Tensor], name: str, x: torch.Tensor) -> torch.Tensor:
    return x + v[f"{name}/bias"].double().reshape(1, -1, *[1] * (x.ndim - 2))


def conv(v: dict[str, torch.Tensor], name: str, x: torch.Tensor, gain: float = ROOT_2) -> torch.Tensor:
    size = v[f"{name}/weight"].shape[0]
    w = scaled(v, name, size * size * x.shape[1], gain).permute(3, 2, 0, 1)
    return F.conv2d(x, w, padding=size // 2)


def spread(w: torch.Tensor) -> torch.Tensor:
    """The 4x4 kernel [4, 4, ., .] that joins a 3x3 one with a 2x2 box."""
    padded = F.pad(w, (0, 0, 0, 0, 1, 1, 1, 1))
    return padded[1:, 1:] + padded[:-1, 1:] + padded[1:, :-1] + padded[:-1, :-1]


def pixel_norm(x: torch.Tensor) -> torch.Tensor:
    return x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()


def act(x: torch.Tensor) -> torch.Tensor:
    return F.leaky_relu(x, 0.2)


def fade(older: Any, newer: Any, lod: float) -> Any:
    weight = min(max(lod, 0.0), 1.0)
    return newer + (older - newer) * weight


def nvidia_generator(
    v: dict[str, torch.Tensor], z: torch.Tensor, labels: torch.Tensor, sides: list[int], lod: float
) -> torch.Tensor:
    x = pixel_norm(torch.cat([z, labels], 1).double())
    x = (x @ scaled(v, "4x4/Dense", x.shape[1], ROOT_2 / 4)).reshape(len(x), -1, 4, 4)
    x = pixel_norm(act(biased(v, "4x4/Dense", x)))
    image: Any = None
    for i, s in enumerate(sides):
        block, level = f"{s}x{s}", len(sides) - 1 - i
        if s == 4:
            x = pixel_norm(act(biased(v, "4x4/Conv", conv(v, "4x4/Conv", x))))
        else:
            name = f"{block}/Conv0_up"
            if f"{name}/weight" in v:
                w = spread(scaled(v, name, 9 * x.shape[1])).permute(3, 2, 0, 1)
                x = F.conv_transpose2d(x, w, stride=2, padding=1)
            else:
                name = f"{block}/Conv0"
                x = conv(v, name, F.interpolate(x, scale_factor=2))
            x = pixel_norm(act(biased(v, name, x)))
            x = pixel_norm(act(biased(v, f"{block}/Conv1", conv(v, f"{block}/Conv1", x))))
        rgb = biased(v, f"ToRGB_lod{level}", conv(v, f"ToRGB_lod{level}", x, 1.0))
        image = rgb if image is None else fade(F.interpolate(image, scale_factor=2), rgb, lod - level)
    return image


def nvidia_discriminator(
    v: dict[str, torch.Tensor], image: torch.Tensor, sides: list[int], lod: float
) -> torch.Tensor:
    def from_rgb(image: torch.Tensor, level: int) -> torch.Tensor:
        return act(biased(v, f"FromRGB_lod{level}", conv(v, f"FromRGB_lod{level}", image)))

    image = image.double()
    x = from_rgb(image, 0)
    for level, s in enumerate(reversed(sides[1:])):
        block = f"{s}x{s}"
        x = act(biased(v, f"{block}/Conv0", conv(v, f"{block}/Conv0", x)))
        name = f"{block}/Conv1_down"
        if f"{name}/weight" in v:
            w = spread(scaled(v, name, 9 * x.shape[1])).permute(3, 2, 0, 1) / 4
            x = act(biased(v, name, F.conv2d(x, w, stride=2, padding=1)))
        else:
            x = F.avg_pool2d(act(biased(v, f"{block}/Conv1", conv(v, f"{block}/Conv1", x))), 2)
        image = F.avg_pool2d(image, 2)
        x = fade(from_rgb(image, level + 1), x, lod - level)
    group = min(4, len(x))
    members = x.reshape(group, -1, *x.shape[1:])  # sample n is in group n modulo the number of groups
    deviation = (members.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
    channel = deviation.repeat(group).reshape(-1, 1, 1, 1).expand(-1, 1, 4, 4)
    x = torch.cat([x, channel], 1)
    x = act(biased(v, "4x4/Conv", conv(v, "4x4/Conv", x))).flatten(1)
    x = act(biased(v, "4x4/Dense0", x @ scaled(v, "4x4/Dense0", x.shape[1])))
    return biased(v, "4x4/Dense1", x @ scaled(v, "4x4/Dense1", x.shape[1], 1.0))


if __name__ == "__main__":
    main()
