"""The whole files of scripts/fuzz.py, and the ways in which it damages them."""

import dataclasses
import io
import json
import pathlib
import random
import tempfile
import zipfile
from typing import Any

import jax
import numpy as np
import safetensors.numpy

from ganjax import published
from ganjax.convert.bundle import Bundle, Part, write_bundle
from ganjax.core.configs import to_dict
from ganjax.models.index import system

GOLDEN = pathlib.Path(__file__).parents[1] / "tests" / "golden"
# Files that say in a text beside their tensors what network they are.
TOLD = {
    "bundle.safetensors": "ganjax",
    "large.safetensors": "ganjax",
    "reference.safetensors": "ganjax_network",
}
# Files of some 30 MB, whose reading could take too much memory: one file in a hundred.
LARGE = ("large.pth", "large.safetensors")
# Numbers at the edges of what sizes, counts, offsets and steps may be.
_EDGES = [
    (0, 1),
    (1, 1),
    (0x7F, 1),
    (0xFF, 1),
    (0xFFFF, 2),
    (0xFFFFFFFF, 4),
    (2**31, 4),
    (2**63, 8),
    (2**64 - 1, 8),
]
# Values that the text about a network may have anywhere.
_ODD = [None, True, 0, -1, 3, 2**31, 2**63, 0.5, 1e308, float("nan"), "", "x", [], [0], {}, {"x": 0}]


def whole_files() -> dict[str, bytes]:
    """Files of every container by name, whose suffix is what `ganjax.load` wants; small but for `LARGE`."""
    files = {path.name: path.read_bytes() for path in sorted(GOLDEN.glob("pgan_*.p[tk][hl]"))}
    files["deflated.pth"] = zipped(members(files["pgan_zoo_labels.pth"]), zipfile.ZIP_DEFLATED)
    rng = np.random.default_rng(0)
    kinds = {"a": "f4", "b": "f2", "c": "i8", "d": "u1", "e": "?"}
    arrays = {name: rng.integers(0, 2, (3, 4)).astype(kind) for name, kind in kinds.items()}
    files["plain.safetensors"] = safetensors.numpy.save(arrays, {"made": "by hand"})
    noise = rng.bytes(30_000_000)  # which deflating does not shorten
    parts = {"a/data.pkl": _one_tensor(len(noise) // 4), "a/data/0": noise}
    files["large.pth"] = zipped(parts, zipfile.ZIP_DEFLATED)
    bundle = published.read(GOLDEN / "pgan_zoo_fade.pth", None)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "file")
        write_bundle(path, bundle)
        files["bundle.safetensors"] = path.read_bytes()
        published.write_reference(path, bundle, "generator")
        files["reference.safetensors"] = path.read_bytes()
        write_bundle(path, _wide(), half=True)
        files["large.safetensors"] = path.read_bytes()
    return files


def members(archive: bytes) -> dict[str, bytes]:
    """What a zip archive holds, by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive of `members`."""
    with zipfile.ZipFile(file := io.BytesIO(), "w", method, compresslevel=1) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def mutated(seed: int, number: int, files: dict[str, bytes]) -> tuple[str, str, bytes]:
    """The mutation `number` of `seed`: a file's name, where it was changed, and its changed bytes.

    "inside" is what describes the tensors, with checksums and lengths made to fit; "outside" is any byte.
    """
    rng, small = random.Random(f"{seed}/{number}"), sorted(files.keys() - {*LARGE})
    name, other = rng.choice(small), files[rng.choice(small)]
    if number % 100 == 0:  # large ones take time
        name = LARGE[number // 100 % len(LARGE)]
    data = files[name]
    if name in TOLD and rng.random() < 0.6:
        return name, "inside", _told_oddly(rng, data, TOLD[name])
    if name in small and data.startswith(b"PK") and rng.random() < 0.6:
        held = members(data)
        each = next(key for key in held if key.endswith("data.pkl"))
        held[each] = scrambled(rng, held[each], other)
        return (
            name,
            "inside",
            zipped(held, zipfile.ZIP_DEFLATED if name == "deflated.pth" else zipfile.ZIP_STORED),
        )
    return name, "outside", scrambled(rng, data, other)


def _wide() -> Bundle:
    """A generator of 64 MB."""
    net = system("pgan")
    config = dataclasses.replace(net.CONFIGS["tiny"][0], latent=512, channels=(512, 512, 512))
    module, inputs = net.PARTS["generator"][1](config), net.example_inputs("generator", config, 1)
    shapes = jax.eval_shape(module.init, jax.random.key(0), *inputs)
    variables = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)
    return Bundle("pgan", {"generator": Part(to_dict(config), variables)})


def _one_tensor(count: int) -> bytes:
    """The pickle of torch for a dict of one tensor of `count` float32 numbers."""
    number = b"J" + count.to_bytes(4, "little")
    storage = b"(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpu" + number + b"tQ"
    call = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\0" + number + b"\x85K\1\x85\x89"
    return b"\x80\2}X\1\0\0\0a" + call + b"ccollections\nOrderedDict\n)RtRs."


def _told_oddly(rng: random.Random, data: bytes, entry: str) -> bytes:
    """A safetensors file whose text `entry` was changed in one to three places, and is JSON still."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    told = json.loads(header["__metadata__"][entry])
    for _ in range(rng.choice([1, 1, 2, 3])):
        told = _odd(rng, told)
    header["__metadata__"][entry] = json.dumps(told)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[end:]


def _odd(rng: random.Random, value: Any) -> Any:
    """A JSON value with one place in it changed, left out or renamed."""
    if not (isinstance(value, dict | list) and value) or rng.random() < 0.05:
        near = [value * 2, value + 1, -value] if isinstance(value, int | float) else []
        return rng.choice([*_ODD, *near, *near, [value], value])
    changed = dict(value) if isinstance(value, dict) else dict(enumerate(value))
    deep = [key for key, item in changed.items() if isinstance(item, dict | list) and item]
    key, how = rng.choice(deep if deep and rng.random() < 0.7 else list(changed)), rng.randrange(20)
    if how == 0:
        del changed[key]
    elif how == 1:
        changed[f"{key}x"] = changed.pop(key)
    else:
        changed[key] = _odd(rng, changed[key])
    return changed if isinstance(value, dict) else list(changed.values())


def scrambled(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """`data` after one to four changes: flipped bits, edges written over, cut, spliced, repeated, moved."""
    result = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        at, length = _place(rng, len(result)), rng.choice([1, 2, 8, 64, 1024])
        change = rng.randrange(8)
        if change <= 2:
            for _ in range(rng.choice([1, 1, 3, 16])):
                result[_place(rng, len(result))] ^= 1 << rng.randrange(8)
        elif change == 3:
            number, size = rng.choice(_EDGES)
            result[at : at + size] = number.to_bytes(size, "little")
        elif change == 4:
            del result[at : rng.choice([at + length, len(result)])]
        elif change == 5:
            start = _place(rng, len(other))
            result[at : at + rng.choice([0, length])] = other[start : start + length]
        elif change == 6:
            result[at:at] = result[at : at + length] * rng.choice([1, 3])
        else:
            start = _place(rng, len(result))
            result[at : at + length] = result[start : start + length]
        if not result:
            break
    return bytes(result)


def _place(rng: random.Random, size: int) -> int:
    """A place in `size` bytes: near the ends, where files describe themselves, twice as often as anywhere."""
    near = min(size, rng.choice([256, 4096]))
    return (
        rng.choice([rng.randrange(near), size - 1 - rng.randrange(near), rng.randrange(size)]) if size else 0
    )
