"""The memory against its equations, sequence by sequence; against PyTorch's in tests/models/test_damsm.py."""

import jax
import numpy as np

from ganjax.nn.lstm import BidirectionalLstm


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def one_way(weights: dict[str, np.ndarray], way: str, sequence: np.ndarray) -> list[np.ndarray]:
    """The states after each item (Gers et al. 2000), in float64."""
    state = memory = np.zeros(len(weights[f"{way}_state_kernel"]))
    states = []
    for item in sequence:
        gates = item @ weights[f"{way}_input_kernel"] + weights[f"{way}_input_bias"]
        gates = gates + state @ weights[f"{way}_state_kernel"] + weights[f"{way}_state_bias"]
        take, keep, new, show = np.split(gates, 4)
        memory = sigmoid(keep) * memory + sigmoid(take) * np.tanh(new)
        state = sigmoid(show) * np.tanh(memory)
        states.append(state)
    return states


def test_each_direction_follows_the_equations_to_its_own_end() -> None:
    rng, net = np.random.default_rng(0), BidirectionalLstm(3)
    x, counts = rng.standard_normal((4, 5, 2)), np.array([5, 2, 1, 3])
    shapes = jax.eval_shape(net.init, jax.random.key(0), x.astype(np.float32), counts)
    weights = jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape), shapes)["params"]
    expected, ends = np.zeros((4, 5, 6)), np.zeros((4, 6))
    for i, count in enumerate(counts):
        there = one_way(weights, "forward", x[i, :count])
        back = one_way(weights, "backward", x[i, :count][::-1])
        expected[i, :count] = np.concatenate([there, back[::-1]], -1)
        ends[i] = np.concatenate([there[-1], back[-1]])
    small = jax.tree.map(np.float32, weights)
    states, last = jax.jit(net.apply)({"params": small}, x.astype(np.float32), counts)
    np.testing.assert_allclose(states, expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(last, ends, rtol=0, atol=1e-6)
