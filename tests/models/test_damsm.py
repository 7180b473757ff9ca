"""DAMSM against AttnGAN's encoder, see scripts/golden/damsm.py, and against the shared reference vectors."""

import functools
import json
import pickle
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ganjax
from ganjax.convert.limits import STEPS
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.types import TextSpec
from ganjax.models.damsm import convert, net
from ganjax.nn.summary import layers
from ganjax.text.batch import batch

GOLDEN = Path(__file__).parents[1] / "golden"
QUICK = {"xla_backend_optimization_level": 0}  # each runs few times: compiling is what takes time


def close(result: Any, reference: np.ndarray) -> None:
    """Within 1e-5 of the largest value."""
    np.testing.assert_allclose(result, reference, rtol=0, atol=1e-5 * np.abs(reference).max())


def test_texts_of_any_length_are_encoded_as_the_published_code_does() -> None:
    golden = np.load(GOLDEN / "damsm.npz")
    model = ganjax.load(GOLDEN / "damsm_text.pth", part="text")
    assert (model.system, model.part, model.spec) == ("damsm", "text", TextSpec(12, 18, 6))
    encode = jax.jit(model.net.apply)
    ids, counts = (golden[name].astype(np.int32) for name in ("ids", "lengths"))
    features = encode(model.variables, ids, counts)
    close(features.words, golden["words"])
    close(features.sentence, golden["sentence"])
    # Neither more padding nor what it is made of changes a text.
    padded = np.where(np.arange(9) < counts[:, None], np.pad(ids, ((0, 0), (0, 4))), 7)
    longer = encode(model.variables, padded, counts)
    close(longer.sentence, golden["sentence"])
    close(longer.words[:, :5], golden["words"])
    assert not longer.words[:, 5:].any()


@pytest.mark.shared
def test_the_reference_captions_give_the_reference_features(shared: Path) -> None:
    case = shared / "golden" / "df_gan" / "text_to_image"
    meta, golden = json.loads((case / "meta.json").read_text()), np.load(case / "io.npz")
    words = convert.vocabulary(case / "captions.pickle")
    prompts = (case / "captions.txt").read_text().splitlines()
    assert [words.encode(prompt) for prompt in prompts] == meta["tokens"]
    model = ganjax.load(case / "text_encoder.pth", part="text")
    features = jax.jit(model.net.apply)(model.variables, *batch(words, prompts))
    for name, result in (
        ("sent_emb", features.sentence),
        ("words_emb", np.asarray(features.words)[:, :13].transpose(0, 2, 1)),
    ):
        told = meta["arrays"][name]
        allowed = 5e-5 * told["max_abs"] + 10 * told["float32_vs_float64_max_abs"]
        np.testing.assert_allclose(result, golden[name], rtol=0, atol=allowed)


def test_dropout_is_for_training_only() -> None:
    config = net.CONFIGS["tiny"][0]
    network, ids, counts = net.TextEncoder(config), jnp.ones((2, 3), jnp.int32), jnp.array([3, 2])
    variables = jax.jit(network.init, compiler_options=QUICK)(jax.random.key(0), ids, counts)
    plain = jax.jit(network.apply, compiler_options=QUICK)(variables, ids, counts)

    @functools.partial(jax.jit, compiler_options=QUICK)
    def train(key: jax.Array) -> net.TextFeatures:
        return network.apply(variables, ids, counts, train=True, rngs={"dropout": key})

    dropped = [train(jax.random.key(seed)).sentence for seed in (1, 1, 2)]
    np.testing.assert_array_equal(dropped[0], dropped[1])
    assert not np.array_equal(dropped[0], dropped[2]) and not np.array_equal(dropped[0], plain.sentence)


def test_the_layers_of_the_text_encoder_are_counted() -> None:
    config = net.CONFIGS["faces-64"][0]
    network, (ids, counts) = net.TextEncoder(config), net.example_inputs("text", config, 1)
    shapes = jax.eval_shape(network.init, jax.random.key(0), ids, counts)
    tokens, memory = layers(network, shapes, ids, counts)
    assert (tokens.shape, tokens.parameters, tokens.flops) == ((96, 64), 186 * 64, 0)
    weights = 2 * 4 * 64 * (64 + 64)  # of both directions and four gates
    assert (memory.shape, memory.flops) == ((96, 128), 2 * 96 * weights)
    assert memory.parameters == weights + 2 * 2 * 4 * 64


