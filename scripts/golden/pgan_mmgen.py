"""Makes tests/golden/pgan_mmgen_*: tiny files as mmgeneration writes them, and what their networks give.

    python scripts/golden/pgan_mmgen.py

Needs PyTorch. The networks (open-mmlab/mmgeneration, models/architectures/pggan, on the layers of mmcv) are
evaluated by the plain definition of each layer, in float64. The classes themselves, on mmcv of April 2021,
give the same numbers to 1e-6.
"""

import torch
import torch.nn.functional as F
from pgan import OUT, ROOT_2, act, inputs, spread, write

State = dict[str, torch.Tensor]


def main() -> None:
    torch.manual_seed(0)
    mmgen("pgan_mmgen_fused", side=16, base=32, most=6, now=16, weight=0.6, fused=True)
    mmgen("pgan_mmgen_unfused", side=16, base=32, most=6, now=8, weight=1.0, fused=False)


def mmgen(name: str, *, side: int, base: int, most: int, now: int, weight: float, fused: bool) -> None:
    """A file of ProgressiveGrowingGAN (models/gans) grown to `now`, the newest block faded in by `weight`."""
    sides = [4 << i for i in range(side.bit_length() - 2)]
    width = {s: min(2 * base // s, most) for s in (2, *sides)}  # the paper's rule
    latent = 7
    given = inputs(latent, 0, 3, now)
    g, raw = (generator(latent, sides, width, fused) for _ in range(2))
    d = critic(sides, width)
    shown = [s for s in sides if s <= now]
    write(
        name,
        {
            **given,
            "generator": draw(g, given["z"], shown, weight, fused),
            "generator_raw": draw(raw, given["z"], shown, weight, fused),
            "discriminator": score(d, given["x"], shown, weight),
            "discriminator_batch_3": score(d, given["x"][:3], shown, weight),
        },
    )
    numbers = {
        "shown_nkimg": torch.tensor(3.5),
        "_curr_transition_weight": torch.tensor(weight),
        "_next_scale_int": torch.tensor(now, dtype=torch.int32),
        "_curr_scale_int": torch.tensor(now, dtype=torch.int32),
    }
    parts = {"generator": raw, "discriminator": d, "generator_ema": g}
    state = numbers | {f"{part}.{key}": value for part, net in parts.items() for key, value in net.items()}
    torch.save({"meta": {"mmgen_version": "0.1.0", "iter": 7}, "state_dict": state}, OUT / f"{name}.pth")


def layer(name: str, *shape: int, bias: int) -> State:
    return {f"{name}.bias": torch.randn(bias), f"{name}.weight_orig": torch.randn(*shape)}


def generator(latent: int, sides: list[int], width: dict[int, int], fused: bool) -> State:
    state = {"noise2feat.bias": torch.randn(1, width[4], 1, 1)}
    state["noise2feat.linear.weight_orig"] = torch.randn(16 * width[4], latent)
    state |= layer("conv_blocks.0.conv", width[4], width[4], 3, 3, bias=width[4])
    for i, s in enumerate(sides):
        state |= layer(f"torgb_layers.{i}.conv", 3, width[s], 1, 1, bias=3)
        if s > 4:
            ends = (width[s // 2], width[s]) if fused else (width[s], width[s // 2])
            state |= layer(f"conv_blocks.{2 * i - 1}.conv", *ends, 3, 3, bias=width[s])
            state |= layer(f"conv_blocks.{2 * i}.conv", width[s], width[s], 3, 3, bias=width[s])
    return state


def critic(sides: list[int], width: dict[int, int]) -> State:
    state = layer("conv_blocks.0.conv", width[4], width[4], 3, 3, bias=width[4])  # never used
    for i, s in enumerate(sides):
        state |= layer(f"fromrgb_layers.{i}.conv", width[s], 3, 1, 1, bias=width[s])
        if s > 4:
            state |= layer(f"conv_blocks.{2 * i - 1}.conv", width[s], width[s], 3, 3, bias=width[s])
            state |= layer(f"conv_blocks.{2 * i}.conv", width[s // 2], width[s], 3, 3, bias=width[s // 2])
    state |= layer("decision.linear0", width[2], 16 * (width[4] + 1), bias=width[2])
    return state | layer("decision.linear1", 1, width[2], bias=1)


def scaled(v: State, name: str, gain: float = ROOT_2) -> torch.Tensor:
    """torch takes the second axis for the inputs; a transposed convolution has its outputs there."""
    w = v[f"{name}.weight_orig"].double()
    return w * gain / w[0].numel() ** 0.5


def bias(v: State, name: str) -> torch.Tensor:
    return v[f"{name}.bias"].double()


def conv(v: State, name: str, x: torch.Tensor, gain: float = ROOT_2) -> torch.Tensor:
    w = scaled(v, name, gain)
    return F.conv2d(x, w, bias(v, name), padding=w.shape[-1] // 2)


def box(w: torch.Tensor) -> torch.Tensor:
    """The 4x4 kernel that joins a 3x3 one, [., ., 3, 3], with a 2x2 box."""
    return spread(w.permute(2, 3, 0, 1)).permute(2, 3, 0, 1)


def norm(x: torch.Tensor, epsilon: float = 1e-5) -> torch.Tensor:
    """1e-5 is mmcv's default for any norm layer (cnn/bricks/norm.py); the latent has another, 1e-6."""
    return x / (x.square().mean(1, keepdim=True).sqrt() + epsilon)


@torch.no_grad()
def draw(v: State, z: torch.Tensor, sides: list[int], weight: float, fused: bool) -> torch.Tensor:
    x = norm(z.double(), 1e-6) @ scaled(v, "noise2feat.linear", ROOT_2 / 4).T
    x = norm(act(x.reshape(len(x), -1, 4, 4) + v["noise2feat.bias"].double()))
    x = norm(act(conv(v, "conv_blocks.0.conv", x)))
    images = [conv(v, "torgb_layers.0.conv", x, 1.0)]
    for i in range(1, len(sides)):
        name = f"conv_blocks.{2 * i - 1}.conv"
        if fused:
            x = F.conv_transpose2d(x, box(scaled(v, name)), bias(v, name), stride=2, padding=1)
        else:
            x = conv(v, name, F.interpolate(x, scale_factor=2))
        x = norm(act(conv(v, f"conv_blocks.{2 * i}.conv", norm(act(x)))))
        images.append(conv(v, f"torgb_layers.{i}.conv", x, 1.0))
    if len(images) == 1:
        return images[0]
    older = F.interpolate(images[-2], scale_factor=2)
    return older + weight * (images[-1] - older)


@torch.no_grad()
def score(v: State, image: torch.Tensor, sides: list[int], weight: float) -> torch.Tensor:
    image, top = image.double(), len(sides) - 1
    x = act(conv(v, f"fromrgb_layers.{top}.conv", image))
    for i in range(top, 0, -1):
        x = act(conv(v, f"conv_blocks.{2 * i - 1}.conv", x))
        name = f"conv_blocks.{2 * i}.conv"
        x = act(F.conv2d(x, box(scaled(v, name)) / 4, bias(v, name), stride=2, padding=1))
        if i == top:
            older = act(conv(v, f"fromrgb_layers.{i - 1}.conv", F.avg_pool2d(image, 2)))
            x = older + weight * (x - older)
    group = min(4, len(x))
    members = x.reshape(group, -1, *x.shape[1:])  # sample n is in group n modulo the number of groups
    deviation = (members.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
    channel = deviation.repeat(group).reshape(-1, 1, 1, 1).expand(-1, 1, 4, 4)
    x = torch.cat([x, channel], 1).flatten(1)
    x = act(F.linear(x, scaled(v, "decision.linear0"), bias(v, "decision.linear0")))
    return F.linear(x, scaled(v, "decision.linear1", 1.0), bias(v, "decision.linear1"))


if __name__ == "__main__":
    main()
