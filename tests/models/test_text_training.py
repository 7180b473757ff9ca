"""DAMSM and DF-GAN in training: a text encoder learns to match, and a generator to listen to it."""

import dataclasses
import json
import pathlib
from typing import Any

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

import ganjax
from ganjax import losses
from ganjax.core.configs import from_dict, to_dict
from ganjax.core.errors import UsageError
from ganjax.core.types import Model, TextFeatures
from ganjax.models import captions, index
from ganjax.models.damsm import net
from ganjax.models.damsm import recipe as damsm
from ganjax.models.dfgan import recipe as dfgan
from ganjax.text.bilingual import Bilingual
from ganjax.train.loop import Intervals, Plan, train

COLOURS = {"red": (220, 40, 40), "green": (40, 200, 60), "blue": (50, 60, 220), "white": (250, 250, 250)}


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Sixteen pictures of one colour, whose captions name it, in English and in Japanese."""
    folder = tmp_path_factory.mktemp("squares")
    random = np.random.default_rng(0)
    for i in range(16):
        name, colour = list(COLOURS.items())[i % 4]
        pixels = np.clip(np.array(colour) + random.integers(-20, 20, (16, 16, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{i:02}.png")
        (folder / f"{i:02}.txt").write_text(f"a {name} square\n{'赤緑青白'[i % 4]}い四角\n", encoding="utf-8")
    return folder


def matching(squares: pathlib.Path, **changes: Any) -> damsm.Recipe:
    """A tiny recipe; a batch of 7 stays on one device."""
    common = {"side": 16, "embedding": 4, "width": 8, "channels": (4, 6), "length": 8, "batch": 7}
    settings = {"data": f"captions:{squares}", "kimg": 1.2, "words": 0.0, "learning_rate": 1e-2, "clip": 1.0}
    return damsm.Recipe(**(common | settings | changes))


@pytest.fixture(scope="module")
def encoder(squares: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The run of a text encoder."""
    folder = tmp_path_factory.mktemp("encoder")
    seldom = Intervals(log_kimg=0.008, sample_kimg=1.2, checkpoint_kimg=1.2)
    assert train(damsm.plan(matching(squares)), folder, seldom, tensorboard=False).finished
    return folder


def drawing(squares: pathlib.Path, encoder: pathlib.Path, **changes: Any) -> Plan:
    common = {"side": 8, "latent": 3, "width": 2, "discriminator_width": 2, "batch": 3, "matching": 1.0}
    settings = {"data": f"captions:{squares}", "kimg": 0.016, "text": str(encoder), "ema_kimg": 0.01}
    recipe = dfgan.Recipe(**(common | settings | changes))
    text, image = (ganjax.load(encoder, part=part) for part in ("text", "image"))
    return dfgan.plan(recipe, text=text, image=image)


def test_texts_find_their_images(encoder: pathlib.Path) -> None:
    """Four colours: by chance one text in four finds an image of its own."""
    lines = [json.loads(line) for line in (encoder / "log.jsonl").read_text().splitlines()]
    found = [line["found"] for line in lines if "found" in line]
    assert np.mean(found[:10]) < 0.45
    assert np.mean(found[-50:]) > 0.6


def test_the_loss_is_that_of_damsm_where_words_weigh_as_much_as_texts() -> None:
    random = np.random.default_rng(1)
    shapes = ((3, 5, 8), (3, 8), (3, 4, 8), (3, 8))
    regions, whole, words, sentence = (
        jnp.asarray(random.normal(size=shape), jnp.float32) for shape in shapes
    )
    counts, classes = jnp.array([4, 2, 3]), jnp.array([0, 1, 0])
    features = TextFeatures(words, sentence), None, net.ImageFeatures(regions, whole)
    condition = {"lengths": counts, "classes": classes}

    def matched(weight: float) -> Any:
        return damsm.matching(None, features, None, condition, recipe=damsm.Recipe(words=weight), weights=())

    loss, metrics = matched(1.0)
    expected = losses.damsm(regions, whole, words, sentence, counts, classes=classes)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    assert float(matched(0.0)[0]) < float(loss)
    assert 0 <= float(metrics["found"]) <= 1


