"""The files of NVIDIA's progressive GAN (tkarras/progressive_growing_of_gans, networks.py).

Kernels are [height, width, in, out]; where features are flattened, channels come before pixels. Networks that
were converted from the older Theano code have separate upscaling and convolution, without "_up" and "_down".
"""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import KEEP, Op, Pair, chain, flip, reshape, transpose
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.pgan.config import DiscriminatorConfig, GeneratorConfig

# A fused upscaling layer is a transposed convolution, [height, width, out, in], turned by 180 degrees.
_TURNED = chain(transpose(0, 1, 3, 2), flip(0, 1))


def recognise(names: Collection[str]) -> Kind | None:
    """Whether tensors of these names are of `G_paper` or `D_paper`."""
    if any(name.startswith("ToRGB_lod") for name in names):
        return "generator"
    return "discriminator" if any(name.startswith("FromRGB_lod") for name in names) else None


def progress(
    config: GeneratorConfig | DiscriminatorConfig,
    state: Mapping[str, np.ndarray],
    settings: Mapping[str, Any],
) -> tuple[int | None, float]:
    """Stage and alpha from `lod`, which counts doublings from the full resolution down to the present one."""
    lod = min(max(float(state.get("lod", 0.0)), 0.0), config.stages - 1.0)
    missing = math.floor(lod)
    return (config.stages - 1 - missing if missing else None), 1.0 - (lod - missing)


def generator(state: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> GeneratorConfig:
    """The config of `G_paper`; raises KeyError where a tensor is missing."""
    sides = _sides(state, settings)
    labels = int(settings.get("label_size", 0))
    return GeneratorConfig(
        side=sides[-1],
        latent=state["4x4/Dense/weight"].shape[0] - labels,
        channels=tuple(state[f"ToRGB_lod{lod}/weight"].shape[2] for lod in reversed(range(len(sides)))),
        image_channels=len(state["ToRGB_lod0/bias"]),
        labels=labels,
        normalize_latent=settings.get("normalize_latents", True),
        pixel_norm=settings.get("use_pixelnorm", True),
        leak=0.2 if settings.get("use_leakyrelu", True) else 0.0,
        fused_up=not any(name.endswith("/Conv0/weight") for name in state),
    )


def discriminator(state: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> DiscriminatorConfig:
    """The config of `D_paper`; raises KeyError where a tensor is missing."""
    sides = _sides(state, settings)
    channels = tuple(len(state[f"FromRGB_lod{lod}/bias"]) for lod in reversed(range(len(sides))))
    has_stddev = state["4x4/Conv/weight"].shape[2] > channels[0]
    return DiscriminatorConfig(
        side=sides[-1],
        channels=channels,
        dense=len(state["4x4/Dense0/bias"]),
        image_channels=state["FromRGB_lod0/weight"].shape[2],
        labels=len(state["4x4/Dense1/bias"]) - 1,
        stddev_group=int(settings.get("mbstd_group_size", 4)) if has_stddev else 0,
        fused_down=any(name.endswith("/Conv1_down/weight") for name in state),
    )


def generator_pairs(config: GeneratorConfig) -> Iterator[Pair]:
    """The weight map of `G_paper`, with or without `fused_scale`."""
    width, latent = config.channels[0], config.latent + config.labels
    kernel = chain(reshape((latent, 16 * width), (latent, width, 4, 4)), transpose(0, 2, 3, 1))
    yield from _layer("b4_dense", "4x4/Dense", kernel)
    yield from _layer("b4_conv0", "4x4/Conv")
    for level, (side, width) in enumerate(zip(config.sides, config.channels, strict=True)):
        if level:
            up, op = ("Conv0_up", _TURNED) if config.fused_up else ("Conv0", KEEP)
            yield from _layer(f"b{side}_conv0", f"{side}x{side}/{up}", op)
            yield from _layer(f"b{side}_conv1", f"{side}x{side}/Conv1")
        lod = config.stages - 1 - level
        yield from _layer(f"b{side}_to_rgb", f"ToRGB_lod{lod}", _pointwise(width, config.image_channels))


def discriminator_pairs(config: DiscriminatorConfig) -> Iterator[Pair]:
    """The weight map of `D_paper`."""
    for level, (side, width) in enumerate(zip(config.sides, config.channels, strict=True)):
        lod = config.stages - 1 - level
        yield from _layer(f"b{side}_from_rgb", f"FromRGB_lod{lod}", _pointwise(config.image_channels, width))
        if level:
            down = "Conv1_down" if config.fused_down else "Conv1"
            yield from _layer(f"b{side}_conv0", f"{side}x{side}/Conv0")
            yield from _layer(f"b{side}_conv1", f"{side}x{side}/{down}")
    width, dense = config.channels[0], config.dense
    flat = chain(
        reshape((16 * width, dense), (width, 4, 4, dense)),
        transpose(1, 2, 0, 3),
        reshape((4, 4, width, dense), (16 * width, dense)),
    )
    yield from _layer("b4_conv0", "4x4/Conv")
    yield from _layer("b4_dense0", "4x4/Dense0", flat)
    yield from _layer("b4_dense1", "4x4/Dense1")


def _layer(target: str, source: str, kernel: Op = KEEP) -> Iterator[Pair]:
    yield Pair(f"params/{target}/kernel", f"{source}/weight", kernel)
    yield Pair(f"params/{target}/bias", f"{source}/bias")


def _pointwise(inputs: int, outputs: int) -> Op:
    """A 1x1 convolution as a dense layer."""
    return reshape((1, 1, inputs, outputs), (inputs, outputs))


def _sides(state: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> list[int]:
    if not settings.get("use_wscale", True) or settings.get("pixelnorm_epsilon", 1e-8) != 1e-8:
        raise CheckpointError(
            "The file was made with use_wscale=False or another pixelnorm_epsilon: ganjax does not have that."
        )
    return sorted({int(name.split("x")[0]) for name in state if name[0].isdigit()})
