"""Configs from JSON: values of another type than the field has are refused, since JAX takes many of them."""

import dataclasses
from typing import Any, Literal

import pytest

from ganjax.core.configs import from_dict, to_dict
from ganjax.core.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Inner:
    gain: float = 1.0


@dataclasses.dataclass(frozen=True)
class Config:
    side: int = 4
    leak: float = 0.2
    bias: bool = True
    name: str = ""
    dtype: Literal["float32", "bfloat16"] = "float32"
    activation: Literal["tanh"] | None = None
    channels: tuple[int, ...] = (1, 2)
    inner: Inner = Inner()


@pytest.mark.parametrize("config", [Config(), Config(8, 1, False, "a", "bfloat16", "tanh", (), Inner(2))])
def test_a_config_comes_back(config: Config) -> None:
    assert from_dict(Config, to_dict(config)) == config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("side", 4.0),
        ("side", True),
        ("side", None),
        ("leak", "0.2"),
        ("leak", False),
        ("bias", 1),
        ("name", None),
        ("dtype", None),
        ("dtype", "float64"),
        ("activation", "relu"),
        ("channels", [1, "2"]),
        ("channels", "12"),
        ("inner", 1),
        ("inner", {"gain": []}),
    ],
)
def test_another_type_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=r"is no |is none of "):
        from_dict(Config, {name: value})
