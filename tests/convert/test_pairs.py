import jax
import numpy as np
import pytest

from ganjax.convert.pairs import KEEP, Op, Pair, chain, dump, flip, left_out, load, reshape, transpose
from ganjax.core.errors import CheckpointError

OPS = [
    KEEP,
    transpose(2, 3, 1, 0),
    reshape((2, 3, 4, 5), (6, 20)),
    flip(0, 2),
    chain(transpose(0, 1, 3, 2), flip(0, 1)),
    chain(reshape((2, 3, 4, 5), (6, 4, 5)), transpose(1, 2, 0), reshape((4, 5, 6), (20, 6))),
]


@pytest.mark.parametrize("op", OPS)
def test_every_operation_can_be_taken_back(op: Op) -> None:
    x = np.arange(120).reshape(2, 3, 4, 5)
    np.testing.assert_array_equal(op.undo(op.apply(x)), x)


def test_operations_do_what_they_say() -> None:
    x = np.arange(120).reshape(2, 3, 4, 5)
    np.testing.assert_array_equal(transpose(2, 3, 1, 0).apply(x), np.einsum("abcd->cdba", x))
    np.testing.assert_array_equal(flip(0, 2).apply(x), x[::-1, :, ::-1])
    np.testing.assert_array_equal(chain(flip(0), transpose(1, 0, 2, 3)).apply(x), x[::-1].swapaxes(0, 1))


MAP = [
    Pair("params/a/kernel", "first.weight", transpose(1, 0)),
    Pair("params/a/bias", "first.bias"),
    Pair("batch_stats/mean", "mean"),
]
STATE = {
    "first.weight": np.arange(6.0).reshape(2, 3),
    "first.bias": np.arange(2.0),
    "mean": np.float64(7).reshape(()),
    "count": np.zeros(1),
}
SHAPES = {
    "params": {
        "a": {
            "kernel": jax.ShapeDtypeStruct((3, 2), np.float32),
            "bias": jax.ShapeDtypeStruct((2,), np.float32),
        }
    },
    "batch_stats": {"mean": jax.ShapeDtypeStruct((), np.float32)},
}
IGNORE = {"cou*": "a counter that nothing reads"}


def test_load_fills_the_tree_and_dump_gives_the_tensors_back() -> None:
    variables = load(MAP, STATE, SHAPES, ignore=IGNORE)
    kernel = variables["params"]["a"]["kernel"]
    assert kernel.dtype == np.float32
    np.testing.assert_array_equal(kernel, STATE["first.weight"].T)
    assert variables["batch_stats"]["mean"].shape == () and variables["batch_stats"]["mean"] == 7
    for name, tensor in dump(MAP, variables).items():
        np.testing.assert_array_equal(tensor, STATE[name])
    assert dump(MAP, variables).keys() == STATE.keys() - {"count"}


@pytest.mark.parametrize(
    ("pairs", "state", "message"),
    [
        (MAP[:2], STATE, "leaf batch_stats/mean is given no tensor; tensor mean .* has no place"),
        ([*MAP, MAP[1]], STATE, "leaf params/a/bias is filled 2 times"),
        ([*MAP, Pair("params/b", "count")], STATE, "no leaf params/b for tensor count"),
        (MAP, {**STATE, "extra": np.zeros(3)}, r"tensor extra \[3\] has no place"),
        (
            MAP,
            {k: v for k, v in STATE.items() if k != "mean"},
            "mean waits for tensor mean, which is not there",
        ),
        (MAP, {**STATE, "first.weight": np.zeros((3, 3))}, r"first.weight \[3, 3\] does not fit .*\[3, 2\]"),
        (MAP, {**STATE, "first.weight": np.zeros(6)}, "first.weight .* does not fit"),
        ([Pair("params/a/bias", "mean", reshape((2,), (2,)))], STATE, r"\[\] where \[2\] is expected"),
    ],
)
def test_whatever_is_left_over_on_either_side_is_named(
    pairs: list[Pair], state: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(CheckpointError, match=message):
        load(pairs, state, SHAPES, ignore=IGNORE)


def test_all_faults_are_listed_at_once() -> None:
    with pytest.raises(CheckpointError) as error:
        load(MAP, {"other": np.zeros(1)}, SHAPES)
    for name in ("other", "first.weight", "first.bias", "mean"):
        assert name in str(error.value)


def test_where_only_the_layout_changes_nothing_is_copied() -> None:
    state = {**STATE, "first.weight": STATE["first.weight"].astype(np.float32)}
    kernel = load(MAP, state, SHAPES, ignore=IGNORE)["params"]["a"]["kernel"]
    assert np.shares_memory(kernel, state["first.weight"])


def test_a_tensor_may_have_another_name_in_other_files() -> None:
    renamed = [Pair("params/a/bias", "newer.bias", also=("first.bias",)), *(MAP[0], MAP[2])]
    bias = load(renamed, STATE, SHAPES, ignore=IGNORE)["params"]["a"]["bias"]
    np.testing.assert_array_equal(bias, STATE["first.bias"])
    assert "newer.bias" in dump(renamed, load(MAP, STATE, SHAPES, ignore=IGNORE))
    with pytest.raises(CheckpointError, match=r"tensor first.bias \[2\] has no place"):
        load(renamed, {**STATE, "newer.bias": STATE["first.bias"]}, SHAPES, ignore=IGNORE)


def test_whole_numbers_and_complex_ones_are_no_weights() -> None:
    for dtype in (np.int8, np.complex64):
        state = {**STATE, "first.bias": STATE["first.bias"].astype(dtype)}
        with pytest.raises(CheckpointError, match=f"its values are {np.dtype(dtype)}, not floating point"):
            load(MAP, state, SHAPES, ignore=IGNORE)


def test_what_is_left_out_has_its_reason() -> None:
    assert left_out(MAP, {**STATE, "extra": np.zeros(3)}, IGNORE) == {"count": IGNORE["cou*"], "extra": None}


def test_dump_refuses_a_map_of_another_network() -> None:
    variables = load(MAP, STATE, SHAPES, ignore=IGNORE)
    with pytest.raises(CheckpointError, match="batch_stats/mean"):
        dump(MAP[:2], variables)


def test_a_message_stays_readable_whatever_the_tensors_are_called() -> None:
    state = {f"{i}{'x' * 1000}": np.zeros(1) for i in range(100)}
    with pytest.raises(
        CheckpointError, match=r"tensor 0xxx.*; tensor 39x.*x\.\.\.; and 60 more\.$"
    ) as caught:
        load([], state, {})
    assert len(str(caught.value)) < 10_000
