"""The properties that every system in the index has, whatever it draws."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from ganjax.api import summary
from ganjax.convert import pairs as engine
from ganjax.core.configs import from_dict, to_dict
from ganjax.core.errors import UsageError
from ganjax.core.trees import count, flatten
from ganjax.core.types import TextSpec
from ganjax.hub import BUNDLED, list_models, load, outlines
from ganjax.models import index
from ganjax.weights.release import Release

DOCS = Path(__file__).parents[2] / "docs"


def networks(*names: str) -> list[Any]:
    """(system, name of the configs, part) of every network; of those with the given names only, if any."""
    return [
        pytest.param(system, name, part, id=f"{system}-{name}-{part}")
        for system in index.SYSTEMS
        for name in names or index.system(system).CONFIGS
        for part in index.system(system).PARTS
    ]


def build(system: str, name: str, part: str) -> tuple[Any, Any, tuple[jax.ShapeDtypeStruct, ...], Any]:
    """Config, module, shapes of its inputs, and shapes of its variables."""
    net = index.system(system)
    config_class, module_class = net.PARTS[part]
    config = next(each for each in net.CONFIGS[name] if isinstance(each, config_class))
    module, inputs = module_class(config), net.example_inputs(part, config, 2)
    return config, module, inputs, jax.eval_shape(module.init, jax.random.key(0), *inputs)


@pytest.mark.parametrize(("system", "name", "part"), networks("tiny"))
def test_a_summary_has_every_parameter(system: str, name: str, part: str) -> None:
    _, _, _, variables = build(system, name, part)
    table = summary(outlines(f"{system}/{name}", part=part)[0])
    shown = sum(layer.parameters for layer in table.layers)
    # Of a network that grows, layers to and from small images take no part at the full size.
    assert table.parameters == count(variables["params"]) and shown <= table.parameters
    assert shown == table.parameters or system == "pgan"


def random_like(shapes: Any) -> Any:
    rng = np.random.default_rng(0)

    def draw(leaf: Any) -> np.ndarray:
        if np.issubdtype(leaf.dtype, np.integer):  # ids of tokens, and their counts
            return rng.integers(1, 4, leaf.shape, leaf.dtype)
        return rng.standard_normal(leaf.shape).astype(leaf.dtype)

    return jax.tree.map(draw, shapes)


@pytest.mark.parametrize(("system", "name", "part"), networks("tiny"))
def test_tiny_initialises_jits_and_is_float32_in_and_out(system: str, name: str, part: str) -> None:
    _, module, inputs, _ = build(system, name, part)
    x = random_like(inputs)
    quick = {"xla_backend_optimization_level": 0}  # each runs once: compiling is what takes time
    variables = jax.jit(module.init, compiler_options=quick)(jax.random.key(0), *x)
    output = jax.jit(module.apply, compiler_options=quick)(variables, *x)
    types = {leaf.dtype for leaf in jax.tree.leaves((variables, inputs, output))}
    assert types - {np.dtype(np.int32)} == {np.dtype(np.float32)}
    assert all(np.isfinite(leaf).all() and len(leaf) == 2 for leaf in jax.tree.leaves(output))


@pytest.mark.parametrize(("system", "name", "part"), networks())
def test_every_size_has_the_output_that_its_spec_states(system: str, name: str, part: str) -> None:
    config, module, inputs, variables = build(system, name, part)
    output = jax.eval_shape(module.apply, variables, *inputs)
    spec = index.system(system).spec(config)
    if isinstance(spec, TextSpec):
        assert output.words.shape == (2, spec.length, spec.width)
        assert output.sentence.shape == (2, spec.width)
    elif part == "generator":
        side = spec.side or inputs[0].shape[1] * spec.scale
        assert output.shape == (2, side, side, spec.channels)
    elif part == "discriminator" and spec.side:
        assert output.shape == ((2,) if spec.condition else (2, 1 + spec.labels))


@pytest.mark.parametrize(("system", "name", "part"), networks())
def test_a_config_survives_json_and_knows_its_keys(system: str, name: str, part: str) -> None:
    config, *_ = build(system, name, part)
    values = json.loads(json.dumps(to_dict(config)))
    assert from_dict(type(config), values) == config
    with pytest.raises(UsageError, match="no_such_key"):
        from_dict(type(config), {**values, "no_such_key": 1})


@pytest.mark.parametrize(("system", "name", "part"), networks())
def test_every_leaf_has_one_tensor_and_every_tensor_one_leaf(system: str, name: str, part: str) -> None:
    config, _, _, shapes = build(system, name, part)
    pairs = list(index.system(system, "convert").pairs(part, config))
    leaves, tensors = [pair.target for pair in pairs], [pair.source for pair in pairs]
    assert sorted(leaves) == sorted(flatten(shapes))
    assert len(set(tensors)) == len(tensors)


@pytest.mark.parametrize(("system", "name", "part"), networks("tiny"))
def test_dump_and_load_give_the_same_variables_to_the_bit(system: str, name: str, part: str) -> None:
    config, _, _, shapes = build(system, name, part)
    convert = index.system(system, "convert")
    variables = random_like(shapes)
    state = engine.dump(convert.pairs(part, config), variables)
    assert convert.infer(state, part) == config
    loaded = engine.load(convert.pairs(part, config), state, shapes, ignore=convert.IGNORE)
    assert jax.tree.structure(loaded) == jax.tree.structure(variables)
    jax.tree.map(np.testing.assert_array_equal, loaded, variables)


@pytest.mark.parametrize("system", index.SYSTEMS)
def test_what_is_ignored_has_a_reason(system: str) -> None:
    assert all(reason for reason in index.system(system, "convert").IGNORE.values())


@pytest.mark.parametrize("system", index.SYSTEMS)
def test_every_row_is_complete_and_has_a_page(system: str) -> None:
    card = index.system(system, "card")
    assert card.SYSTEM.name == system and card.SYSTEM.paper and card.SYSTEM.tasks
    assert (DOCS / "systems" / f"{system}.md").is_file()
    published = (DOCS / "weights.md").read_text("utf-8")
    for row in card.RELEASES:
        assert row.system == system and row.licence and row.paper and row.task in card.SYSTEM.tasks
        assert f"`{row.name}`" in published
        if row.url is not None and not row.by_hand:
            assert re.fullmatch("[0-9a-f]{8,64}", row.sha256 or "")


def test_names_are_unique_and_the_index_is_sorted() -> None:
    assert list(index.SYSTEMS) == sorted(index.SYSTEMS)
    names = [row.name for system in index.SYSTEMS for row in index.system(system, "card").RELEASES]
    assert len(names) == len(set(names))


def test_an_unknown_system_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'pgan'"):
        index.system("pgam")


@pytest.mark.parametrize("system", index.SYSTEMS)
def test_configs_cannot_be_changed(system: str) -> None:
    for config in index.system(system).CONFIGS["tiny"]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            config.side = 1


@pytest.mark.parametrize(
    "release", [each for each in list_models() if each.url is None], ids=lambda r: r.name
)
def test_a_model_without_a_url_is_in_the_package_and_small(release: Release) -> None:
    path = BUNDLED / f"{release.name}.safetensors"
    assert path.stat().st_size < 8_000_000
    for part in release.parts:
        model = load(release.name, part=part)
        side = getattr(model.spec, "side", 0)  # a text encoder has none
        assert (side, model.system, float(model.alpha)) == (release.side, release.system, 1.0)
