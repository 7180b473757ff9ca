"""Makes tests/golden/enlightengan*: tiny files in the names of VITA-Group/EnlightenGAN, and what they give.

    python scripts/golden/enlightengan.py

Needs PyTorch. The generator (models/networks.py, Unet_resize_conv) is evaluated by the plain definition of
each layer, the discriminators (NoNormDiscriminator, NLayerDiscriminator) as the sequences that they are, in
float64. The generator has three sizes where the published one has five.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

OUT = Path(__file__).parents[2] / "tests" / "golden"
WIDTHS = (4, 6, 8)
State = dict[str, torch.Tensor]


@torch.no_grad()
def main() -> None:
    torch.manual_seed(0)
    arrays = {}
    state = generator()
    save("enlightengan_generator", state)
    for size in ((8, 12), (11, 18)):
        x = (torch.rand(2, 3, *size) * 2 - 1).half().float()  # few bits take little room
        name = "x".join(map(str, size))
        arrays[f"input_{name}"] = x
        for aligned in (True, False):
            result = enhance(state, x.double(), aligned)
            arrays[f"output_{name}_{aligned}"], arrays[f"residual_{name}_{aligned}"] = result
    for name, norm in (("plain", False), ("instance", True)):
        sequence = discriminator(3, 2, norm)
        save(f"enlightengan_{name}", {f"model.{key}": value for key, value in sequence.state_dict().items()})
        x = (torch.rand(2, 3, 30, 37) * 2 - 1).half().float()
        arrays[f"input_{name}"], arrays[f"output_{name}"] = x, sequence.double()(x.double())
    arrays = {name: each.permute(0, 2, 3, 1).numpy() for name, each in arrays.items()}
    np.savez_compressed(OUT / "enlightengan.npz", **{k: v.astype(np.float32) for k, v in arrays.items()})


def save(name: str, state: State) -> None:
    torch.save({f"module.{key}": value for key, value in state.items()}, OUT / f"{name}.pth")


def generator() -> State:
    state: State = {}
    depth = len(WIDTHS)
    for number in range(1, 2 * depth):
        width = WIDTHS[depth - 1 - abs(number - depth)]
        inputs = 4 if number == 1 else WIDTHS[number - 2] if number <= depth else 2 * width
        state |= conv(f"conv{number}_1", inputs, width) | norm(f"bn{number}_1", width)
        state |= conv(f"conv{number}_2", width, width)
        if number < 2 * depth - 1:
            state |= norm(f"bn{number}_2", width)
        if depth <= number < 2 * depth - 1:
            state |= conv(f"deconv{number}", width, WIDTHS[2 * depth - 2 - number])
    return state | conv(f"conv{2 * depth}", WIDTHS[0], 3, 1)


def conv(name: str, inputs: int, outputs: int, size: int = 3) -> State:
    weight = torch.randn(outputs, inputs, size, size) * (2 / inputs) ** 0.5 / size
    return {f"{name}.weight": weight, f"{name}.bias": 0.2 * torch.randn(outputs)}


def norm(name: str, width: int) -> State:
    return {
        f"{name}.weight": 0.6 + 0.8 * torch.rand(width),
        f"{name}.bias": 0.2 * torch.randn(width),
        f"{name}.running_mean": 0.2 * torch.randn(width),
        f"{name}.running_var": 0.5 + torch.rand(width),
        f"{name}.num_batches_tracked": torch.tensor(1),
    }


def enhance(state: State, x: torch.Tensor, aligned: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """The result and what was added, for images of any size."""
    v = {key: value.double() for key, value in state.items()}
    depth = len(WIDTHS)

    def convolved(name: str, x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x, v[f"{name}.weight"], v[f"{name}.bias"], padding=v[f"{name}.weight"].shape[-1] // 2)

    def layer(name: str, x: torch.Tensor) -> torch.Tensor:
        x, bn = F.leaky_relu(convolved(f"conv{name}", x), 0.2), f"bn{name}"
        if f"{bn}.weight" not in v:
            return x
        statistics = v[f"{bn}.running_mean"], v[f"{bn}.running_var"]
        return F.batch_norm(x, *statistics, v[f"{bn}.weight"], v[f"{bn}.bias"])

    h, w = x.shape[2:]
    gap_h, gap_w = (-side % 2 ** (depth - 1) for side in (h, w))
    top, left = gap_h // 2, gap_w // 2
    x = F.pad(x, (left, gap_w - left, top, gap_h - top), mode="reflect")
    r, g, b = (x + 1).split(1, 1)
    dark = [1 - (0.299 * r + 0.587 * g + 0.114 * b) / 2]
    for _ in range(depth - 1):
        dark.append(F.max_pool2d(dark[-1], 2))
    y, skips = torch.cat([x, dark[0]], 1), []
    for number in range(1, depth):
        skips.append(layer(f"{number}_2", layer(f"{number}_1", y)))
        y = F.max_pool2d(skips[-1], 2)
    y = layer(f"{depth}_2", layer(f"{depth}_1", y) * dark[-1])
    for number in range(depth + 1, 2 * depth):
        level = 2 * depth - 1 - number
        y = F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=aligned)
        y = torch.cat([convolved(f"deconv{number - 1}", y), skips[level] * dark[level]], 1)
        y = layer(f"{number}_2", layer(f"{number}_1", y))
    residual = convolved(f"conv{2 * depth}", y) * dark[0]
    inside = slice(top, top + h), slice(left, left + w)
    return (x + residual)[:, :, *inside], residual[:, :, *inside]


def discriminator(width: int, layers: int, norm: bool) -> nn.Sequential:
    sequence: list[nn.Module] = []
    inputs = 3
    for i in range(layers + 1):
        outputs = width * 2**i
        sequence.append(nn.Conv2d(inputs, outputs, 4, 2 if i < layers else 1, 2))
        sequence += [nn.InstanceNorm2d(outputs)] if norm and i else []
        sequence.append(nn.LeakyReLU(0.2))
        inputs = outputs
    return nn.Sequential(*sequence, nn.Conv2d(inputs, 1, 4, 1, 2))


if __name__ == "__main__":
    main()
