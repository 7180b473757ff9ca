"""Wrappers as the codes of others put them around their tensors; each case is named after its code."""

import numpy as np
import pytest

from ganjax.convert.tf_pickle import Network
from ganjax.convert.unpickle import Record
from ganjax.convert.wrappers import Peeled, entries, left_aside, peel
from ganjax.core.errors import CheckpointError

W = np.ones((2, 3), np.float32)
NUMBER = np.array(0.5, np.float32)


def seen(content: object) -> list[tuple[str, str | None, bool | None, list[str]]]:
    return [(each.place, each.kind, each.averaged, list(each.state)) for each in peel(content)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param({"a.weight": W}, [("", None, None, ["a.weight"])], id="a state dict"),
        pytest.param({"module.a.weight": W}, [("module", None, None, ["a.weight"])], id="DataParallel"),
        pytest.param(
            {"config": Record("c.C", {}), "netG": {"a": W}, "avgG": {"a": W}, "netD": {"b": W}},
            [
                ("netG", "generator", False, ["a"]),
                ("avgG", "generator", True, ["a"]),
                ("netD", "discriminator", None, ["b"]),
            ],
            id="pytorch_GAN_zoo",
        ),
        pytest.param(
            {
                "meta": {"iter": 3},
                "state_dict": {"generator.a": W, "generator_ema.a": W, "discriminator.b": W},
                "optimizer": {"generator": {"state": {0: {"exp_avg": W}}}},
            },
            [
                ("state_dict/generator", "generator", False, ["a"]),
                ("state_dict/generator_ema", "generator", True, ["a"]),
                ("state_dict/discriminator", "discriminator", None, ["b"]),
            ],
            id="mmgeneration",
        ),
        pytest.param(
            {"params": {"a": W}, "params_ema": {"module.a": W}},
            [("params", None, False, ["a"]), ("params_ema/module", None, True, ["a"])],
            id="BasicSR",
        ),
        pytest.param(
            {
                "model": {"netG": {"module.a": W}, "netD": {"module.b": W}, "netC": {"module.c": W}},
                "optimizers": {"state": {"0": W}},
            },
            [
                ("model/netG/module", "generator", False, ["a"]),
                ("model/netD/module", "discriminator", None, ["b", "c"]),
            ],
            id="DF-GAN",
        ),
        pytest.param({"netG.a": W}, [("netG", "generator", False, ["a"])], id="flattened"),
        pytest.param(Record("torch.nn.Module", {"a": W}), [], id="a pickled module"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_wrappers_are_peeled(content: object, expected: list[object]) -> None:
    assert seen(content) == expected


def test_only_known_heads_of_names_are_wrappers() -> None:
    """pix2pix calls its layers model.model.0 and so on."""
    assert seen({"model.0.weight": W, "modules.0": W}) == [("", None, None, ["model.0.weight", "modules.0"])]


def test_states_of_optimisers_are_left_aside_and_told_once() -> None:
    state = {"state": {0: {"exp_avg": W, "step": 3}, 1: {"exp_avg": W}}, "param_groups": [{"lr": 0.1}]}
    content = {
        "epoch": 3,
        "optimizer": {"generator": state},  # mmgeneration
        "model": {"netG": {"a": W}, "optimizer_G": state, "optimiser": {}},
        "optim": W,  # a tensor of that name is no state
    }
    assert [each.place for each in peel(content)] == ["model/netG", ""]
    assert left_aside(content).keys() == {"optimizer", "model/optimizer_G"}
    assert set(left_aside(content).values()) == {"the state of an optimiser, which only training needs"}
    assert left_aside({"netG": {"optim.weight": W}}) == {}


def test_settings_are_those_around_the_network() -> None:
    content = {"config": Record("c.C", {"alpha": 0.3}), "netG": {"a": W}}
    assert peel(content) == (Peeled("netG", content["netG"], {"alpha": 0.3}, "generator", False),)


def test_numbers_beside_networks_are_settings_and_inside_them_tensors() -> None:
    content = {"state_dict": {"generator.a": W, "generator.count": NUMBER, "scale": NUMBER, "stray": W}}
    stray, network = sorted(peel(content), key=lambda each: each.place)
    assert (stray.place, list(stray.state)) == ("state_dict", ["stray"])
    assert list(network.state) == ["a", "count"] and network.settings == {"scale": 0.5}


@pytest.mark.parametrize("names", ["G D Gs", "G_paper D_paper G_paper"])
def test_pickled_networks_are_known_by_function_and_order(names: str) -> None:
    functions = ("G_paper", "D_paper", "G_paper")
    networks = tuple(
        Network(name, function, {"i": i}, {"w": W})
        for i, (name, function) in enumerate(zip(names.split(), functions, strict=True))
    )
    found = {each.place: (each.kind, each.averaged, each.settings) for each in peel(networks)}
    assert found == {
        "G": ("generator", False, {"i": 0}),
        "D": ("discriminator", None, {"i": 1}),
        "Gs": ("generator", True, {"i": 2}),
    }
    assert {"G/w", "D/w", "Gs/w"} < entries(networks).keys()
    alone = peel(networks[:1])
    assert [(each.place, each.averaged) for each in alone] == [("G", False)]


def test_entries_have_the_path_that_they_have_in_the_file() -> None:
    content = {"epoch": 3, "state_dict": {"generator.a": W}, "list": [W, "text"]}
    assert list(entries(content)) == ["epoch", "state_dict/generator.a", "list/0", "list/1"]


def test_names_that_no_weight_file_has_are_refused_before_they_are_peeled() -> None:
    content = {"module." * 100_000 + "weight": np.zeros(1)}
    for read in (entries, left_aside, peel):
        with pytest.raises(CheckpointError, match="name of 700,006 letters"):
            read(content)


def test_many_groups_are_told_apart() -> None:
    content = {f"net{i}": {"weight": np.zeros(1)} for i in range(20_000)}
    assert len(peel(content)) == 20_000
