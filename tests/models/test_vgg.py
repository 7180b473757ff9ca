"""VGG and AlexNet against their sequences in torchvision's layout (scripts/golden/vgg.py)."""

import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax import published
from ganjax.convert.container import read_container
from ganjax.core.configs import from_dict
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.trees import count
from ganjax.losses.enlightengan import self_feature_preserving
from ganjax.metrics.lpips import LAYERS
from ganjax.models.enlightengan import recipe as enlightengan
from ganjax.models.vgg import card, convert, net

GOLDEN = Path(__file__).parents[1] / "golden"
QUICK = {"xla_backend_optimization_level": 0}


def loaded(name: str) -> tuple[net.Features, Any]:
    """The network of a published file, by the way that `ganjax.load` goes."""
    part = published.read(GOLDEN / f"vgg_{name}.pth", "features").parts["features"]
    return net.Features(from_dict(net.FeaturesConfig, part.config)), part.variables


def outline(config: net.FeaturesConfig) -> tuple[net.Features, Any]:
    module = net.Features(config)
    inputs = net.example_inputs("features", config, 1)
    return module, jax.eval_shape(module.init, jax.random.key(0), *inputs)


@pytest.mark.parametrize("name", ["16", "19", "alexnet"])
def test_activations(name: str) -> None:
    arrays = np.load(GOLDEN / "vgg.npz")
    wanted = {key.partition("_")[2]: arrays[key] for key in arrays.files if key.startswith(f"{name}_")}
    module, variables = loaded(name)
    assert [len(block) for block in module.config.blocks] == [
        len(block) for block in net.CONFIGS[name][0].blocks
    ]

    def features(variables: Any, x: jax.Array) -> tuple[jax.Array, ...]:
        return module.apply(variables, x, layers=tuple(wanted))

    seen = jax.jit(features, compiler_options=QUICK)(variables, arrays["input"])
    for (layer, reference), activation in zip(wanted.items(), seen, strict=True):
        assert activation.dtype == jnp.float32
        np.testing.assert_allclose(
            activation, reference, rtol=0, atol=2e-5 * np.abs(reference).max(), err_msg=layer
        )


def test_enlightengans_own_network_and_its_loss() -> None:
    """Its Vgg16 and PerceptualLoss with the options of its command (scripts/golden/vgg_caffe.py)."""
    arrays = np.load(GOLDEN / "vgg_caffe.npz")
    module, variables = loaded("caffe")
    assert (module.config.source, module.config.unpooled) == ("caffe", (4,))
    assert "pool4" not in net.layer_names(module.config)
    layers = ("relu4_2", "relu4_3", "relu5_1", "relu5_3")

    @functools.partial(jax.jit, compiler_options=QUICK)
    def run(bright: jax.Array, dark: jax.Array) -> tuple[Any, jax.Array]:
        def features(x: jax.Array, *layers: str) -> Any:
            return module.apply(variables, (x + 1) / 2, layers=layers)

        loss = self_feature_preserving(lambda x: features(x, "relu5_1"), bright, dark)
        return features(dark, *layers), loss

    seen, loss = run(arrays["bright"], arrays["dark"])
    for layer, activation in zip(layers, seen, strict=True):
        np.testing.assert_allclose(activation, arrays[layer], rtol=0, atol=2e-5 * np.abs(arrays[layer]).max())
    np.testing.assert_allclose(loss.mean(), arrays["loss"], rtol=1e-4)


def test_enlightengans_network_at_full_size() -> None:
    """The same weights as torchvision's VGG 16, in other names; its paper preset asks for this file."""
    shapes = [outline(net.CONFIGS[name][0])[1] for name in ("16", "16-caffe")]
    assert shapes[0] == shapes[1]
    assert enlightengan.PRESETS["paper"].perceptual == "vgg16-caffe"
    assert {"vgg16-caffe"} < {release.name for release in card.RELEASES}


