"""CLIP's byte pairs against transformers' CLIPTokenizer, with merges written for these texts.

The cases are made by scripts/golden/clip.py.
"""

import gzip
import itertools
import json
import random
import time
from pathlib import Path

import pytest

from ganjax.core.errors import CheckpointError, UsageError
from ganjax.text.batch import batch
from ganjax.text.bpe import BytePairs

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "clip_tokens.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> BytePairs:
    path = tmp_path_factory.mktemp("clip") / "merges.txt"
    path.write_text(GOLDEN["merges"], "utf-8")
    return BytePairs.read(path)


@pytest.mark.parametrize("text", GOLDEN["cases"])
def test_ids(tokenizer: BytePairs, text: str) -> None:
    assert tokenizer.encode(text) == GOLDEN["cases"][text]


def test_the_vocabulary_is_two_times_256_bytes_the_merges_and_two_marks(tokenizer: BytePairs) -> None:
    start, end = tokenizer.encode("")
    assert (start, end) == (tokenizer.tokens - 2, tokenizer.tokens - 1)
    assert tokenizer.tokens == 512 + len(tokenizer.merges) + 2


def test_the_published_file_has_more_lines_than_count(tmp_path: Path) -> None:
    """openai/CLIP: merges[1 : 49152 - 256 - 2 + 1] of 262,145 lines, 49,408 tokens."""
    signs = [chr(0x100 + i) for i in range(512)]
    lines = ['"bpe_simple_vocab_16e6.txt#version: 0.2', *map(" ".join, itertools.product(signs, signs))]
    path = tmp_path / "bpe_simple_vocab_16e6.txt.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    tokenizer = BytePairs.read(path)
    assert tokenizer.merges[-1] == lines[48894] and len(tokenizer.merges) == 48894
    assert tokenizer.encode("")[0] == 49406


def test_too_long_a_text_is_cut_and_keeps_its_end(tokenizer: BytePairs) -> None:
    ids = tokenizer.encode("old " * 1000)
    assert len(ids) == 77 and ids[:1] + ids[-1:] == tokenizer.encode("") and len(set(ids[1:-1])) == 1


def test_the_heap_merges_as_the_plain_rule_does() -> None:
    """openai/CLIP, clip/simple_tokenizer.py, `bpe`: the pair of the lowest rank, wherever it stands."""
    rng = random.Random(0)
    pieces, merges = ["a", "b", "c", "a</w>", "b</w>", "c</w>"], []
    while len(merges) < 40:
        left, right = rng.choice(pieces), rng.choice(pieces)
        if not left.endswith(">") and left + right not in pieces:
            merges.append((left, right))
            pieces.append(left + right)
    tokenizer = BytePairs(tuple(map(" ".join, merges)), length=1000)

    def plainly(word: str) -> list[str]:
        parts = [*word[:-1], word[-1] + "</w>"]
        for left, right in merges:
            i = 0
            while i + 1 < len(parts):
                if (parts[i], parts[i + 1]) == (left, right):
                    parts[i : i + 2] = [left + right]
                i += 1
        return parts

    names = {i: piece for piece, i in tokenizer._ids.items()}
    for _ in range(200):
        word = "".join(rng.choices("abc", k=rng.randint(1, 40)))
        assert [names[i] for i in tokenizer.encode(word)[1:-1]] == plainly(word)


def test_ten_thousand_letters_without_a_space_take_no_time(tokenizer: BytePairs) -> None:
    letters = random.Random(0).choices("笑old男の", k=10_000)
    began = time.process_time()
    assert len(tokenizer.encode("".join(letters))) == 77
    assert time.process_time() - began < 2


def test_a_lone_surrogate_is_a_question_mark(tokenizer: BytePairs) -> None:
    """What Python makes of bytes on standard input that are no UTF-8."""
    assert tokenizer.encode("a \udce3") == tokenizer.encode("a ?")


def test_batches(tokenizer: BytePairs) -> None:
    ids, lengths = batch(tokenizer, ["the old man", ""])
    assert ids.shape == (2, 77) and list(lengths) == [5, 2]
    assert list(ids[0, :5]) == tokenizer.encode("the old man") and not ids[0, 5:].any()


def test_json(tokenizer: BytePairs) -> None:
    again = BytePairs.from_json(json.loads(json.dumps(tokenizer.to_json())))
    assert again == tokenizer and again.encode("old") == tokenizer.encode("old")
    with pytest.raises(UsageError, match="lenght"):
        BytePairs.from_json({"merges": [], "lenght": 77})


@pytest.mark.parametrize(
    "data", [b"#version\na b c\n", b"\x1f\x8bno gzip", gzip.compress(b"#\na b")[:-4], b"#\n\xff", b"#\nab\n"]
)
def test_files_that_are_no_merges(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "merges.txt").write_bytes(data)
    with pytest.raises(CheckpointError, match=r"merges\.txt cannot be read as a list of merges"):
        BytePairs.read(tmp_path / "merges.txt")


def test_a_small_file_that_unpacks_to_a_large_one(tmp_path: Path) -> None:
    (tmp_path / "merges.txt").write_bytes(gzip.compress(bytes(1 << 25)))
    with pytest.raises(CheckpointError, match="more than 16,777,216 bytes"):
        BytePairs.read(tmp_path / "merges.txt")
