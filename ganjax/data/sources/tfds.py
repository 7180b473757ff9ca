"""A prepared data set of TensorFlow Datasets, read without TensorFlow."""

import os
import pathlib
from collections.abc import Sequence
from typing import Any

from ganjax.core.errors import DataError, UsageError, unknown
from ganjax.data.decode import decode


class TfdsSource:
    """One split of a data set that TFDS has prepared as ArrayRecord files.

    Args:
      name: "NAME", "NAME/CONFIG" or "NAME:VERSION", as TFDS writes it.
      data_dir: folder of the prepared data sets; the default of TFDS when None.
      split: "train", "test", "train[:10%]", ...

    Attributes:
      name: "tfds:NAME".
      labels: names of the classes, empty where the data set has none.

    Raises:
      UsageError: no such data set or split.
      DataError: the data set is not prepared, not as ArrayRecord, or has no images.
    """

    def __init__(
        self, name: str, *, data_dir: str | os.PathLike[str] | None = None, split: str = "train"
    ) -> None:
        # Imported here: it takes a second, and the other sources do not need it.
        import tensorflow_datasets as tfds

        self.name = f"tfds:{name}"
        builder = _builder(name, data_dir)
        features = dict(builder.info.features.items())
        images = [key for key, feature in features.items() if isinstance(feature, tfds.features.Image)]
        if not images:
            raise DataError(f"The TFDS data set {name!r} has no image; it has {', '.join(features)}.")
        self._image = "image" if "image" in images else images[0]
        has_labels = isinstance(features.get("label"), tfds.features.ClassLabel)
        self.labels: tuple[str, ...] = tuple(features["label"].names) if has_labels else ()
        try:
            # The bytes come as stored, so that one decoder treats odd pictures alike for every source.
            self._records = builder.as_data_source(
                split=split, decoders={self._image: tfds.decode.SkipDecoding()}
            )
        except ValueError as error:
            raise UsageError(f"The TFDS data set {name!r}, split {split!r}: {error}") from error
        except NotImplementedError as error:
            raise DataError(
                f"The TFDS data set {name!r} is stored as {builder.info.file_format.value}, which needs"
                f" TensorFlow. {_how_to_prepare(name, data_dir)}"
            ) from error

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The picture as {"image": uint8 [h, w, 3]}, with "label" where there are labels."""
        return self._item(index, self._records[index])

    def _getitems(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Several pictures at once: Grain asks under this name, and a record costs a quarter of the time."""
        records = self._records.__getitems__(indices)
        return [self._item(index, record) for index, record in zip(indices, records, strict=True)]

    def _item(self, index: int, record: dict[str, Any]) -> dict[str, Any]:
        item: dict[str, Any] = {"image": decode(record[self._image], name=f"{self.name}, record {index}")}
        if self.labels:
            item["label"] = int(record["label"])
        return item


def _builder(name: str, data_dir: str | os.PathLike[str] | None) -> Any:
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core import constants, read_only_builder

    folder = pathlib.Path(data_dir or constants.DATA_DIR).expanduser()
    try:
        return read_only_builder.builder_from_files(name, data_dir=folder)
    except tfds.core.DatasetNotFoundError as error:
        prepared = [path.name for path in folder.glob("*/") if path.name != "downloads"]
        base = name.partition(":")[0].partition("/")[0]
        if base in prepared:
            raise UsageError(f"{folder / base} has no such version or configuration as {name!r}.") from error
        if base in tfds.list_builders(with_community_datasets=False):
            raise DataError(
                f"The TFDS data set {name!r} is not prepared in {folder}. {_how_to_prepare(name, data_dir)}"
            ) from error
        raise UsageError(f"{unknown('TFDS data set', name, prepared)} Looked in {folder}.") from error


def _how_to_prepare(name: str, data_dir: str | os.PathLike[str] | None) -> str:
    place = f", data_dir={os.fspath(data_dir)!r}" if data_dir else ""
    return (
        'Prepare it once with: python -c "import tensorflow_datasets as tfds; '
        f"tfds.builder({name!r}{place}, file_format='array_record').download_and_prepare()\""
    )
