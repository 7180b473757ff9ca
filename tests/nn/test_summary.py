"""The layer table, against sums done by hand from the paper's description of the network."""

import jax
import pytest
from flax import linen as nn

from ganjax.core.trees import count
from ganjax.models.pgan import net
from ganjax.nn.batch_norm import BatchNorm
from ganjax.nn.layers import Conv3x3, HalvingConv4x4
from ganjax.nn.spectral import SpectralConv
from ganjax.nn.summary import Layer, Summary, layers

CHANNELS = (512, 512, 512, 512, 256, 128, 64, 32)  # celebAHQ-512's, at the sides 4 to 512


def outline(part: str, config: str) -> tuple[nn.Module, dict[str, object], tuple[jax.ShapeDtypeStruct, ...]]:
    """A network with shapes for its variables and inputs."""
    config = net.CONFIGS[config][part == "discriminator"]
    network, inputs = net.PARTS[part][1](config), net.example_inputs(part, config, 1)
    return network, jax.eval_shape(lambda *x: network.init(jax.random.key(0), *x), *inputs), inputs


def hand(part: str) -> dict[str, tuple[int, int]]:
    """Parameters and FLOPs of the layers of celebAHQ-512, by name: two operations a weight and position."""

    def row(inputs: int, outputs: int, positions: int, taps: int) -> tuple[int, int]:
        weights = inputs * outputs * taps
        return weights + outputs, 2 * weights * positions

    rows = {}
    for level, wide in enumerate(CHANNELS):
        side, area = 4 << level, 16 << 2 * level
        below = CHANNELS[max(level - 1, 0)]
        if part == "generator":
            first = row(512, 16 * 512, 1, 1) if level == 0 else None
            rows |= {"b4_dense": first} if first else {}
            rows[f"b{side}_conv0"] = row(below, wide, area, 9)
            if level:
                rows[f"b{side}_conv1"] = row(wide, wide, area, 9)
            rows[f"b{side}_to_rgb"] = row(wide, 3, area, 1)
        else:
            rows[f"b{side}_from_rgb"] = row(3, wide, area, 1)
            if level:
                rows[f"b{side}_conv0"] = row(wide, wide, area, 9)
                rows[f"b{side}_conv1"] = row(wide, below, area, 9)
            else:
                rows["b4_conv0"] = row(512 + 1, 512, 16, 9)
                rows["b4_dense0"] = row(512 * 16, 512, 1, 1)
                rows["b4_dense1"] = row(512, 1, 1, 1)
    return rows


@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_every_layer_of_celebahq_512(part: str) -> None:
    network, variables, inputs = outline(part, "celebahq-512")
    expected = hand(part)
    found = layers(network, variables, *inputs)
    for layer in found:
        assert (layer.parameters, layer.flops) == expected[layer.name], layer.name
    # At full size images enter and leave at one side only; the other layers to and from images are idle.
    idle = {name for name in expected if "rgb" in name and "b512" not in name}
    assert {layer.name for layer in found} == expected.keys() - idle
    assert count(variables) == sum(parameters for parameters, _ in expected.values())


def test_totals_are_those_of_the_paper() -> None:
    # Karras et al. 2018, table 2: 23.1M trainable parameters in each network at 1024x1024.
    for part in ("generator", "discriminator"):
        assert round(count(outline(part, "paper-1024")[1]) / 1e6, 1) == 23.1


def test_fused_resampling_counts_at_the_larger_side() -> None:
    generator, discriminator = outline("generator", "tiny"), outline("discriminator", "tiny")
    up = {layer.name: layer for layer in layers(generator[0], generator[1], *generator[2])}
    down = {layer.name: layer for layer in layers(discriminator[0], discriminator[1], *discriminator[2])}
    assert up["b16_conv0"] == Layer(
        "b16_conv0", "EqualConv", (16, 16, 8), 16 * 8 * 9 + 8, 2 * 256 * 16 * 8 * 9
    )
    assert down["b16_conv1"] == Layer(
        "b16_conv1", "EqualConv", (8, 8, 16), 8 * 16 * 9 + 16, 2 * 256 * 8 * 16 * 9
    )


