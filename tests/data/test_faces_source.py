"""The faces as a data set."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.data.sources.faces import ATTRIBUTES, FaceSource, captions, describe, draw, vector


def test_an_item_is_the_face_of_its_index() -> None:
    source = FaceSource(32, seed=3)
    item, face = source[41], describe(3, 41)
    np.testing.assert_array_equal(item["image"], draw(face, 32))
    np.testing.assert_array_equal(item["attributes"], vector(face))
    assert item["caption"] == captions(face)["en"][0]
    assert item["image"].shape == (32, 32, 3) and item["image"].dtype == np.uint8
    assert source.name == "faces" and source.attribute_names == ATTRIBUTES
    assert source[np.int64(41)]["caption"] == item["caption"]


def test_it_has_a_length_and_ends() -> None:
    assert len(FaceSource(16)) == 50_000 and len(FaceSource(16, n=5)) == 5
    for index in (5, -1):
        with pytest.raises(IndexError, match="of 5"):
            FaceSource(16, n=5)[index]


def test_faces_differ_and_seeds_give_other_faces() -> None:
    images = np.stack([FaceSource(32)[i]["image"] for i in range(20)]).astype(float)
    distance = np.abs(images[:, None] - images[None]).mean((2, 3, 4))
    assert distance[~np.eye(20, dtype=bool)].min() > 8
    assert not np.array_equal(FaceSource(32, seed=1)[0]["image"], FaceSource(32, seed=2)[0]["image"])


@pytest.mark.parametrize("wrong", [{"side": 0}, {"side": 8, "n": 0}, {"side": 8, "seed": -1}])
def test_wrong_arguments_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="Faces need"):
        FaceSource(**wrong)


def test_worker_processes_need_no_jax() -> None:
    source = pickle.loads(pickle.dumps(FaceSource(16, n=3)))
    np.testing.assert_array_equal(source[1]["image"], FaceSource(16)[1]["image"])
    code = "import ganjax.data.sources.faces, sys; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