def test_a_run_of_an_encoder_reads_what_it_was_trained_on(encoder: pathlib.Path) -> None:
    text = ganjax.load(encoder, part="text")
    said = ganjax.encode_text(text, ["a red square", "赤い四角", "a blue dog"])
    assert said.sentence.shape == (3, 8)
    assert float(jnp.abs(said.sentence[0] - said.sentence[1]).max()) > 0
    with pytest.raises(UsageError, match="no known word"):
        ganjax.encode_text(text, ["chien"])


def test_a_run_that_breaks_off_ends_as_one_that_did_not(
    squares: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    made = damsm.plan(matching(squares, kimg=0.032))

    def breaks(stage: int, seen: int) -> Any:
        for number, batch in enumerate(made.batches(stage, seen)):
            if number == 3:
                raise KeyboardInterrupt
            yield batch

    often = Intervals(log_kimg=0.008, sample_kimg=0.016, checkpoint_kimg=0.008)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(made, whole, often, tensorboard=False)
    with pytest.raises(KeyboardInterrupt):
        train(dataclasses.replace(made, batches=breaks), broken, often, tensorboard=False)
    train(made, broken, often, tensorboard=False)
    tensors = [safetensors.numpy.load_file(each / "model.safetensors") for each in (whole, broken)]
    chex.assert_trees_all_equal(*tensors)


def test_a_drawn_run_names_its_encoder_and_draws(
    squares: pathlib.Path, encoder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    often = Intervals(log_kimg=0.004, sample_kimg=0.008, checkpoint_kimg=0.004)
    train(drawing(squares, encoder), tmp_path / "run", often, tensorboard=False)
    model = ganjax.load(tmp_path / "run")
    assert model.text == str(encoder)
    images = ganjax.text_to_image(model, jax.random.key(0), ["a red square", "青い四角"], n=2)
    assert images.shape == (2, 2, 8, 8, 3)


def test_a_run_with_all_that_the_paper_has_not_goes_on_as_if_it_had_not_broken_off(
    tmp_path: pathlib.Path,
) -> None:
    """Of the drawn faces, which know what is so in them, with an encoder that learns too."""
    common = {"data": "faces:40", "facts": 1.0, "batch": 7, "sharpness": 20.0}
    words = damsm.plan(matching(pathlib.Path(), **common | {"kimg": 0.021, "side": 16}))
    often = Intervals(log_kimg=0.007, sample_kimg=0.021, checkpoint_kimg=0.007)
    assert train(words, tmp_path / "words", often, tensorboard=False).finished
    lines = [json.loads(line) for line in (tmp_path / "words" / "log.jsonl").read_text().splitlines()]
    assert all(0 < line["facts_seen"] * line["facts_heard"] < 1 for line in lines if "g_loss" in line)
    more = common | {"seeking": 0.5, "text_rate": 0.5, "kimg": 0.021}
    made = drawing(pathlib.Path(), tmp_path / "words", **more)

    def breaks(stage: int, seen: int) -> Any:
        for number, batch in enumerate(made.batches(stage, seen)):
            if number == 1:
                raise KeyboardInterrupt
            yield batch

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(made, whole, often, tensorboard=False)
    with pytest.raises(KeyboardInterrupt):
        train(dataclasses.replace(made, batches=breaks), broken, often, tensorboard=False)
    train(made, broken, often, tensorboard=False)
    for name in ("model.safetensors", "model-text.safetensors"):
        chex.assert_trees_all_equal(*(safetensors.numpy.load_file(each / name) for each in (whole, broken)))
    # The encoder that learned goes where its generator goes.
    model = ganjax.load(whole.rename(tmp_path / "elsewhere"))
    assert model.text == str(tmp_path / "elsewhere" / "model-text.safetensors")
    before, after = (ganjax.load(each, part="text") for each in (tmp_path / "words", model.text))
    moved = jax.tree.map(lambda a, b: float(jnp.abs(a - b).max()), before.variables, after.variables)
    # A step of Adam is about as long as its rate, of which the encoder has half; there are three.
    assert 0 < max(jax.tree.leaves(moved)) < 2 * 3 * 0.5e-4
    images = ganjax.text_to_image(model, jax.random.key(0), ["an old man", "おじいさん"], n=2)
    assert images.shape == (2, 2, 8, 8, 3)


def test_of_a_long_caption_a_random_part_is_read_in_its_order(squares: pathlib.Path) -> None:
    """As lib/datasets.py of DF-GAN; the tokenizer alone would always keep the beginning."""
    recipe = matching(squares, length=2)
    source, _ = captions.open_captioned(recipe, workers=0)
    tokenizer = Bilingual.learn(captions.all_captions(source), length=2)
    batches = captions.read(recipe, source, tokenizer, seen=0, workers=0)
    read = {
        tuple(row) for _, each in zip(range(40), batches, strict=False) for row in each["tokens"].tolist()
    }
    batches.close()
    texts = [f"a {name} square" for name in COLOURS]
    orders = [dataclasses.replace(tokenizer, length=9).encode(text) for text in texts]
    parts = [{(a, b), (b, c), (a, c)} for a, b, c in orders]
    assert all(len(each & read) == 3 for each in parts)


def test_pictures_of_which_no_facts_are_known_are_learned_without(squares: pathlib.Path) -> None:
    shapes = [damsm.plan(matching(squares, facts=each)).batch_shapes(0) for each in (0.0, 5.0)]
    assert shapes[0] == shapes[1]
    faces = damsm.plan(matching(squares, facts=5.0, data="faces:40")).batch_shapes(0)
    assert {*faces} - {*shapes[0]} == {"holds", "told"}


def test_an_encoder_that_cannot_help_is_refused(squares: pathlib.Path, encoder: pathlib.Path) -> None:
    recipe = dfgan.Recipe(data=f"captions:{squares}", side=8, matching=1.0, text=str(encoder))
    text = ganjax.load(encoder, part="text")
    with pytest.raises(UsageError, match="image encoder beside"):
        dfgan.plan(recipe, text=text)
    faces = dataclasses.replace(recipe, data="faces:40", matching=0.0, facts=1.0)
    with pytest.raises(UsageError, match="image encoder beside"):
        dfgan.plan(faces, text=text)
    dfgan.plan(dataclasses.replace(faces, data=recipe.data), text=text)  # which knows no facts to learn
    image = ganjax.load(encoder, part="image")
    with pytest.raises(UsageError, match="has learned other facts"):
        dfgan.plan(dataclasses.replace(recipe, data="faces:40", facts=1.0), text=text, image=image)
    mute: Model = dataclasses.replace(text, tokenizer=None)
    with pytest.raises(UsageError, match="no tokenizer"):
        dfgan.plan(recipe, text=mute)


@pytest.mark.parametrize(
    "change",
    [
        {"batch": 1},
        {"facts": -1.0},
        {"sharpness": 0.0},
        {"learning_rate": float("inf")},
        {"kimg": 1.0, "side": 12},
        {"ema_kimg": float("nan")},
        {"width": 0},
        {"side": 2},
    ],
)
@pytest.mark.parametrize("recipe", [damsm.Recipe, dfgan.Recipe])
def test_numbers_that_make_no_sense_are_refused(recipe: Any, change: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        recipe(**change)


@pytest.mark.parametrize("change", [{"width": 7}, {"grid": 0}, {"grid": 3}, {"channels": ()}])
def test_encoders_that_cannot_be_built_are_refused_before_the_data_are_read(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        damsm.Recipe(**change)


@pytest.mark.parametrize("system", ["damsm", "dfgan"])
def test_presets_survive_json(system: str) -> None:
    recipes = index.system(system, "recipe")
    for recipe in recipes.PRESETS.values():
        assert from_dict(type(recipe), to_dict(recipe)) == recipe
