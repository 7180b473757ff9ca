"""SRVGG against the network of Real-ESRGAN: scripts/golden/srvgg.py, and shared/golden/basicsr."""

from pathlib import Path

import jax
import pytest

import ganjax
from ganjax.convert import pairs as engine
from ganjax.convert.container import read_container
from ganjax.convert.wrappers import peel
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.models.srvgg import card, convert, net

from .srgan_case import GOLDEN, Case, Own, run


def test_a_file_with_learned_slopes() -> None:
    own, model = Own("srvgg"), ganjax.load(GOLDEN / "srvgg_prelu.pth")
    assert model.net.config == net.GeneratorConfig(scale=3, convs=2, width=4)
    own.check("prelu", run(model, own["x_small"]))


@pytest.mark.parametrize(("theirs", "ours"), [("relu", "relu"), ("leakyrelu", "leaky_relu")])
def test_the_other_activations(theirs: str, ours: net.Activation) -> None:
    own = Own("srvgg")
    (file,) = peel(read_container(GOLDEN / f"srvgg_{theirs}.pth").content)
    config = convert.infer(file.state, "generator", {"act_type": theirs})
    assert config == net.GeneratorConfig(scale=3, convs=2, width=4, activation=ours)
    module = net.Generator(config)
    shapes = jax.eval_shape(module.init, jax.random.key(0), own["x_small"])
    variables = engine.load(convert.pairs("generator", config), file.state, shapes)
    own.check(theirs, run(ganjax.Model(variables, net=module), own["x_small"]))


def test_an_activation_that_nothing_tells_is_refused() -> None:
    with pytest.raises(CheckpointError, match="nothing tells ReLU from leaky ReLU"):
        ganjax.load(GOLDEN / "srvgg_relu.pth")


@pytest.mark.shared
@pytest.mark.parametrize(("name", "image"), [("srvgg_x4_prelu", ""), ("realesr_animevideov3", "_set5_003")])
def test_the_reference_vectors(shared: Path, name: str, image: str) -> None:
    case = Case(shared / "golden" / "basicsr" / name)
    case.check(f"sr{image}", run(ganjax.load(case.file), case[f"lr{image}"]))


def test_a_twin_is_a_network_of_the_same_shape() -> None:
    rows = {row.name: row for row in card.RELEASES}
    for name, twin in card.TWINS.items():
        assert rows[name].bytes == rows[twin].bytes and "noise" in rows[twin].data


def test_tensors_of_another_network_are_refused() -> None:
    known = ["body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"]
    assert convert.recognise(known) == "generator"
    assert convert.recognise([*known, "conv_last.weight"]) is None
    with pytest.raises(CheckpointError, match="not the tensors of a generator"):
        convert.infer({}, "generator")


def test_a_picture_cannot_shrink() -> None:
    with pytest.raises(UsageError, match="0 times larger"):
        net.GeneratorConfig(scale=0)
