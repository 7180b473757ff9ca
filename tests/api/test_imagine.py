"""Texts become vectors and pictures: on tiny random networks, and against the shared reference vectors."""

import dataclasses
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ganjax
from ganjax import hub, imagine
from ganjax.convert.bundle import read_bundle, write_bundle
from ganjax.core.types import TextSpec
from ganjax.imagine import _bucket_length, from_sentences, walk
from ganjax.models.clip import net as clip
from ganjax.models.damsm.convert import vocabulary
from ganjax.text.batch import batch
from ganjax.text.bilingual import Bilingual
from ganjax.text.bpe import BytePairs
from ganjax.text.words import Words

KEY = jax.random.key(5)
CLOSE = {"rtol": 0, "atol": 1e-5}
PROMPTS = ["a man with glasses", "笑っている女の人", "a man"]


@pytest.fixture(scope="module")
def generator(listener: Path) -> ganjax.Model:
    return ganjax.load(listener)


@pytest.fixture(scope="module")
def encoder(generator: ganjax.Model) -> ganjax.Model:
    return ganjax.load(generator.text, part="text")


def test_a_file_keeps_tokenizer_and_text_encoder(
    generator: ganjax.Model, encoder: ganjax.Model, tmp_path: Path
) -> None:
    assert isinstance(encoder.tokenizer, Bilingual) and "glasses" in encoder.tokenizer.pieces
    path = tmp_path / "copy.safetensors"
    ganjax.save(encoder, path)
    assert ganjax.load(path, part="text").tokenizer == encoder.tokenizer
    ganjax.save(generator, path)
    assert ganjax.load(path).text == generator.text == encoder.name


@pytest.mark.parametrize(
    "tokenizer", [Bilingual(("a", "眼"), 7), Words(("<end>", "bird"), 5), BytePairs(("a b", "c d</w>"), 6)]
)
def test_every_kind_of_tokenizer_travels_in_a_file(
    tokenizer: Bilingual | Words | BytePairs, encoder: ganjax.Model, tmp_path: Path
) -> None:
    path = tmp_path / "text.safetensors"
    ganjax.save(dataclasses.replace(encoder, tokenizer=tokenizer), path)
    assert ganjax.load(path, part="text").tokenizer == tokenizer


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["a"], "JSON with its kind"),
        ({"kind": 3}, "JSON with its kind"),
        ({"kind": "wrods"}, "Did you mean 'words'"),
        ({"kind": "words"}, "cannot be made"),
        ({"kind": "bilingual", "pieces": ["a"], "lenght": 3}, "lenght"),
        ({"kind": "bilingual", "pieces": "abc"}, "cannot be made"),
    ],
)
def test_a_damaged_tokenizer_is_a_fault_of_its_file(
    told: object, message: str, encoder: ganjax.Model, tmp_path: Path
) -> None:
    whole = read_bundle(encoder.name)
    path = tmp_path / "text.safetensors"
    write_bundle(path, dataclasses.replace(whole, info={"tokenizer": told}))
    with pytest.raises(ganjax.CheckpointError, match=rf"text\.safetensors is damaged.*{message}"):
        ganjax.load(path, part="text")


def test_a_file_whose_text_encoder_has_no_name_is_refused(generator: ganjax.Model, tmp_path: Path) -> None:
    path = tmp_path / "g.safetensors"
    write_bundle(path, dataclasses.replace(read_bundle(generator.name), info={"text": 7}))
    with pytest.raises(ganjax.CheckpointError, match=r"g\.safetensors names its text encoder by 7"):
        ganjax.load(path)


def test_prompts_become_vectors_one_by_one_and_together(encoder: ganjax.Model) -> None:
    features = ganjax.encode_text(encoder, PROMPTS)
    assert features.words.shape == (3, 18, 6) and features.sentence.shape == (3, 6)
    for prompt, sentence in zip(PROMPTS, features.sentence, strict=True):
        np.testing.assert_allclose(ganjax.encode_text(encoder, prompt).sentence[0], sentence, **CLOSE)
    # What is beyond the length is cut, and what is unknown is left out.
    long = ganjax.encode_text(encoder, ["a man " * 5000, "xyzzy a, man!"]).sentence
    np.testing.assert_allclose(long[0], ganjax.encode_text(encoder, "a man " * 9).sentence[0], **CLOSE)
    np.testing.assert_allclose(long[1], features.sentence[2], **CLOSE)


@pytest.mark.parametrize(
    ("longest", "most", "read"),
    [(1, 77, 16), (16, 77, 16), (17, 77, 32), (33, 77, 64), (65, 77, 77), (3, 5, 5)],
)
def test_short_texts_are_read_in_few_tokens_and_few_lengths(longest: int, most: int, read: int) -> None:
    assert _bucket_length(longest, most) == read


