"""How to train two encoders that find each other's texts and images.

Source of the method: Xu et al. 2018 (AttnGAN, arXiv:1711.10485), section 3.2; taoxugit/AttnGAN,
code/pretrain_DAMSM.py. There the image encoder is an Inception that knows photographs, of which only the last
layers learn; here all of a smaller one does.
"""

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax

from ganjax.core.errors import UsageError
from ganjax.core.images import as_unit, to_range
from ganjax.core.sides import check_side
from ganjax.core.types import TextFeatures
from ganjax.losses.auxiliary import facts_loss
from ganjax.losses.games import Game, Metrics
from ganjax.losses.matching import contrastive, sentence_similarity, words_similarity
from ganjax.models import captions, training
from ganjax.models.damsm import net
from ganjax.text import kinds
from ganjax.text.bilingual import Bilingual
from ganjax.train import state as states
from ganjax.train.loop import Plan
from ganjax.train.schedule import Phase, Schedule
from ganjax.train.step import Players, Round, ema_decay, make_step


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides the result of a run.

    Attributes:
      data: pictures with captions: "faces", "faces:COUNT" or "captions:PATH".
      max_unreadable: share of a folder's files that may be unreadable.
      side: side of the images in pixels, a power of two.
      embedding: length of the vector of a token.
      dropout: share of the numbers of token vectors that training leaves out.
      width: length of the features that are compared.
      channels: of each halving of the image.
      grid: parts each way that the whole image is told of; as many halvings leave at least.
      length: the most tokens of a caption.
      kimg: thousands of images to train for.
      batch: images in a batch, each with one caption; every other one is a wrong answer.
      facts: weight of the loss by which both encoders learn to tell what is so in an image, where the data
        know that, as the drawn faces do; 0 for none, as in the paper.
      sharpness: how sharply the answers compete, gamma3 of the paper.
      words: weight of the loss that compares words with regions; that of whole texts and images has 1. With
        an image encoder that has not learned yet its numbers can grow beyond all bounds.
      learning_rate: step size of Adam.
      clip: the most that the gradient's norm may be, as in the reference.
      beta1: decay of Adam's first moment.
      beta2: decay of Adam's second moment.
      ema_kimg: half-life of the averaged networks in thousands of images.
      dtype: type of the products, float32 or bfloat16.
      seed: fixes every random number of the run.

    Raises:
      UsageError: a number that makes no sense; all are checked before anything begins.
    """

    data: str = "faces"
    max_unreadable: float = 0.01
    side: int = 64
    embedding: int = 64
    dropout: float = 0.1
    width: int = 128
    channels: tuple[int, ...] = (16, 32, 64, 64, 64)
    grid: int = 1
    length: int = 96
    kimg: float = 300.0
    batch: int = 48
    facts: float = 0.0
    sharpness: float = 10.0
    words: float = 1.0
    learning_rate: float = 1e-3
    clip: float = 0.25
    beta1: float = 0.9
    beta2: float = 0.999
    ema_kimg: float = 4.0
    dtype: Literal["float32", "bfloat16"] = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        check_side(self.side)
        net.TextConfig(width=self.width)
        multiple = net.ImageConfig(self.width, self.channels, self.grid).multiple
        for holds, text in (
            (0 <= self.seed < 2**32, f"seed is a number from 0 to 2^32 - 1, not {self.seed}"),
            (min(self.embedding, self.width, self.length) > 0, "embedding, width and length are positive"),
            (min(self.channels) > 0, f"channels are positive, not {self.channels}"),
            (
                self.side % multiple == 0,
                f"side is a multiple of {multiple}, which its channels and grid make, not {self.side}",
            ),
            (0 <= self.dropout < 1, f"dropout lies from 0 to below 1, not {self.dropout}"),
            (self.batch > 1, f"batch holds two pictures at least, not {self.batch}"),
            (0 < self.sharpness < math.inf, f"sharpness is positive and finite, not {self.sharpness}"),
            (
                0 < self.learning_rate < math.inf,
                f"learning rate is positive and finite, not {self.learning_rate}",
            ),
            (
                all(0 <= each < math.inf for each in (self.words, self.facts, self.ema_kimg)),
                "weights and half-life are finite and 0 or more",
            ),
            (self.clip > 0, f"largest gradient is positive, not {self.clip}"),
            (
                0 <= min(self.beta1, self.beta2) <= max(self.beta1, self.beta2) < 1,
                "betas lie from 0 to below 1",
            ),
            (0 <= self.max_unreadable <= 1, f"unreadable share lies from 0 to 1, not {self.max_unreadable}"),
        ):
            if not holds:
                raise UsageError(f"A recipe's {text}.")


PRESETS: dict[str, Recipe] = {
    # ganjax train damsm --preset quickstart
    "quickstart": Recipe(
        data="faces:2000", side=32, channels=(16, 32, 32), width=32, kimg=20.0, batch=32, words=0.0
    ),
    # ganjax train damsm --preset faces-64
    # 25 minutes on 2 cores of an AMD EPYC (Zen 4). The bundled damsm-faces-64 has this shape; its page
    # tells how it was trained, in three parts.
    "faces-64": Recipe(
        data="faces:50000",
        channels=(24, 48, 96, 128),
        grid=4,
        kimg=480.0,
        batch=64,
        facts=10.0,
        words=0.0,
        clip=10.0,
    ),
}
"""Recipes by name."""


def plan(recipe: Recipe, *, workers: int = 0) -> Plan:
    """What the training loop needs to follow `recipe`; opens the data, and learns the vocabulary.

    Both encoders play the generator, and there is no discriminator.

    Raises:
      UsageError: an unknown data source, or one without captions.
      DataError: the data cannot be used.
    """
    source, shown = captions.open_captioned(recipe, workers=workers)
    tokenizer = Bilingual.learn(captions.all_captions(source), length=recipe.length)
    text = net.TextEncoder(
        net.TextConfig(
            tokenizer.tokens, recipe.embedding, recipe.width, recipe.length, recipe.dropout, recipe.dtype
        )
    )
    weights = captions.fact_weights(recipe, source)
    facts = tuple(map(len, weights))
    image = net.ImageEncoder(net.ImageConfig(recipe.width, recipe.channels, recipe.grid, facts, recipe.dtype))
    schedule = Schedule((Phase(recipe.side, 0.0, recipe.kimg, recipe.batch),))
    tx = optax.chain(
        optax.clip_by_global_norm(recipe.clip),
        optax.adam(recipe.learning_rate, b1=recipe.beta1, b2=recipe.beta2),
    )
    optimisers = {"generator_tx": tx, "discriminator_tx": tx}
    pixels = jax.ShapeDtypeStruct((1, recipe.side, recipe.side, 3), jnp.float32)
    draws = (
        training.drawn(text, net.example_inputs("text", text.config, 1)),
        training.drawn(image, (pixels,)),
    )

    def both(key: jax.Array) -> Any:
        keys = jax.random.split(key)
        drawn = [draw(each)["params"] for draw, each in zip(draws, keys, strict=True)]
        return {"params": dict(zip(("text", "image"), drawn, strict=True))}

    def encode(
        variables: Any, given: Mapping[str, jax.Array], condition: Any, alpha: jax.Array
    ) -> tuple[Any, Any, Any]:
        params = {name: {"params": each} for name, each in variables["params"].items()}
        ids, drop = (given["tokens"], given["lengths"]), {"dropout": given["key"]}
        said: Any = text.apply(params["text"], *ids, train=True, rngs=drop)
        heard = net.read(params["image"], said.sentence) if facts else None
        return said, heard, image.apply(params["image"], given["image"])

    def prepare(batch: Mapping[str, jax.Array], alpha: jax.Array, keys: tuple[jax.Array, jax.Array]) -> Round:
        images = to_range(as_unit(batch["image"]), (-1.0, 1.0))
        shake, drop = jax.random.split(keys[1][0])
        given = {**batch, "image": captions.shaken(shake, images), "key": drop}
        condition = {**batch, "classes": captions.classes(batch["tokens"])}
        return Round(images, (given, given), condition)

    return Plan(
        settings=training.settings("damsm", recipe),
        schedule=schedule,
        create=lambda: training.create(both, lambda key: {"params": {}}, seed=recipe.seed, **optimisers),
        enter=functools.partial(states.enter_stage, **optimisers),
        step=lambda stage: make_step(
            Game(None, functools.partial(matching, recipe=recipe, weights=weights)),
            Players(generate=encode, discriminate=_nobody, prepare=prepare),
            ema_decay=ema_decay(recipe.batch, recipe.ema_kimg),
            **optimisers,
        ),
        batch_shapes=lambda stage: captions.batch_shapes(recipe, tokenizer, len(facts)),
        batches=lambda stage, seen: captions.read(recipe, source, tokenizer, seen=seen, workers=workers),
        sample=functools.partial(_sample, (text, image), captions.shown(shown, recipe.side, tokenizer)),
        export=lambda path, state, position: training.export(
            path,
            "damsm",
            {
                part: (network.config, {"params": state.average["params"][part]})
                for part, network in (("text", text), ("image", image))
            },
            recipe,
            int(state.seen_images),
            tokenizer=kinds.to_json(tokenizer),
        ),
    )


def matching(
    score: Any,
    features: tuple[TextFeatures, jax.Array | None, net.ImageFeatures],
    real: jax.Array,
    condition: Mapping[str, jax.Array],
    *,
    recipe: Recipe,
    weights: Sequence[np.ndarray],
) -> tuple[jax.Array, Metrics]:
    """(scalar, metrics): `g_loss`, and the share of texts that find their own image, `found`.

    With facts, whose words have these weights, also the shares of them that are read rightly: off images all
    that hold, `facts_seen`, off texts those that are told, `facts_heard`.
    """
    said, heard, seen = features
    classes = condition["classes"]
    likeness = sentence_similarity(seen.whole, said.sentence)
    loss = sum(contrastive(likeness, classes=classes, gamma3=recipe.sharpness), start=jnp.zeros(()))
    if recipe.words:
        found = words_similarity(seen.regions, said.words, condition["lengths"])
        loss += recipe.words * sum(contrastive(found, classes=classes, gamma3=recipe.sharpness))
    metrics = {"found": jnp.mean(classes[jnp.argmax(likeness, 0)] == classes)}
    if heard is not None and seen.facts is not None:
        by_image, metrics["facts_seen"] = facts_loss(seen.facts, condition["holds"], weights)
        by_text, metrics["facts_heard"] = facts_loss(heard, condition["told"], weights)
        loss += recipe.facts * (by_image + by_text)
    return loss, {"g_loss": loss, **metrics}


def _nobody(*given: Any, **how: Any) -> jax.Array:
    raise AssertionError("there is no discriminator")


def _sample(
    networks: Sequence[Any], pictures: captions.Shown, variables: Any, stage: int, alpha: float, n: int
) -> np.ndarray:
    """`n` rows [n, side, 2 side, 3] uint8: a picture, and the one that its caption finds among all shown."""
    text, image = networks
    params = variables["params"]
    said = text.apply({"params": params["text"]}, pictures.tokens, pictures.lengths)
    seen = image.apply({"params": params["image"]}, to_range(as_unit(pictures.images), (-1.0, 1.0)))
    found = np.asarray(jnp.argmax(sentence_similarity(seen.whole, said.sentence), 0))
    places = np.arange(n) % len(found)
    return np.concatenate([pictures.images[places], pictures.images[found[places]]], 2)
