"""A data set that TFDS prepares here, from PNG files of our own writer, and one of photographs."""

import io
import json
import pathlib
import shutil

import numpy as np
import pytest

from ganjax.core.errors import DataError, UsageError
from ganjax.data.sources import open_source
from ganjax.data.sources.tfds import TfdsSource

PICTURES = [np.full((4 + i, 6, 3), 10 * i, np.uint8) for i in range(7)]
NAMES = ["circle", "square", "star"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, png) -> pathlib.Path:
    """A folder with the data sets "shapes" (image and label) and "words" (no image)."""
    import tensorflow_datasets as tfds

    class _Builder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        VERSION = tfds.core.Version("1.0.0")

        def _split_generators(self, manager):
            return {"train": self._generate_examples(range(6)), "test": self._generate_examples([6])}

    class Shapes(_Builder, skip_registration=True):
        def _info(self):
            image = tfds.features.Image(shape=(None, None, 3), encoding_format="png")
            label = tfds.features.ClassLabel(names=NAMES)
            features = tfds.features.FeaturesDict({"image": image, "label": label})
            return tfds.core.DatasetInfo(builder=self, features=features)

        def _generate_examples(self, indices):
            for i in indices:
                yield i, {"image": io.BytesIO(png(PICTURES[i])), "label": i % 3}

    class Words(_Builder, skip_registration=True):
        def _info(self):
            features = tfds.features.FeaturesDict({"word": tfds.features.Text()})
            return tfds.core.DatasetInfo(builder=self, features=features)

        def _generate_examples(self, indices):
            for i in indices:
                yield i, {"word": f"word {i}"}

    folder = tmp_path_factory.mktemp("tfds")
    for builder in (Shapes, Words):
        builder(data_dir=folder, file_format="array_record").download_and_prepare()
    return folder


def test_pictures_labels_and_splits(prepared):
    source = open_source("tfds:shapes", side=8, data_dir=prepared)
    assert (source.name, len(source), source.labels) == ("tfds:shapes", 6, tuple(NAMES))
    seen = {}
    for i in range(6):
        item = source[i]
        number = item["image"].shape[0] - 4  # TFDS shuffles; the height tells which picture this is
        np.testing.assert_array_equal(item["image"], PICTURES[number])
        assert item["label"] == number % 3
        seen[number] = i
    assert sorted(seen) == list(range(6))
    together = source._getitems([4, 1])
    np.testing.assert_array_equal(together[0]["image"], source[4]["image"])
    np.testing.assert_array_equal(together[1]["image"], source[1]["image"])
    assert len(TfdsSource("shapes:1.0.0", data_dir=prepared, split="test")) == 1
    assert len(TfdsSource("shapes", data_dir=prepared, split="train[:50%]")) == 3


def test_what_is_not_there(prepared):
    with pytest.raises(
        UsageError, match=r"Unknown TFDS data set 'shape'. Did you mean 'shapes'\? .*: shapes, words\."
    ):
        TfdsSource("shape", data_dir=prepared)
    with pytest.raises(UsageError, match=r"Known: none.* Looked in .*absent"):
        TfdsSource("shapes", data_dir=prepared / "absent")
    with pytest.raises(UsageError, match=r"no such version or configuration as 'shapes:2\.0\.0'"):
        TfdsSource("shapes:2.0.0", data_dir=prepared)
    with pytest.raises(UsageError, match=r"split 'tran'.*\['train', 'test'\]"):
        TfdsSource("shapes", data_dir=prepared, split="tran")
    with pytest.raises(DataError, match="'words' has no image; it has word"):
        TfdsSource("words", data_dir=prepared)


def test_a_data_set_to_prepare_first(prepared, tmp_path):
    """MNIST is known to TFDS; and a data set in TensorFlow's own format cannot be read without it."""
    with pytest.raises(
        DataError, match=r"'mnist' is not prepared .*file_format='array_record'\).download_and_prepare"
    ):
        TfdsSource("mnist", data_dir=prepared)
    shutil.copytree(prepared / "shapes", tmp_path / "shapes")
    info = tmp_path / "shapes" / "1.0.0" / "dataset_info.json"
    info.write_text(json.dumps(json.loads(info.read_text()) | {"fileFormat": "tfrecord"}))
    with pytest.raises(DataError, match=r"stored as tfrecord, which needs TensorFlow\. Prepare it"):
        TfdsSource("shapes", data_dir=tmp_path)


@pytest.mark.shared
def test_photographs(shared):
    """CIFAR-10: the counts of its publication, pixels and classes by TFDS's own decoder."""
    import tensorflow_datasets as tfds

    folder = shared / "data" / "tfds"
    source = open_source("tfds:cifar10_jpeg", side=32, data_dir=folder)
    assert len(source) == 50_000
    assert source.labels[:3] == ("airplane", "automobile", "bird")
    reference = tfds.builder_from_directory(folder / "cifar10_jpeg" / "1.0.0").as_data_source(split="train")
    for i in (0, 7, 49_999):
        np.testing.assert_array_equal(source[i]["image"], reference[i]["image"])
        assert source[i]["label"] == reference[i]["label"]
    assert len(TfdsSource("cifar10_jpeg", data_dir=folder, split="test")) == 10_000
