"""Makes tests/golden/damsm*: a small text encoder, its vocabulary, what it gives, and the matching losses.

    python scripts/golden/damsm.py --reference PATH

Needs PyTorch, and a checkout of taoxugit/AttnGAN at PATH, whose text encoder and losses are run. Nothing
of them is changed but the masks of the losses, which are of a type that PyTorch has given up.
"""

import argparse
import pathlib
import pickle
import sys
import types
from typing import Any
from unittest import mock

import numpy as np
import torch

OUT = pathlib.Path(__file__).parents[2] / "tests" / "golden"
WORDS = ["<end>", "a", "bird", "with", "red", "wings", "and", "is", "white", "nave", "1", "blue"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", required=True, help="checkout of taoxugit/AttnGAN")
    sys.path.insert(0, str(pathlib.Path(parser.parse_args().reference) / "code"))
    smooth = types.SimpleNamespace(GAMMA1=4.0, GAMMA2=5.0, GAMMA3=10.0)
    cfg = types.SimpleNamespace(
        CUDA=False,
        RNN_TYPE="LSTM",
        TEXT=types.SimpleNamespace(WORDS_NUM=18),
        TRAIN=types.SimpleNamespace(SMOOTH=smooth),
    )
    stubs = {"miscc.config": types.SimpleNamespace(cfg=cfg), "torchvision": mock.MagicMock()}
    with mock.patch.dict(sys.modules, {**stubs, "torch.utils.model_zoo": mock.MagicMock()}):
        import model
        from miscc import losses
    torch.manual_seed(0)
    arrays = {**text(model), **matching(losses)}
    np.savez_compressed(OUT / "damsm.npz", **{key: np.asarray(value) for key, value in arrays.items()})


@torch.no_grad()
def text(model: types.ModuleType) -> dict[str, Any]:
    """The encoder's file, and its features of texts, sorted by length for it as DF-GAN's sampling does."""
    net = model.RNN_ENCODER(len(WORDS), ninput=5, nhidden=6).eval()
    for tensor in net.parameters():
        tensor.normal_()
    torch.save(net.state_dict(), OUT / "damsm_text.pth")
    captions = [[2, 4, 5], [1, 2]]
    with (OUT / "damsm_captions.pickle").open("wb") as file:
        pickle.dump([captions, captions[:1], dict(enumerate(WORDS)), _ids()], file, protocol=2)
    lengths = torch.tensor([2, 5, 1, 4])
    ids = torch.zeros(4, 5, dtype=torch.int64)
    for row, length in zip(ids, lengths, strict=True):
        row[:length] = torch.randint(1, len(WORDS), (int(length),))
    order = torch.argsort(lengths, descending=True)
    words, sentence = net(ids[order], lengths[order], net.init_hidden(4))
    back = torch.argsort(order)
    return {"ids": ids, "lengths": lengths, "words": words[back].transpose(1, 2), "sentence": sentence[back]}


def matching(losses: types.ModuleType) -> dict[str, Any]:
    """Losses of random features, with classes and without, and the gradients of the sum of all."""
    n, d, side, most = 5, 6, 3, 4
    counts = torch.tensor([4, 1, 3, 2, 4])
    classes = np.array([7, 3, 7, 7, 1])
    given = {
        "regions": torch.randn(n, d, side, side),
        "whole": torch.randn(n, d),
        "caption_words": torch.randn(n, d, most) * (torch.arange(most) < counts[:, None, None]),
        "caption": torch.randn(n, d),
    }
    for each in given.values():
        each.requires_grad_()
    arrays: dict[str, Any] = {"counts": counts, "classes": classes}
    for name, ids in (("classes", classes), ("plain", None)):
        with mock.patch.object(torch, "ByteTensor", lambda mask: torch.from_numpy(mask).bool()):
            pair = torch.arange(n)
            *by_words, _ = losses.words_loss(given["regions"], given["caption_words"], pair, counts, ids, n)
            by_sentence = losses.sent_loss(given["whole"], given["caption"], pair, ids, n)
        arrays[f"{name}_losses"] = torch.stack([*by_words, *by_sentence]).detach()
        total = sum([*by_words, *by_sentence])
        gradients = torch.autograd.grad(total, list(given.values()))
        arrays |= {f"{name}_d_{key}": _ours(each) for key, each in zip(given, gradients, strict=True)}
    return arrays | {key: _ours(value.detach()) for key, value in given.items()}


def _ours(features: torch.Tensor) -> torch.Tensor:
    """Features in the order of ganjax, channels last."""
    return features.flatten(2).transpose(1, 2) if features.ndim > 2 else features


def _ids() -> dict[str, int]:
    return {word: i for i, word in enumerate(WORDS)}


if __name__ == "__main__":
    main()