@pytest.mark.parametrize("text", ["damsm", "clip"])
@pytest.mark.parametrize(("count", "parts"), [(4, 0), (8, 2), (19, 4)])
def test_many_texts_are_read_a_few_at_a_time(
    count: int, parts: int, text: str, encoder: ganjax.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = transformer(encoder) if text == "clip" else encoder
    assert encoder.tokenizer is not None
    prompts = (PROMPTS[::2] * 10)[:count]
    ids, lengths = batch(encoder.tokenizer, prompts)
    monkeypatch.setattr(imagine, "_TOKENS_AT_ONCE", 5 * ids.shape[1] - 1)  # four texts
    imagine._encode.clear_cache()  # texts of this shape may have been read before
    if text == "clip":  # which has no loops of its own
        program = jax.make_jaxpr(lambda: imagine._encode(encoder, ids, lengths, ids.shape[1]))()
        assert re.findall(r"length=(\d+)", str(program)) == ([str(parts)] if parts else [])
    whole = jax.jit(encoder.net.apply)(encoder.variables, ids, lengths)
    for ours, expected in zip(ganjax.encode_text(encoder, prompts), whole, strict=True):
        np.testing.assert_allclose(ours, expected, **CLOSE)


def transformer(encoder: ganjax.Model) -> ganjax.Model:
    """A tiny encoder of CLIP in the place of `encoder`."""
    config = clip.TextConfig(tokens=600, length=40, width=8, depth=2, heads=2, hidden=8, projection=4)
    return dataclasses.replace(
        encoder,
        net=clip.Text(config),
        variables=clip.Text(config).init(KEY, np.ones((1, 4), np.int32), np.full(1, 4, np.int32)),
        spec=TextSpec(tokens=600, length=40, width=4),
        system="clip",
        tokenizer=BytePairs(("a b", "c d</w>"), 40),
    )


@pytest.mark.parametrize("text", ["damsm", "clip"])
def test_what_stands_behind_the_end_of_a_text_has_no_part_in_it(
    text: str, encoder: ganjax.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = transformer(encoder) if text == "clip" else encoder
    assert encoder.tokenizer is not None
    ids, lengths = batch(encoder.tokenizer, PROMPTS[::2])
    expected = encoder.net.apply(encoder.variables, ids, lengths)
    encode, read = imagine._encode, []

    def told(model: ganjax.Model, ids: np.ndarray, *rest: Any) -> Any:
        read.append(ids.shape[1])
        return encode(model, ids, *rest)

    monkeypatch.setattr(imagine, "_encode", told)
    found = ganjax.encode_text(encoder, PROMPTS[::2])
    for ours, whole in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, whole, **CLOSE)
    assert read == [_bucket_length(int(lengths.max()), ids.shape[1])] and read[0] < ids.shape[1]


@pytest.mark.parametrize("prompt", ["", "?!…。", "Привет", "\x00", "\ud800"])
def test_a_prompt_of_which_nothing_is_known_is_named(encoder: ganjax.Model, prompt: str) -> None:
    with pytest.raises(ganjax.UsageError, match="no known word in the prompt") as refusal:
        ganjax.encode_text(encoder, ["a man", prompt])
    assert repr(prompt) in str(refusal.value)


def test_a_column_has_one_latent_and_a_row_one_prompt(generator: ganjax.Model, encoder: ganjax.Model) -> None:
    images = ganjax.text_to_image(generator, KEY, PROMPTS, n=3)
    assert images.shape == (3, 3, 16, 16, 3) and images.dtype == jnp.float32
    assert 0 <= images.min() < images.max() <= 1
    latents = ganjax.sample_latents(generator, KEY, n=3)
    sentences, apply = ganjax.encode_text(encoder, PROMPTS).sentence, jax.jit(generator.net.apply)
    for row, sentence in zip(images, sentences, strict=True):
        raw = apply(generator.variables, latents, jnp.tile(sentence, (3, 1)))
        np.testing.assert_allclose(row, (raw + 1) / 2, **CLOSE)
    assert jnp.abs(images[0] - images[1]).max() > 0.01 < jnp.abs(images[:, 0] - images[:, 1]).max()
    # One alone is the same picture, whoever encodes it.
    alone = ganjax.text_to_image(generator, KEY, PROMPTS[1], text=encoder)
    np.testing.assert_allclose(alone[0, 0], images[1, 0], **CLOSE)


def test_truncated_latents_are_within_their_bounds(generator: ganjax.Model) -> None:
    z = ganjax.sample_latents(generator, KEY, n=400, truncation=0.5)
    np.testing.assert_array_equal(z[:3], ganjax.sample_latents(generator, KEY, n=3, truncation=0.5))
    assert 0.95 < jnp.abs(z).max() <= 1
    # Of a normal distribution cut at 2: sqrt(1 - 4 pdf(2) / (2 cdf(2) - 1)).
    assert float(z.std()) == pytest.approx(0.5 * 0.8796, rel=0.05)
    given, plain = (ganjax.text_to_image(generator, KEY, "a man", truncation=t) for t in (0.5, None))
    sentence = ganjax.encode_text(ganjax.load(generator.text, part="text"), "a man").sentence
    np.testing.assert_allclose(given[0], from_sentences(generator, z[:1], sentence), **CLOSE)
    assert jnp.abs(given - plain).max() > 0.01


def test_a_walk_leads_from_one_prompt_to_the_other(generator: ganjax.Model, encoder: ganjax.Model) -> None:
    frames = walk(generator, KEY, *PROMPTS[:2], frames=3, n=2)
    ends = ganjax.text_to_image(generator, KEY, PROMPTS[:2], n=2)
    np.testing.assert_allclose(frames[::2], ends, **CLOSE)
    half = jnp.mean(ganjax.encode_text(encoder, PROMPTS[:2]).sentence, 0)
    latents = ganjax.sample_latents(generator, KEY, n=2)
    np.testing.assert_allclose(frames[1], from_sentences(generator, latents, jnp.tile(half, (2, 1))), **CLOSE)


@pytest.fixture(scope="module")
def critic() -> ganjax.Model:
    """A discriminator with random weights, of the size of `generator`."""
    outline, rng = hub.outlines("dfgan/tiny", part="discriminator")[0], np.random.default_rng(1)

    def draw(leaf: jax.ShapeDtypeStruct) -> jax.Array:
        return jnp.asarray(rng.standard_normal(leaf.shape, "f4") / max(1, math.prod(leaf.shape[:-1])) ** 0.5)

    return outline.replace(variables=jax.tree.map(draw, outline.variables))


def test_a_discriminator_judges_images_by_their_sentences(
    critic: ganjax.Model, encoder: ganjax.Model
) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (3, 16, 16, 3), np.uint8)
    sentences = ganjax.encode_text(encoder, PROMPTS).sentence
    ranged = pixels.astype(np.float32) / 127.5 - 1
    expected = jax.jit(critic.net.apply)(critic.variables, ranged, sentences)
    close = {"rtol": 0, "atol": 1e-5 * float(jnp.abs(expected).max())}
    for images in (pixels, pixels.astype(np.float32) / 255):
        np.testing.assert_allclose(
            ganjax.discriminate(critic, images, sentences=sentences), expected, **close
        )
    scores = ganjax.discriminate(critic, ranged, sentences=np.asarray(sentences), raw=True)
    np.testing.assert_allclose(scores, expected, **close)
    # The sentence matters, and its slope leads to the generator's encoder.
    other = ganjax.discriminate(critic, pixels, sentences=sentences[::-1])
    assert jnp.abs(other - expected)[::2].min() > 1e-3 * jnp.abs(expected).max()
    score = jax.jit(lambda s: ganjax.discriminate(critic, ranged, sentences=s, raw=True).sum())
    assert jnp.abs(jax.grad(score)(sentences)).min() > 0


