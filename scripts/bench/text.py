"""Times ganjax on texts beside PyTorch: DF-GAN's generation and training step, CLIP's encoding of texts.

    python scripts/bench/text.py all --torch-python PATH      # the three below; twenty minutes on two cores
    python scripts/bench/text.py encode --torch-python PATH
    python scripts/bench/text.py imagine --torch-python PATH
    python scripts/bench/text.py train --torch-python PATH

How they are compared is said in `common.py`.
"""

import argparse

from common import OURS, OURS_BF16, OURS_STOCK, TORCH, TORCH_STOCK, Cases, add_options, contest, run

# What the published files have.
_DFGAN = {"width": 32, "latent": 100, "condition": 256}


def imagine(options: argparse.Namespace) -> Cases:
    """DF-GAN at 256x256, from latents and sentence vectors to images."""
    for batch in (1, 8):
        job = {"task": "imagine", "side": 256, "batch": batch} | _DFGAN
        everyone = (OURS, OURS_STOCK, OURS_BF16, TORCH, TORCH_STOCK)
        yield f"DF-GAN 256x256, batch {batch}", contest("text", everyone, job, options)


def train(options: argparse.Namespace) -> Cases:
    """A whole step of DF-GAN: discriminator with its penalty, generator, both Adams, average."""
    job = {"task": "train", "side": 64, "batch": 16, "ema_decay": 0.999} | _DFGAN
    everyone = (OURS, OURS_STOCK, OURS_BF16, TORCH, TORCH_STOCK)
    yield "DF-GAN 64x64, batch 16", contest("text", everyone, job, options)


def encode(options: argparse.Namespace) -> Cases:
    """CLIP's text encoder, of the shape of ViT-B/32: of texts as long as it reads, and of short ones.

    PyTorch begins with token ids, 77 in both, which is what CLIP's own tokenizer gives for any prompt.
    """
    everyone = (OURS, OURS_STOCK, OURS_BF16, TORCH, TORCH_STOCK)
    for task, name in (("encode", "texts of 77 tokens"), ("prompts", "captions of drawn faces")):
        yield f"CLIP ViT-B/32, 64 {name}", contest("text", everyone, {"task": task, "batch": 64}, options)


TASKS = {"imagine": imagine, "train": train, "encode": encode}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    for name, task in (*TASKS.items(), ("all", None)):
        add_options(tasks.add_parser(name, help=task.__doc__ if task else "All of these."))
    run("text", TASKS, parser.parse_args(), network="the benchmark's own")


if __name__ == "__main__":
    main()
