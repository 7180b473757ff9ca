"""Spectral norm, against NumPy's singular values and the power iteration written out."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.nn.spectral import SpectralConv

# Everything here runs a few times: compiling quickly counts more than running quickly.
QUICK = {"xla_backend_optimization_level": 0}


def layer(size: int) -> tuple[SpectralConv, Any, np.ndarray]:
    """A layer, its variables, and an image that gives back the kernel, turned round."""
    module, x = SpectralConv(4, size), np.zeros((1, 4, 4, 3), np.float32)
    x[:, 1, 1, :] = 1
    return module, jax.jit(module.init, compiler_options=QUICK)(jax.random.key(0), x), x


@pytest.mark.parametrize("size", [3, 4])
def test_the_iteration_comes_to_the_largest_singular_value(size: int) -> None:
    module, variables, x = layer(size)

    def step(variables: Any, x: np.ndarray) -> Any:
        return module.apply(variables, x, train=True, mutable=["spectral"])

    quick = jax.jit(step, compiler_options=QUICK)
    for _ in range(60):
        _, changed = quick(variables, x)
        variables = {**variables, **changed}
    matrix = np.asarray(variables["params"]["kernel"]).reshape(-1, 4)
    largest = np.linalg.svd(matrix, compute_uv=False)[0]
    u, v = variables["spectral"]["u"], variables["spectral"]["v"]
    np.testing.assert_allclose(v @ matrix @ u, largest, rtol=1e-4)
    if size == 3:  # the impulse at (1, 1) meets each tap of the kernel once around it
        kernel = np.asarray(variables["params"]["kernel"]).sum(2)[::-1, ::-1] / largest
        np.testing.assert_allclose(module.apply(variables, x)[0, :3, :3], kernel, rtol=1e-3, atol=1e-5)


def test_one_step_is_v_first_then_u_and_only_in_training() -> None:
    module, variables, x = layer(3)
    matrix = np.asarray(variables["params"]["kernel"]).reshape(-1, 4)
    v = matrix @ np.asarray(variables["spectral"]["u"])
    v /= np.linalg.norm(v)
    u = v @ matrix
    u /= np.linalg.norm(u)
    trained, changed = module.apply(variables, x, train=True, mutable=["spectral"])
    np.testing.assert_allclose(changed["spectral"]["v"], v, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(changed["spectral"]["u"], u, rtol=1e-5, atol=1e-6)
    before, same = module.apply(variables, x, mutable=["spectral"])
    jax.tree.map(np.testing.assert_array_equal, same, {"spectral": variables["spectral"]})
    # The output is that of the vectors after the step, and that of the older ones without it.
    np.testing.assert_allclose(trained, module.apply({**variables, **changed}, x), rtol=1e-5)
    assert np.abs(trained - before).max() > 1e-2


def test_gradients_take_the_vectors_as_constants() -> None:
    module, variables, x = layer(3)
    _, changed = module.apply(variables, x, train=True, mutable=["spectral"])

    def total(params: Any, train: bool) -> jax.Array:
        held = variables if train else {**variables, **changed}
        y, _ = module.apply({**held, "params": params}, x, train=train, mutable=["spectral"])
        return jnp.square(y).sum()

    trained, fixed = (jax.grad(total)(variables["params"], train)["kernel"] for train in (True, False))
    np.testing.assert_allclose(trained, fixed, rtol=1e-4, atol=1e-5)
    assert np.abs(trained).max() > 0.1
