"""Makes tests/golden/torch_*.pth: one content in both containers of torch.save, with every type.

    python scripts/golden/torch_file.py

Needs PyTorch. The values are counted up, so that the test knows them without a file of its own.
"""

import collections
import pathlib

import torch

OUT = pathlib.Path(__file__).parents[2] / "tests" / "golden"
TYPES = [
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128", "bool"),
    *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
    *("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz"),
]


def content() -> dict[str, object]:
    """Tensors that are views of one storage, tensors of every type, and what may lie around them."""
    whole = torch.arange(24, dtype=torch.float32)
    parameter = torch.nn.Parameter(whole[:4].clone())
    parameter.note = "kept with the parameter"  # torch then writes it in another way
    state = collections.OrderedDict(weight=whole[2:8].view(2, 3), bias=whole[8:10])
    state._metadata = {"": {"version": 1}}
    return {
        "whole": whole,
        "part": whole[20:],
        "transposed": whole.view(2, 3, 4).permute(2, 0, 1),
        "every second": whole[::2],
        "expanded": whole[:2, None].expand(2, 3),
        "channels last": whole.view(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
        "number": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(whole[:4].clone()),
        "parameter with a note": parameter,
        "state": state,
        "size": whole.view(2, 12).shape,
        "types": {name: torch.arange(4).to(getattr(torch, name)) for name in TYPES},
    }


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    torch.save(content(), OUT / "torch_zip.pth")
    torch.save(content(), OUT / "torch_stream.pth", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
