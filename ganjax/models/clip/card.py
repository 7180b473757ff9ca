"""OpenAI's CLIP as Hugging Face distributes it.

The licence is that of the repository (openai/CLIP, LICENSE). The vocabulary is that of its
clip/simple_tokenizer.py: 256 bytes, the same at the end of a word, 48,894 merges and two marks, in all the
49,408 of transformers (models/clip/configuration_clip.py), whose defaults are the sizes of "base-patch32".

No scores: an encoder draws nothing.
"""

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="clip",
    title="CLIP",
    paper="arXiv:2103.00020",
    tasks=("encode",),
    sources=("openai/CLIP", "huggingface/transformers"),
)


def _openai(shape: str) -> Release:
    """A file of OpenAI with both encoders. Its hash is not known here, so a person fetches it."""
    return Release(
        name=f"clip-vit-{shape}",
        system="clip",
        task="encode",
        data="400 million images with texts",
        licence="MIT",
        paper=SYSTEM.paper,
        side=224,
        parts=("text", "vision"),
        range=(0.0, 1.0),
        publisher=SYSTEM.sources[0],
        file=f"clip-vit-{shape}/model.safetensors",
        url=f"https://huggingface.co/openai/clip-vit-{shape}",
        by_hand=True,
    )


RELEASES = (_openai("base-patch32"), _openai("large-patch14"))
