"""Reference vectors of the networks of super-resolution, and comparing with them."""

import json
from pathlib import Path
from typing import Any

import jax
import numpy as np

GOLDEN = Path(__file__).parents[1] / "golden"

# Everything here runs once or twice: compiling quickly counts more than running quickly.
QUICK = {"xla_backend_optimization_level": 0}


class Case:
    """A case of shared/golden, to the tolerance of its README.md."""

    def __init__(self, folder: Path):
        self.file = folder / "checkpoint.pth"
        self.arrays = np.load(folder / "io.npz")
        self.meta = json.loads((folder / "meta.json").read_text())

    def __getitem__(self, name: str) -> np.ndarray:
        """An array, pictures as NHWC."""
        array = self.arrays[name]
        return array.transpose(0, 2, 3, 1) if array.ndim == 4 else array

    def check(self, name: str, result: Any) -> None:
        reference = self[name]
        rounding = self.meta["arrays"][name].get("float32_vs_float64_max_abs", 0.0)
        atol = 5e-5 * np.abs(reference).max() + 10 * rounding
        np.testing.assert_allclose(result, reference, rtol=0, atol=atol, err_msg=name)


class Own:
    """The arrays of a file of tests/golden, to 5e-5 of the largest value."""

    def __init__(self, name: str):
        self.arrays = np.load(GOLDEN / f"{name}.npz")

    def __getitem__(self, name: str) -> np.ndarray:
        """An array; pictures that go in, which are written as quarters, as float32."""
        array = self.arrays[name]
        return array.astype(np.float32) / 4 if name.startswith("x_") else array

    def check(self, name: str, result: Any) -> None:
        reference = self[name]
        atol = 5e-5 * np.abs(reference).max()
        np.testing.assert_allclose(result, reference, rtol=0, atol=atol, err_msg=name)


def run(model: Any, x: np.ndarray) -> jax.Array:
    """The network as published."""
    return jax.jit(model.net.apply, compiler_options=QUICK)(model.variables, x)


def use_and_train(model: Any, x: np.ndarray, collection: str) -> tuple[jax.Array, jax.Array, Any]:
    """What the network gives in use and in training, and its buffers after the latter."""

    def apply(variables: Any, x: Any) -> Any:
        trained, changed = model.net.apply(variables, x, train=True, mutable=[collection])
        return model.net.apply(variables, x), trained, changed[collection]

    return jax.jit(apply, compiler_options=QUICK)(model.variables, x)
