"""The description of a face: what it may be, how it is drawn by lot, and the way between two of them."""

import dataclasses

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.data.sources.faces import ATTRIBUTES, LABELS, SPECIFICATION, Face, describe, draw, move, vector

WORD = 2**64 - 1
PINNED_ROW = [[229.8, 195.5, 191.9], [146.3, 123.3, 115.5], [143.8, 125.4, 120.7], [222.5, 190.9, 188.4]]


def philox(counter: int, key: int) -> list[int]:
    """Philox-4x64-10 as published (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3")."""
    a, b, c, d = ((counter >> (64 * i)) & WORD for i in range(4))
    k0, k1 = key & WORD, key >> 64
    for _ in range(10):
        first, second = 0xD2E7470EE14C6C93 * a, 0xCA5A826395121157 * c
        a, b, c, d = (second >> 64) ^ b ^ k0, second & WORD, (first >> 64) ^ d ^ k1, first & WORD
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & WORD, (k1 + 0xBB67AE8584CAA73B) & WORD
    return [a, b, c, d]


def test_the_generator_gives_the_published_numbers() -> None:
    # The known answer for counter 0 and key 0 that comes with the authors' Random123.
    assert philox(0, 0)[0] == 0x16554D9ECA36314C


@pytest.mark.parametrize(("seed", "index"), [(0, 0), (0, 49_999), (7, 123_456_789)])
def test_faces_come_from_the_raw_stream_of_philox(seed: int, index: int) -> None:
    raw = philox((index << 64) + 1, seed)
    assert describe(seed, index).age == (raw[0] >> 11) * 2.0**-53
    assert (describe(seed, index).femininity >= 0.5) == ((raw[1] >> 11) * 2.0**-53 < 0.5)


def test_the_set_never_changes() -> None:
    """Pinned when the set was published: models are trained and scores are stated on these faces."""
    head = [0.189765, 0.753158, 0.289586, 0.879158, 0.0, 0.531903, 0.000111, 0.751243, 1.0]
    face = describe(0, 7)
    assert vector(face)[:9] == pytest.approx(head, abs=1e-6)
    blocks = draw(face, 64).reshape(4, 16, 4, 16, 3).mean((1, 3))
    assert blocks[1] == pytest.approx(np.array(PINNED_ROW), abs=0.5)


def test_every_attribute_lies_in_its_range_and_spreads_over_it() -> None:
    faces = [describe(3, i) for i in range(1500)]
    for attribute in SPECIFICATION:
        values = [getattr(face, attribute.name) for face in faces]
        if attribute.choices:
            assert set(values) == set(attribute.choices)
        else:
            span = attribute.high - attribute.low
            assert attribute.low <= min(values) < attribute.low + 0.2 * span
            assert attribute.high - 0.2 * span < max(values) <= attribute.high


def test_what_goes_together_in_life_goes_together_as_a_tendency() -> None:
    faces = [describe(4, i) for i in range(1500)]
    old, young = [f for f in faces if f.age > 0.8], [f for f in faces if 0.2 < f.age < 0.5]
    assert np.mean([f.hair_grey for f in old]) > np.mean([f.hair_grey for f in young]) + 0.4
    assert any(f.hair_grey > 0.5 for f in young) and any(f.hair_grey < 0.2 for f in old)
    assert np.mean([f.femininity > 0.5 for f in faces]) == pytest.approx(0.5, abs=0.05)
    assert any(f.beard > 0 and f.femininity > 0.5 for f in faces)


def test_specification_covers_the_face_in_order() -> None:
    assert [a.name for a in SPECIFICATION] == [field.name for field in dataclasses.fields(Face)]
    assert {label for a in SPECIFICATION for label in a.touches} == set(LABELS)


def test_vector_has_a_column_for_every_number_and_every_choice() -> None:
    face = dataclasses.replace(describe(0, 1), glasses="round", smile=-0.25)
    columns = dict(zip(ATTRIBUTES, vector(face).tolist(), strict=True))
    assert vector(face).dtype == np.float32
    assert columns["smile"] == -0.25
    assert columns["glasses=round"] == 1 and columns["glasses=none"] == 0
    assert len(set(ATTRIBUTES)) == len(ATTRIBUTES)


def test_move_begins_and_ends_at_the_faces_and_glides_between() -> None:
    a, b = describe(0, 0), describe(0, 1)
    assert move(a, b, 0.0) == a
    end = move(a, b, 1.0)
    assert vector(end) == pytest.approx(vector(b), abs=1e-6)
    assert move(a, b, 0.25).age == pytest.approx(0.75 * a.age + 0.25 * b.age)
    assert move(a, b, 0.49).clothes == a.clothes and move(a, b, 0.51).clothes == b.clothes


def test_move_takes_the_shorter_way_round_the_colour_circle() -> None:
    a, b = Face(background_colour=0.9), Face(background_colour=0.2)
    assert move(a, b, 0.5).background_colour == pytest.approx(0.05)


@pytest.mark.parametrize(("seed", "index"), [(-1, 0), (0, -1), (2**64, 0)])
def test_a_wrong_seed_or_index_is_refused(seed: int, index: int) -> None:
    with pytest.raises(UsageError, match="seed and an index"):
        describe(seed, index)
