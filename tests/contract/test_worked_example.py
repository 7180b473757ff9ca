"""The worked example of CONTRIBUTING.md is right: its files are taken from the page and used.

Expected values: pytorch_GAN_zoo's DCGAN, golden case pgan_zoo/dcgan_64px.
"""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import chex
import jax
import numpy as np
import pytest

import ganjax
from ganjax import models
from ganjax.models import index, presets

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"


@pytest.fixture(scope="module")
def dcgan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Adds the page's system to ganjax, as the page says, for the tests below."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "dcgan").mkdir()
    blocks = re.findall(
        r'```python title="ganjax/models/(dcgan/\w+\.py)"\n(.*?)```', PAGE.read_text("utf-8"), re.S
    )
    for name, code in [*blocks, ("dcgan/__init__.py", "")]:
        (folder / name).write_text(code, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "__path__", [*models.__path__, str(folder)])
        patch.setitem(index.SYSTEMS, "dcgan", "ganjax.models.dcgan")
        yield


@pytest.mark.shared
@pytest.mark.parametrize(
    ("part", "given", "wanted"),
    [
        ("generator", "latents", "image_eval_avgG"),
        ("generator_raw", "latents", "image_eval_netG"),
        ("discriminator", "d_input", "d_output_eval"),
    ],
)
def test_it_loads_what_others_published(
    dcgan: None, shared: Path, part: str, given: str, wanted: str
) -> None:
    case = shared / "golden" / "pgan_zoo" / "dcgan_64px"
    golden = np.load(case / "io.npz")
    model = ganjax.load(case / "checkpoint.pth", part=part)
    result = model.net.apply(model.variables, nhwc(golden[given]))
    np.testing.assert_allclose(result, nhwc(golden[wanted]), rtol=0, atol=5e-5)


def nhwc(x: np.ndarray) -> np.ndarray:
    return x.transpose(0, 2, 3, 1) if x.ndim == 4 else x


def test_its_recipe_fits_the_training_loop(dcgan: None) -> None:
    preset = presets.preset("dcgan", "faces-64")
    small = dataclasses.replace(preset, data="faces:32", side=16, width=4, batch=8)
    plan = presets.recipes("dcgan").plan(small)
    batch = next(plan.batches(0, 0))
    assert {name: (x.shape, x.dtype) for name, x in batch.items()} == {
        name: (x.shape, x.dtype) for name, x in plan.batch_shapes(0).items()
    }
    state = jax.eval_shape(plan.create)
    after, metrics = jax.eval_shape(plan.step(0), state, batch, 1.0)
    chex.assert_trees_all_equal_shapes_and_dtypes(state, after)
    assert {"d_loss", "g_loss"} <= metrics.keys()
