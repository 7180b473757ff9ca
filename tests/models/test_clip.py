"""CLIP against transformers' classes with random weights (scripts/golden/clip.py)."""

import dataclasses
import json
import math
import shutil
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy

from ganjax import hub, published
from ganjax.convert import pairs as engine
from ganjax.convert.container import read_container
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.trees import count
from ganjax.core.types import Model, TextSpec
from ganjax.models.clip import convert, net
from ganjax.models.clip.pipeline import prepare, similarity

GOLDEN = Path(__file__).parents[1] / "golden"
ARRAYS = np.load(GOLDEN / "clip.npz")
QUICK = {"xla_backend_optimization_level": 0}
LENGTHS = np.array([5, 9, 5], np.int32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as Hugging Face lays it out: both encoders, and their settings beside them."""
    folder = tmp_path_factory.mktemp("clip")
    shutil.copy(GOLDEN / "clip.safetensors", folder / "model.safetensors")
    shutil.copy(GOLDEN / "clip_config.json", folder / "config.json")
    return folder


def rewritten(folder: Path, state: dict[str, np.ndarray], target: Path) -> Path:
    """A repository with other tensors and the same settings."""
    shutil.copy(folder / "config.json", target)
    safetensors.numpy.save_file(state, target / "model.safetensors")
    return target / "model.safetensors"


def run(model: Model) -> Any:
    inputs = (ARRAYS["images"],) if model.part == "vision" else (ARRAYS["ids"], LENGTHS)
    return jax.jit(model.net.apply, compiler_options=QUICK)(model.variables, *inputs)


def close(found: jax.Array, reference: str) -> None:
    wanted = ARRAYS[reference]
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5 * np.abs(wanted).max(), err_msg=reference)


def words_of(name: str) -> np.ndarray:
    """The reference's last hidden states, with zeros from the lengths on."""
    words = ARRAYS[f"{name}_words"].copy()
    words[np.arange(9) >= LENGTHS[:, None]] = 0
    return words


def test_features_of_a_published_repository(folder: Path) -> None:
    text, vision = (hub.load(folder / "model.safetensors", part=part) for part in ("text", "vision"))
    assert text.net.config == net.TextConfig(40, 9, 32, 2, 4, 96, 24)
    assert vision.net.config == net.VisionConfig(24, 8, 48, 2, 3, 96, 24, vision.net.config.logit_scale)
    assert text.spec == TextSpec(tokens=40, length=9, width=24) and vision.spec.side == 24
    words, sentence = run(text)
    close(sentence, "published_sentence")
    np.testing.assert_allclose(words, words_of("published"), rtol=0, atol=1e-5 * np.abs(words).max())
    features = run(vision)
    close(features, "published_vision")
    close(math.exp(vision.net.config.logit_scale) * similarity(sentence, features), "logits")


def test_exact_gelu_and_an_end_token_of_the_settings(folder: Path, tmp_path: Path) -> None:
    told = json.loads((folder / "config.json").read_text("utf-8"))
    for part in ("text_config", "vision_config"):
        told[part] |= {"hidden_act": "gelu", "eos_token_id": 7}
    path = rewritten(folder, read_container(folder / "model.safetensors").content, tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(told), "utf-8")
    text, vision = (hub.load(path, part=part) for part in ("text", "vision"))
    assert (text.net.config.activation, text.net.config.end) == ("gelu", 7)
    words, sentence = run(text)
    close(sentence, "gelu_sentence")
    np.testing.assert_allclose(words, words_of("gelu"), rtol=0, atol=1e-5 * np.abs(words).max())
    close(run(vision), "gelu_vision")


def test_files_of_one_encoder_with_and_without_the_head_of_their_names(folder: Path, tmp_path: Path) -> None:
    """CLIPTextModel and CLIPVisionModel: a text encoder of Stable Diffusion is such a file."""
    state = read_container(folder / "model.safetensors").content
    for part, head in (("text", "text_model."), ("vision", "vision_model.")):
        one = {name: tensor for name, tensor in state.items() if name.startswith(head)}
        for names in (one, {name.removeprefix(head): tensor for name, tensor in one.items()}):
            path = rewritten(folder, names, tmp_path)
            assert list(published.read(path, None).parts) == [part]
            model = hub.load(path, part=part)
            assert model.net.config.projection == 0
        found = run(model)
        close(found if part == "vision" else found.sentence, f"bare_{part}".replace("text", "sentence"))
    with pytest.raises(CheckpointError, match="this is a vision file, without text"):
        hub.load(path, part="text")


def test_padding_changes_nothing_and_lengths_only_the_zeros(folder: Path) -> None:
    model = hub.load(folder / "model.safetensors", part="text")
    ids = ARRAYS["ids"].copy()
    apply = jax.jit(model.net.apply, compiler_options=QUICK)
    before = apply(model.variables, ids, LENGTHS)
    ids[0, 5:] = [39, 1, 2, 3]
    after = apply(model.variables, ids, LENGTHS)
    np.testing.assert_array_equal(before.sentence, after.sentence)
    np.testing.assert_array_equal(before.words, after.words)
    assert not before.words[0, 5:].any() and before.words[0, :5].all(-1).all()


def test_what_is_ignored_and_what_is_not(folder: Path, tmp_path: Path) -> None:
    report = published.examine(folder / "model.safetensors")
    assert [(each.place, each.part, each.fault) for each in report.networks] == [
        ("text", "text", None),
        ("vision", "vision", None),
    ]
    assert list(report.networks[0].ignored) == ["text_model.embeddings.position_ids"]
    state = dict(read_container(folder / "model.safetensors").content)
    state["text_model.encoder.layers.0.adapter.weight"] = np.zeros(3, np.float32)
    path = rewritten(folder, state, tmp_path)
    with pytest.raises(CheckpointError, match=r"adapter\.weight \[3\] has no place"):
        published.read(path, "text")
    published.read(path, "vision")


def test_the_form_of_the_reference_is_written_and_read(folder: Path, tmp_path: Path) -> None:
    bundle = published.read(folder / "model.safetensors", None)
    state = read_container(folder / "model.safetensors").content
    for part in bundle.parts:
        path = tmp_path / f"{part}.safetensors"
        published.write_reference(path, bundle, part)
        written = read_container(path).content
        for name, tensor in written.items():
            np.testing.assert_array_equal(tensor, state[name].astype(np.float32))
        assert published.read(path, part).parts[part].config == bundle.parts[part].config


@pytest.mark.parametrize(
    ("name", "parameters"), [("base-patch32", 151_277_313), ("large-patch14", 427_616_513)]
)
def test_without_settings_it_is_as_openai_published(name: str, parameters: int) -> None:
    """ViT-B/32 and ViT-L/14: the published sizes, less the logit scale; heads have 64 channels."""
    found = 0
    for part, config in zip(("text", "vision"), net.CONFIGS[name], strict=True):
        module = net.PARTS[part][1](config)
        shapes = jax.eval_shape(module.init, jax.random.key(0), *net.example_inputs(part, config, 1))
        found += count(shapes)
        hollow = jax.tree.map(lambda leaf: np.broadcast_to(np.float32(0), leaf.shape), shapes)
        state = engine.dump(convert.pairs(part, config), hollow)
        assert convert.recognise(state) == part
        assert convert.infer(state, part) == config
        assert config.activation == "quick_gelu" and config.width // config.heads == 64
    assert found == parameters - 1


def test_heads_that_nothing_tells(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "model.safetensors", tmp_path)
    with pytest.raises(CheckpointError, match=r"32 channels .* put its config\.json beside it"):
        hub.load(tmp_path / "model.safetensors", part="text")


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ('{"text_config": {"hidden_act": "relu", "num_attention_heads": 4}}', "activation is 'relu'"),
        ('{"text_config": {"num_attention_heads": 5}}', "cannot be shared out among 5 heads"),
        ('{"text_config": 3}', "contradicts itself"),
        ("[]", r"config\.json, beside the weights, cannot be read"),
    ],
)
def test_settings_that_make_no_sense(folder: Path, tmp_path: Path, told: str, message: str) -> None:
    shutil.copy(folder / "model.safetensors", tmp_path)
    (tmp_path / "config.json").write_text(told, "utf-8")
    with pytest.raises(CheckpointError, match=message):
        published.read(tmp_path / "model.safetensors", "text")