def test_regions_lie_row_by_row_and_the_whole_sees_all() -> None:
    network = net.ImageEncoder(net.CONFIGS["tiny"][1])
    images = jax.random.uniform(jax.random.key(0), (2, 32, 48, 3), minval=-1.0)
    rng, shapes = np.random.default_rng(1), jax.eval_shape(network.init, jax.random.key(1), images)
    variables = jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape, np.float32), shapes)
    encode = jax.jit(network.apply, compiler_options=QUICK)
    plain = encode(variables, images)
    assert plain.regions.shape == (2, 8 * 12, 8) and plain.whole.shape == (2, 8)
    # A corner of the picture reaches the regions around that corner only, and the whole.
    changed = encode(variables, images.at[0, 28:, 44:].set(1.0))
    moved = np.abs(changed.regions - plain.regions).max(-1).reshape(2, 8, 12) > 1e-6
    assert moved[0, 4:, 8:].any() and not moved[0, :3].any() and not moved[0, :, :7].any()
    assert not moved[1].any()
    assert not np.array_equal(changed.whole[0], plain.whole[0])


def test_images_of_unfit_sides_and_configs_without_sense_are_refused() -> None:
    network = net.ImageEncoder(net.CONFIGS["tiny"][1])
    with pytest.raises(UsageError, match=r"multiples of 8; got \[1, 20, 16, 3\]"):
        jax.eval_shape(network.init, jax.random.key(0), jax.ShapeDtypeStruct((1, 20, 16, 3), jnp.float32))
    with pytest.raises(UsageError, match="two directions; got 7"):
        net.TextConfig(width=7)
    with pytest.raises(UsageError, match="at least twice"):
        net.ImageConfig(channels=(8,))
    with pytest.raises(UsageError, match="0 to 256 halvings, not 300"):
        net.ImageConfig(channels=(8,) * 300)
    with pytest.raises(UsageError, match="text"):
        net.example_inputs("test", net.TextConfig(), 1)


def test_a_vocabulary_is_read_without_running_its_pickle() -> None:
    words = convert.vocabulary(GOLDEN / "damsm_captions.pickle", length=4)
    assert words.vocabulary[:4] == ("<end>", "a", "bird", "with") and words.length == 4
    assert words.encode("A bird, with red wings") == [1, 2, 3, 4]


def test_captions_may_be_far_more_than_a_weight_file_has_steps(tmp_path: Path) -> None:
    path = tmp_path / "captions.pickle"
    path.write_bytes(pickle.dumps([[[1] * (STEPS + 1)], [], {0: "<end>", 1: "a"}, {"a": 1}], protocol=2))
    assert convert.vocabulary(path).vocabulary == ("<end>", "a")


class Evil:
    def __reduce__(self) -> Any:
        return print, ("it was run",)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ([[], [], Evil(), {}], "asks to call"),
        ([[], []], "no file of captions"),
        ([[], [], {1: "a"}, {"a": 1}], "no file of captions"),
        ([[], [], {0: 3}, {}], "not all of its words are text"),
        ({}, "no file of captions"),
    ],
)
def test_a_file_that_is_no_vocabulary_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: Any, fault: str
) -> None:
    path = tmp_path / "captions.pickle"
    path.write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(CheckpointError, match=fault):
        convert.vocabulary(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"captions\.pickle: it"):
        convert.vocabulary(path)
    with pytest.raises(CheckpointError, match="cannot be read"):
        convert.vocabulary(tmp_path)
    assert not capsys.readouterr().out


def test_tensors_of_others_are_not_taken_for_a_part() -> None:
    with pytest.raises(CheckpointError, match="not the tensors of the image encoder"):
        convert.infer({"encoder.weight": np.zeros((3, 2)), "rnn.weight_ih_l0": np.zeros((4, 2))}, "image")
