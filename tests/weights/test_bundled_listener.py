"""The text-to-image networks of the package belong together, and show what they are told."""

import jax
import numpy as np
import pytest

import ganjax
from ganjax.data.sources.faces.captions import SIZES
from ganjax.data.sources.faces.spoken import WORDS
from ganjax.text.fingerprint import fingerprint

# Group, word, and a prompt in either language that tells it.
TOLD = [
    ("glasses", "round", "a woman with long black hair and round glasses, smiling"),
    ("glasses", "round", "丸い眼鏡をかけてほほえんでいる、まっすぐな長い黒い髪の女の人"),
    ("hair colour", "black", "a man with short straight black hair, looking calm"),
    ("hair colour", "black", "落ち着いた顔をした、まっすぐな短い黒い髪の男の人"),
    ("sex", "male", "an old man, laughing"),
    ("sex", "male", "笑っているおじいさん"),
]


@pytest.fixture(scope="module")
def generator() -> ganjax.Model:
    return ganjax.load("dfgan-faces-64")


def test_the_generator_was_trained_on_the_encoder_beside_it(generator: ganjax.Model) -> None:
    text = ganjax.load("damsm-faces-64", part="text")
    assert generator.text == "damsm-faces-64"
    assert generator.text_fingerprint == fingerprint(text.variables, text.tokenizer)


@pytest.mark.parametrize(("group", "word", "prompt"), TOLD)
def test_what_is_told_is_read_off_the_pictures(
    generator: ganjax.Model, group: str, word: str, prompt: str
) -> None:
    """By the image encoder that helped to train the generator: a wrong pair shows nothing that is told."""
    image = ganjax.load("damsm-faces-64", part="image")
    drawn = ganjax.text_to_image(generator, jax.random.key(1), prompt, n=16)
    logits = np.asarray(image.net.apply(image.variables, drawn.reshape(-1, 64, 64, 3) * 2 - 1).facts)
    start = sum(SIZES[: list(WORDS).index(group)])
    read = logits[:, start : start + len(WORDS[group])].argmax(1)
    assert np.mean(read == list(WORDS[group]).index(word)) > 0.7