def test_a_fading_stage_has_both_ways_to_images() -> None:
    network, variables, inputs = outline("generator", "tiny")
    names = [layer.name for layer in layers(network, variables, *inputs, stage=1, alpha=0.5)]
    assert names == ["b4_dense", "b4_conv0", "b4_to_rgb", "b8_conv0", "b8_conv1", "b8_to_rgb"]


def test_convolutions_dense_layers_and_norms() -> None:
    """Two operations for each weight at each position; a norm has no product."""
    network = nn.Sequential(
        [
            nn.Conv(5, (4, 4), 2),
            BatchNorm(),
            Conv3x3(2, doubled=True),
            SpectralConv(3, size=4),
            HalvingConv4x4(7),
            nn.Dense(1),
        ]
    )
    x = jax.ShapeDtypeStruct((1, 8, 8, 3), "float32")
    found = layers(network, jax.eval_shape(network.init, jax.random.key(0), x), x)
    assert {layer.kind: (layer.parameters, layer.flops) for layer in found} == {
        "Conv": (16 * 3 * 5 + 5, 2 * 16 * 3 * 5 * 4 * 4),
        "BatchNorm": (5 + 5, 0),
        "Conv3x3": (9 * 5 * 2 + 2, 2 * 9 * 5 * 2 * 8 * 8),
        "SpectralConv": (16 * 2 * 3, 2 * 16 * 2 * 3 * 4 * 4),
        "HalvingConv4x4": (16 * 3 * 7, 2 * 16 * 3 * 7 * 2 * 2),
        "Dense": (7 + 1, 2 * 7 * 2 * 2),
    }


def test_a_layer_without_a_rule_is_not_counted_as_nothing() -> None:
    network = nn.ConvTranspose(3, (3, 3))
    x = jax.ShapeDtypeStruct((1, 4, 4, 2), "float32")
    with pytest.raises(TypeError, match="no rule for the FLOPs of ConvTranspose"):
        layers(network, jax.eval_shape(network.init, jax.random.key(0), x), x)


def test_the_table_is_aligned_and_adds_up() -> None:
    rows = (
        Layer("b4_dense", "EqualDense", (4, 4, 512), 1000, 999),
        Layer("b4_conv0", "EqualConv", (4, 4, 8), 20, 1234),
    )
    table = str(Summary("a net", rows, 1050)).splitlines()
    assert [line.split() for line in table] == [
        ["a", "net"],
        ["-" * 64],
        ["layer", "kind", "output", "parameters", "FLOPs/image"],
        ["-" * 64],
        ["b4_dense", "EqualDense", "4", "x", "4", "x", "512", "1,000", "999"],
        ["b4_conv0", "EqualConv", "4", "x", "4", "x", "8", "20", "1.23", "k"],
        ["(other", "stages)", "30"],
        ["-" * 64],
        ["total", "1,050", "2.23", "k"],
    ]
    assert {len(line) for line in table[2:4] + table[5:6] + table[-1:]} == {64}
    assert Summary("a net", rows, 1050).flops == 2233


@pytest.mark.parametrize("other", ["generator", "discriminator"])
def test_operations_agree_with_what_xla_counts_for_dense_layers(other: str) -> None:
    """XLA counts the products of a dense layer as we do: a check from outside on the factor two."""
    network, variables, inputs = outline(other, "tiny")
    rows = {layer.name: layer for layer in layers(network, variables, *inputs)}
    name, n_in, n_out = {"generator": ("b4_dense", 16, 256), "discriminator": ("b4_dense0", 256, 16)}[other]
    x, w = (jax.ShapeDtypeStruct(shape, "float32") for shape in ((1, n_in), (n_in, n_out)))
    assert rows[name].flops == jax.jit(jax.numpy.dot).lower(x, w).compile().cost_analysis()["flops"]