def test_names_of_layers() -> None:
    """Those of BasicSR's VGGFeatureExtractor (archs/vgg_arch.py), and of AlexNet's paper."""
    names = net.layer_names(net.CONFIGS["19"][0])
    assert names[:6] == ["conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1", "conv2_1"]
    assert names[-3:] == ["conv5_4", "relu5_4", "pool5"] and len(names) == 37
    alexnet = net.layer_names(net.CONFIGS["alexnet"][0])
    assert [name for name in alexnet if name.startswith("pool")] == ["pool1", "pool2", "pool5"]
    assert set(LAYERS["alexnet"]) <= set(alexnet)
    assert set(LAYERS["vgg16"]) <= set(net.layer_names(net.CONFIGS["16"][0]))


def test_sizes_are_those_of_torchvision() -> None:
    """Its `num_params`, less those of the layers that give the classes."""
    dense = 512 * 49 * 4096 + 4096 + 4096**2 + 4096 + 4096 * 1000 + 1000
    dense_alexnet = 256 * 36 * 4096 + 4096 + 4096**2 + 4096 + 4096 * 1000 + 1000
    whole = {"16": 138_357_544 - dense, "19": 143_667_240 - dense, "alexnet": 61_100_840 - dense_alexnet}
    for name, parameters in whole.items():
        assert count(outline(net.CONFIGS[name][0])[1]) == parameters


def test_what_comes_after_the_last_layer_is_not_computed() -> None:
    module, variables = outline(net.CONFIGS["tiny"][0])
    x = jax.ShapeDtypeStruct((1, 8, 8, 3), jnp.float32)

    def convolutions(*layers: str) -> int:
        graph = jax.make_jaxpr(lambda v, x: module.apply(v, x, layers=layers or None))(variables, x)
        return str(graph).count("conv_general_dilated[")

    assert (convolutions(), convolutions("conv2_1"), convolutions("pool1", "conv1_1")) == (5, 3, 2)
    (last,) = jax.eval_shape(module.apply, variables, x)
    assert last.shape == (1, 1, 1, 8)


def test_an_unknown_layer_is_named_with_the_nearest() -> None:
    module, variables = outline(net.CONFIGS["tiny"][0])
    with pytest.raises(UsageError, match=r"'conv2_2'.* Did you mean 'conv\d_\d'"):
        module.apply(variables, jnp.zeros((1, 8, 8, 3)), layers=("conv2_2",))


def test_bfloat16_is_near_float32_and_gives_float32() -> None:
    module, variables = loaded("alexnet")
    quick = net.Features(net.FeaturesConfig(module.config.blocks, "alexnet", "bfloat16"))
    x = np.random.default_rng(0).random((1, 63, 63, 3), np.float32)
    (exact,), (near,) = (each.apply(variables, x, layers=("relu2",)) for each in (module, quick))
    assert near.dtype == jnp.float32
    assert float(jnp.abs(near - exact).max()) < 0.1 * float(jnp.abs(exact).max())


def test_files_of_the_convolutions_alone() -> None:
    state = read_container(GOLDEN / "vgg_16.pth").content
    features = {name: tensor for name, tensor in state.items() if name.startswith("features.")}
    bare = {name.removeprefix("features."): tensor for name, tensor in features.items()}
    configs = set()
    for names in (state, features, bare):
        assert convert.recognise(names) == "features"
        configs.add(convert.infer(names, "features"))
        sources = [
            pair.name_in(names) for pair in convert.pairs("features", convert.infer(names, "features"))
        ]
        assert set(sources) == {name for name in names if not name.startswith("classifier")}
    assert len(configs) == 1


def test_other_networks_are_not_taken_for_these() -> None:
    names = list(read_container(GOLDEN / "vgg_16.pth").content)
    assert convert.recognise(names[2:]) is None
    assert convert.recognise([*names, "features.1.running_mean"]) is None  # with batch norm
    with pytest.raises(CheckpointError, match="not the tensors of the generator of VGG"):
        convert.infer(read_container(GOLDEN / "vgg_16.pth").content, "generator")
    with pytest.raises(UsageError, match="features"):
        net.example_inputs("generator", net.CONFIGS["16"][0], 1)