def test_a_discriminator_says_which_sentences_it_wants(critic: ganjax.Model, encoder: ganjax.Model) -> None:
    images, features = np.zeros((2, 16, 16, 3), np.uint8), ganjax.encode_text(encoder, PROMPTS[:2])
    with pytest.raises(ganjax.UsageError, match=r"needs sentences \[2, 6\].*ganjax\.encode_text"):
        ganjax.discriminate(critic, images)
    for given, got in [
        (PROMPTS[:2], "list"),
        (features, "TextFeatures"),
        (features.sentence[:1], r"\[1, 6\]"),
        (features.sentence[:, :5], r"\[2, 5\]"),
    ]:
        with pytest.raises(ganjax.UsageError, match=rf"takes sentences \[2, 6\].*got {got}\."):
            ganjax.discriminate(critic, images, sentences=given)
    with pytest.raises(ganjax.UsageError, match="has no labels"):
        ganjax.discriminate(critic, images, labels=[0, 1], sentences=features.sentence)
    deaf = hub.outlines("pgan/tiny", part="discriminator")[0]
    with pytest.raises(ganjax.UsageError, match="listens to no texts: leave the sentences out"):
        ganjax.discriminate(deaf, images, sentences=features.sentence)


def test_jit_and_grad(generator: ganjax.Model, encoder: ganjax.Model) -> None:
    draw = jax.jit(lambda model, text, key: ganjax.text_to_image(model, key, PROMPTS[:2], n=2, text=text))
    np.testing.assert_allclose(
        draw(generator, encoder, KEY), ganjax.text_to_image(generator, KEY, PROMPTS[:2], n=2), **CLOSE
    )
    z, sentence = ganjax.sample_latents(generator, KEY, n=1), jnp.full((1, 6), 0.1)
    slope = jax.grad(lambda s: from_sentences(generator, z, s).sum())(sentence)
    assert slope.shape == (1, 6) and jnp.abs(slope).min() > 0