def test_other_networks_are_not_taken_for_these(folder: Path) -> None:
    state = read_container(folder / "model.safetensors").content
    text = [name for name in state if name.startswith("text")]
    assert convert.recognise(text) == "text"
    assert convert.recognise([name for name in text if "token_embedding" not in name]) is None
    with pytest.raises(CheckpointError, match="not the tensors of the vision of CLIP"):
        convert.infer({name: state[name] for name in text}, "vision")
    with pytest.raises(UsageError, match="Did you mean 'text'"):
        net.example_inputs("texts", net.CONFIGS["tiny"][0], 1)


@pytest.mark.parametrize("change", [{"heads": 3}, {"heads": 0}, {"depth": 257}, {"patch": 9}, {"patch": 0}])
def test_shapes_that_cannot_be(change: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        dataclasses.replace(net.CONFIGS["tiny"][1], **change)


def test_bfloat16_is_near_float32_and_gives_float32(folder: Path) -> None:
    near = run(hub.load(folder / "model.safetensors", part="text", dtype="bfloat16")).sentence
    exact = ARRAYS["published_sentence"]
    assert near.dtype == jnp.float32
    assert 1e-4 < np.abs(near - exact).max() / np.abs(exact).max() < 0.05


def test_pictures_are_prepared_as_published() -> None:
    """Against transformers' processor, without its normalisation."""
    pictures = [ARRAYS["picture_wide"], ARRAYS["picture_tall"]]
    prepared = prepare(pictures, side=12)
    assert prepared.shape == (2, 12, 12, 3) and prepared.dtype == np.float32
    for found, name in zip(prepared, ("wide", "tall"), strict=True):
        np.testing.assert_allclose(found, ARRAYS[f"prepared_{name}"], rtol=0, atol=1e-6)
    # Of two middles the even one, as torchvision's CenterCrop rounds; transformers takes the upper one.
    rows = np.arange(15 * 12 * 3, dtype=np.uint8).reshape(15, 12, 3)
    np.testing.assert_array_equal(prepare([rows], side=12)[0], rows[2:14].astype(np.float32) / 255)
    unit = prepare([picture.astype(np.float32) / 255 for picture in pictures], side=12)
    np.testing.assert_array_equal(unit, prepared)


def test_cosines() -> None:
    texts, images = jnp.array([[3.0, 4.0], [0.0, 2.0]]), jnp.array([[4.0, 3.0], [-5.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(
        similarity(texts, images), [[0.96, -0.6, 0.8], [0.6, 0.0, 1.0]], rtol=0, atol=1e-6
    )
