"""Files as large as the published ones, written by the maps backwards: read whole, and in little memory."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
import pytest

from ganjax import published
from ganjax.convert import pairs as engine
from ganjax.models.index import system

from .pickles import G, array, ops, storage, tensor, torch_stream

State = dict[str, np.ndarray]


def state(part: str, name: str) -> State:
    """The tensors of the network `part` of the config `name` in the names of its code; the i-th is all i."""
    net = system("pgan")
    config = net.CONFIGS[name][list(net.PARTS).index(part)]
    module, inputs = net.PARTS[part][1](config), net.example_inputs(part, config, 1)
    shapes = jax.eval_shape(module.init, jax.random.key(0), *inputs)
    leaves, tree = jax.tree.flatten(shapes)
    filled = [np.broadcast_to(np.float32(i), leaf.shape) for i, leaf in enumerate(leaves)]
    return engine.dump(system("pgan", "convert").pairs(part, config), jax.tree.unflatten(tree, filled))


def zoo_file(generator: State) -> bytes:
    """A file of pytorch_GAN_zoo with the averaged generator alone, as torch wrote it in 2019."""
    tensors, storages = {}, {}
    for name, each in generator.items():
        stride = tuple(math.prod(each.shape[axis + 1 :]) for axis in range(each.ndim))
        tensors[name] = tensor(each.shape, stride, store=storage(each.size, name))
        storages[name] = each.tobytes()
    return torch_stream({"avgG": tensors}, storages)


def nvidia_file(networks: dict[str, State]) -> Iterator[bytes]:
    """A file of NVIDIA's code, tensor by tensor."""
    yield b"\x80\x02("
    for name, tensors in networks.items():
        build = "D_paper" if name == "D" else "G_paper"
        fields = {"version": 2, "name": name, "build_func_name": build, "static_kwargs": {}}
        yield ops(G("tfutil", "Network")) + b")\x81" + ops(fields) + b"(" + ops("variables") + b"]("
        for key, each in tensors.items():
            yield ops((key, array(each.shape, each.tobytes())))
        yield b"eub"
    yield b"t."


LOAD = """
import json, sys
import jax
import ganjax.hub

def peak():  # of this process, in bytes
    with open("/proc/self/status") as status:
        return 1024 * int(next(line for line in status if line.startswith("VmHWM")).split()[1])

jax.numpy.zeros(1).block_until_ready()
before = peak()
model = ganjax.load(sys.argv[1])
print(json.dumps({"side": model.spec.side, "taken": peak() - before}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the peak")
def test_celebahq_512_takes_less_than_two_and_a_half_times_its_file(tmp_path: Path) -> None:
    path = tmp_path / "celebahq.pth"
    path.write_bytes(zoo_file(state("generator", "celebahq-512")))
    size = path.stat().st_size
    assert 92_000_000 < size < 93_000_000  # the size of the published file
    done = subprocess.run([sys.executable, "-c", LOAD, path], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    # The mapped file, the model's own copy of it, and what JAX takes to trace the network.
    assert told["side"] == 512 and size < told["taken"] < 2.5 * size


def test_a_pickle_of_1024_pixels_is_read_whole(tmp_path: Path) -> None:
    generator, discriminator = state("generator", "paper-1024"), state("discriminator", "paper-1024")
    path = tmp_path / "karras.pkl"
    with path.open("wb") as file:
        file.writelines(nvidia_file({"G": generator, "D": discriminator, "Gs": generator}))
    assert 276_900_000 < path.stat().st_size < 277_100_000  # the published file has 277,043,647
    bundle = published.read(path, None)
    assert sorted(bundle.parts) == ["discriminator", "generator", "generator_raw"]
    assert (bundle.stage, bundle.alpha) == (None, 1.0)
    for part, expected in zip(bundle.parts.values(), (discriminator, generator, generator), strict=True):
        leaves = jax.tree.leaves(part.variables)
        assert len(leaves) == len(expected) and all(np.all(leaf == i) for i, leaf in enumerate(leaves))
        assert part.config["side"] == 1024
