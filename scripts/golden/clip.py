"""Makes tests/golden/clip*: narrow encoders of CLIP with random weights, their features, and tokens of texts.

    python scripts/golden/clip.py

Needs PyTorch and transformers, whose classes (models/clip) give all numbers. The weights are kept in half
precision, as some publishers do, so that the file stays small; features are those of these very weights, in
float64.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModel,
    CLIPVisionModelWithProjection,
)

OUT = Path(__file__).parents[2] / "tests" / "golden"
MEAN, DEVIATION = (
    torch.tensor(each).reshape(3, 1, 1)
    for each in ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
)
TEXT = {
    "vocab_size": 40,
    "max_position_embeddings": 9,
    "hidden_size": 32,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "projection_dim": 24,
    "bos_token_id": 38,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
VISION = {
    "image_size": 24,
    "patch_size": 8,
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "projection_dim": 24,
}
# Start 38, end 39; the last row says its end twice, and 7 is the end of the case "gelu".
IDS = [[38, 5, 7, 30, 39, 0, 0, 0, 0], [38, 1, 2, 3, 4, 5, 6, 7, 39], [38, 39, 7, 9, 39, 0, 0, 0, 0]]
MERGES = """
t h|th e</w>|t h</w>|i n|a n|a n</w>|an d</w>|r e|e r</w>|in g</w>|o l|ol d</w>|m an</w>|g l|gl a|gla s
|s e|se s</w>|glas ses</w>|' s</w>|ã ģ|ãģ ®</w>|ãģ ®|ã Ĥ|ç Ķ|çĶ ·</w>|ð Ł|ðŁ ĺ|ðŁĺ Ģ</w>|! !|!! !</w>
|a a|aa aa|b a|w i|wi th</w>|w a|v y</w>|wa vy</w>|. .|.. .</w>|Ã ©</w>
""".replace("\n", "").split("|")
TEXTS = [
    "an old man with wavy hair and glasses, laughing",
    "  The OLD\tman's\n\nglasses!!!  ",
    "眼鏡をかけて笑っている、髪の短い女の人",
    "男の人",
    "😀😀 smile 👩‍🦰👍🏽",
    "it's they're I've I'm we'll he'd don't 'tis ''s",
    "",
    " \u3000\n",
    "...!?;:--__(a_b)[c]",
    "42 faces, 3½ Ⅷ x² ٣",
    "cafe\u0301 café ÇÀÉ Straße ПРИВЕТ ελλάδα हिन्दी",
    "the <|endoftext|> and",
    "aaaaabaaaaaaab " * 3,
    "old " * 100,
    "笑" * 200,
]


@torch.no_grad()
def encoders() -> None:
    """Both encoders in one file, its config.json, and their features with several settings."""
    torch.manual_seed(0)
    model = CLIPModel(CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=24)).eval()
    for name, parameter in model.named_parameters():
        if "norm" in name and name.endswith("weight"):
            parameter.normal_(1, 0.2)
        elif name != "logit_scale":
            parameter.normal_(0, parameter[0].numel() ** -0.5 if parameter.ndim > 1 else 0.2)
    state = {name: value.half() for name, value in model.state_dict().items()}
    state["text_model.embeddings.position_ids"] = torch.arange(9)[None]  # older files have them
    save_file(state, OUT / "clip.safetensors", {"format": "pt"})
    told = {"text_config": TEXT, "vision_config": VISION, "model_type": "clip"}
    (OUT / "clip_config.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    state = {name: value for name, value in state.items() if "position_ids" not in name}

    ids = torch.tensor(IDS)
    images = torch.rand(2, 3, 24, 24).half().float()
    pixels = ((images - MEAN) / DEVIATION).double()
    model.load_state_dict(state)
    both = model.double()(input_ids=ids, pixel_values=pixels)
    arrays = {
        "ids": ids.int(),
        "images": images.permute(0, 2, 3, 1),
        "logits": both.logits_per_text,
    }
    # As it is; exact gelu and an end token that the config names; without projections.
    for name, changes in {"published": {}, "gelu": {"hidden_act": "gelu", "eos_token_id": 7}}.items():
        text = CLIPTextModelWithProjection(CLIPTextConfig(**TEXT | changes)).eval()
        text.load_state_dict(_of(state, "text"))
        found = text.double()(input_ids=ids)
        changes.pop("eos_token_id", None)
        vision = CLIPVisionModelWithProjection(CLIPVisionConfig(**VISION | changes)).eval()
        vision.load_state_dict(_of(state, "vis"))
        arrays |= {
            f"{name}_words": found.last_hidden_state,
            f"{name}_sentence": found.text_embeds,
            f"{name}_vision": vision.double()(pixel_values=pixels).image_embeds,
        }
    text, vision = CLIPTextModel(CLIPTextConfig(**TEXT)), CLIPVisionModel(CLIPVisionConfig(**VISION))
    for each, head in ((text, "text_model."), (vision, "vision_model.")):
        each.load_state_dict(
            {name.removeprefix(head): value for name, value in state.items() if name.startswith(head)}
        )
    arrays["bare_sentence"] = text.double().eval()(input_ids=ids).pooler_output
    arrays["bare_vision"] = vision.double().eval()(pixel_values=pixels).pooler_output
    arrays = {name: each.numpy() for name, each in arrays.items()}
    arrays = {name: each.astype(np.float32) if each.dtype == float else each for name, each in arrays.items()}
    np.savez_compressed(OUT / "clip.npz", **arrays, **pictures())


def _of(state: dict[str, torch.Tensor], head: str) -> dict[str, torch.Tensor]:
    return {name: value for name, value in state.items() if name.startswith(head)}


def pictures() -> dict[str, np.ndarray]:
    """Small photographs of noise in two shapes, and what CLIP's processor makes of them."""
    rng = np.random.default_rng(0)
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": 12}, crop_size={"height": 12, "width": 12}, do_normalize=False
    )
    arrays = {}
    for name, shape in {"wide": (17, 30, 3), "tall": (22, 8, 3)}.items():
        picture = rng.integers(0, 256, shape, dtype=np.uint8)
        prepared = processor(Image.fromarray(picture), return_tensors="np")["pixel_values"][0]
        arrays |= {f"picture_{name}": picture, f"prepared_{name}": prepared.transpose(1, 2, 0)}
    return arrays


def tokens() -> None:
    """Merges written for these texts, and the ids that CLIP's tokenizer gives."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [*map(chr, shown), *(chr(256 + i) for i in range(256 - len(shown)))]
    joined = [merge.replace(" ", "") for merge in MERGES]
    vocabulary = [*letters, *(f"{letter}</w>" for letter in letters), *joined]
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    lines = "\n".join(["#version: 0.2", *MERGES, ""])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "merges.txt").write_text(lines, "utf-8")
        ids = {token: i for i, token in enumerate(vocabulary)}
        (Path(folder) / "vocab.json").write_text(json.dumps(ids), "utf-8")
        tokenizer = CLIPTokenizer.from_pretrained(folder, model_max_length=77)
        cases = {text: tokenizer(text, truncation=True)["input_ids"] for text in TEXTS}
    told = {"merges": lines, "cases": cases}
    (OUT / "clip_tokens.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    encoders()
    tokens()
