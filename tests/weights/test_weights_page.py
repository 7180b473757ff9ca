"""The rows of published weights, and the page that lists them."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from ganjax.hub import list_models
from ganjax.models.index import system
from ganjax.weights.release import Release

ROOT = Path(__file__).parents[2]
ROWS = {row.name: row for row in list_models()}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("weights_table", ROOT / "scripts" / "weights_table.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_the_table_of_the_rows(script: ModuleType) -> None:
    page = script.PAGE.read_text("utf-8")
    assert page == script.with_table(page), "run python scripts/weights_table.py"
    assert script.with_table(page.replace("| `pgan-dtd-128` |", "| `other` |")) == page


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_can_be_fetched_or_is_here(row: Release) -> None:
    if row.url is None:
        assert row.file is row.publisher is None and not row.by_hand
        return
    assert row.url.startswith("https://") and row.file
    # Files of one name in several folders keep their folder; nothing leads out of the cache.
    assert not {"", ".", ".."} & set(row.file.split("/")) and (row.by_hand or "/" not in row.file)
    assert row.publisher in system(row.system, "card").SYSTEM.sources
    if not row.by_hand:
        assert row.url.endswith(f"/{row.file}") and re.fullmatch("[0-9a-f]{8}|[0-9a-f]{64}", row.sha256 or "")


def test_files_are_not_confused() -> None:
    files = [row.file for row in ROWS.values() if row.file]
    assert len(files) == len(set(files))
    assert len([row for row in ROWS.values() if row.system == "pgan" and row.file]) == 4 + 1 + 30 + 3


def test_values_of_the_publishers() -> None:
    """As in the zoo's hubconf.py, NVIDIA's README.md and mmgeneration's configs/pggan/metafile.yml."""
    zoo = "https://dl.fbaipublicfiles.com/gan_zoo/PGAN/"
    assert ROWS["pgan-celebahq-256"].url == zoo + "celebaHQ_s6_i80000-6196db68.pth"
    assert ROWS["pgan-celebahq-512"].url == zoo + "celebaHQ16_december_s7_i96000-9c72988c.pth"
    assert ROWS["pgan-dtd-128"].url == zoo + "testDTD_s5_i96000-04efa39f.pth"
    assert ROWS["pgan-celeba-128"].url == zoo + "celebaCropped_s5_i83000-2b0acc76.pth"
    assert ROWS["pgan-celebahq-512"].sha256 == "9c72988c"
    assert ROWS["pgan-celebahq-1024"].file == "karras2018iclr-celebahq-1024x1024.pkl"
    assert ROWS["pgan-lsun-cat-256"].file == "karras2018iclr-lsun-cat-256x256.pkl"
    mmgen = ROWS["pgan-celeba-128-mmgen"]
    assert mmgen.url is not None and mmgen.url.startswith(
        "https://download.openmmlab.com/mmgen/pggan/pggan_celeba-"
    )
    levels = {"swd_16k_128": 3.42, "swd_16k_64": 4.04, "swd_16k_32": 4.78, "swd_16k_16": 20.38}
    assert mmgen.expect == {"ms_ssim_10k": 0.3023, "swd_16k": 8.15, **levels}
    assert set(ROWS["pgan-celebahq-1024-mmgen"].expect) > {"swd_16k_1024", "swd_16k_128"}


def test_only_nvidias_and_dfgans_are_not_for_commercial_use() -> None:
    for row in ROWS.values():
        assert row.commercial == (
            row.publisher not in ("tkarras/progressive_growing_of_gans", "tobran/DF-GAN")
        )
