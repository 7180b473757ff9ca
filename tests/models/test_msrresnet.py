"""MSRResNet against the network of BasicSR: scripts/golden/srvgg.py, and shared/golden/basicsr."""

from pathlib import Path
from typing import Literal

import pytest

import ganjax
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.models.msrresnet import convert, net

from .srgan_case import GOLDEN, Case, Own, run


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_file_of_each_scale(scale: Literal[2, 3, 4]) -> None:
    own, model = Own("msrresnet"), ganjax.load(GOLDEN / f"msrresnet_x{scale}.pth")
    assert model.net.config == net.GeneratorConfig(scale, blocks=2, width=4)
    own.check(f"x{scale}", run(model, own["x_small"]))


@pytest.mark.shared
def test_the_reference_vectors(shared: Path) -> None:
    case = Case(shared / "golden" / "basicsr" / "msrresnet_x4")
    case.check("sr", run(ganjax.load(case.file), case["lr"]))


def test_what_it_is_not_is_refused() -> None:
    assert convert.recognise(["conv_first.weight", "body.0.conv1.weight", "conv_last.weight"]) is None  # EDSR
    with pytest.raises(CheckpointError, match="not the tensors of a generator"):
        convert.infer({}, "generator")
    with pytest.raises(UsageError, match="2, 3 or 4 times, not 8"):
        net.GeneratorConfig(scale=8)