def test_what_does_not_fit_is_refused(generator: ganjax.Model, encoder: ganjax.Model, tmp_path: Path) -> None:
    deaf = hub.outlines("pgan/tiny", part="generator")[0]
    plain = dataclasses.replace(encoder, tokenizer=None)
    large = dataclasses.replace(encoder, tokenizer=Bilingual(tuple("abcdefghijkl"), 18))
    long = dataclasses.replace(encoder, tokenizer=Bilingual(("a",), 19))
    lost = dataclasses.replace(generator, text=str(tmp_path / "lost.safetensors"))
    other = dataclasses.replace(encoder, spec=dataclasses.replace(encoder.spec, width=8))
    z, sentence = jnp.zeros((2, 5)), jnp.zeros((1, 6))
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: ganjax.text_to_image(deaf, KEY, "a"), r"draws no pictures of texts.*--task imagine"),
        (lambda: ganjax.text_to_image(encoder, KEY, "a"), "draws no pictures of texts"),
        (lambda: ganjax.text_to_image(generator, KEY, []), "no prompts"),
        (lambda: ganjax.text_to_image(generator, KEY, "a", n=0), "n is a number from 1 on, not 0"),
        (lambda: ganjax.text_to_image(generator, KEY, "a", truncation=1.1), "from 0 to 1, not 1.1"),
        (lambda: ganjax.text_to_image(generator, KEY, "a", text=other), "vectors of 6 numbers"),
        (lambda: ganjax.text_to_image(generator, KEY, "a", text=deaf), "vectors of 6 numbers"),
        (
            lambda: ganjax.text_to_image(dataclasses.replace(generator, text=""), KEY, "a"),
            "does not say which text encoder",
        ),
        (lambda: ganjax.encode_text(generator, "a"), 'part="text"'),
        (lambda: ganjax.encode_text(plain, "a"), r"no tokenizer.*damsm\.convert\.vocabulary"),
        (lambda: ganjax.encode_text(large, "a l"), "gave number 12"),
        (lambda: ganjax.encode_text(long, "a"), "gives up to 19"),
        (lambda: walk(generator, KEY, "a", "man", frames=1), "from 2 on, not 1"),
        (lambda: from_sentences(generator, z, sentence), r"got \[2, 5\] and \[1, 6\]"),
        (lambda: ganjax.generate(generator, KEY, n=1), "ganjax.text_to_image"),
        (lambda: ganjax.synthesize(generator, z), "ganjax.text_to_image"),
    ]
    for call, message in wrong:
        with pytest.raises(ganjax.UsageError, match=message):
            call()
    with pytest.raises(ganjax.CheckpointError, match=r"The text encoder of .*, cannot be loaded\. There is"):
        ganjax.text_to_image(lost, KEY, "a")
    with pytest.raises(ganjax.CheckpointError, match=r"trained on another .* than the one that is here now"):
        ganjax.text_to_image(dataclasses.replace(generator, text_fingerprint="0" * 16), KEY, "a")


@pytest.mark.shared
def test_published_files_give_the_reference_pictures(shared: Path) -> None:
    case = shared / "golden" / "df_gan" / "text_to_image"
    golden, told = np.load(case / "io.npz"), json.loads((case / "meta.json").read_text())["arrays"]
    generator, text = ganjax.load(case / "netG.pth"), ganjax.load(case / "text_encoder.pth", part="text")
    text = dataclasses.replace(text, tokenizer=vocabulary(case / "captions.pickle"))
    prompts = (case / "captions.txt").read_text().splitlines()
    sentences = ganjax.encode_text(text, prompts).sentence
    noise, name = golden["noise"], "images_first_two_sentences"
    images = [
        from_sentences(generator, noise, jnp.broadcast_to(each, (len(noise), 64))) for each in sentences[:2]
    ]
    raw = 2 * np.stack(images) - 1
    allowed = 5e-5 * told[name]["max_abs"] + 10 * told[name]["float32_vs_float64_max_abs"]
    np.testing.assert_allclose(raw.transpose(0, 1, 4, 2, 3), golden[name], rtol=0, atol=allowed)
