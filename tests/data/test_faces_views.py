"""The views of a face against what its description says."""

import dataclasses
import itertools

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.data.sources.faces import (
    LABELS,
    SPECIFICATION,
    Attribute,
    Face,
    describe,
    draw,
    label_map,
    line_drawing,
)

SIDE = 96
# A face on which everything can be seen that may be changed.
PLAIN = Face(mouth_open=0.3, hair_length=0.5)


def changed(a: Face, b: Face) -> np.ndarray:
    return np.abs(draw(a, SIDE).astype(int) - draw(b, SIDE)).max(-1) > 3


def near(mask: np.ndarray) -> np.ndarray:
    """The mask and its neighbouring pixels, which share the antialiased edge."""
    padded = np.pad(mask, 1)
    return padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]


def shows(labels: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    return np.isin(labels, [LABELS.index(name) for name in names])


def middle(mask: np.ndarray) -> np.ndarray:
    """Mean row and column of the mask."""
    return np.argwhere(mask).mean(0)


def steps(attribute: Attribute) -> tuple:
    low, high = attribute.low, attribute.high
    return attribute.choices or (low, 0.5 * (low + high), high)


@pytest.mark.parametrize("attribute", SPECIFICATION, ids=lambda a: a.name)
def test_an_attribute_changes_what_it_names_and_nothing_else(attribute: Attribute) -> None:
    for index in range(3):
        faces = [dataclasses.replace(describe(5, index), **{attribute.name: v}) for v in steps(attribute)]
        views = [
            (draw(face, SIDE).astype(int), shows(label_map(face, SIDE), attribute.touches)) for face in faces
        ]
        for (one, before), (other, after) in itertools.pairwise(views):
            astray = (np.abs(one - other).max(-1) > 3) & ~near(before | after)
            # Where three shapes share the edge of one pixel, a trace of the lowest shows through: 0.15 %.
            assert astray.sum() <= 14, f"face {index}"


@pytest.mark.parametrize("attribute", SPECIFICATION, ids=lambda a: a.name)
def test_every_step_of_an_attribute_is_visible(attribute: Attribute) -> None:
    face = {
        "frame_colour": dataclasses.replace(PLAIN, glasses="round"),
        "ornament_colour": dataclasses.replace(PLAIN, ornament="bow"),
        "mouth_open": dataclasses.replace(PLAIN, mouth_open=0.0),
    }.get(attribute.name, PLAIN)
    for a, b in zip(steps(attribute), steps(attribute)[1:], strict=False):
        one, other = (dataclasses.replace(face, **{attribute.name: value}) for value in (a, b))
        assert changed(one, other).sum() >= 12, f"{attribute.name} from {a} to {b}"


def test_touching_is_a_real_test() -> None:
    """A smile is not covered by the touches of the gaze: the test above would see it."""
    smile, frown = dataclasses.replace(PLAIN, smile=1.0), dataclasses.replace(PLAIN, smile=-1.0)
    allowed = shows(label_map(smile, SIDE), ("eye",)) | shows(label_map(frown, SIDE), ("eye",))
    assert (changed(smile, frown) & ~near(allowed)).sum() > 50


def test_a_small_picture_is_the_average_of_a_big_one() -> None:
    for index in range(3):
        face = describe(2, index)
        big = draw(face, 1024)
        for side, levels in ((16, 8.5), (32, 4.5), (64, 2.3), (128, 1.1)):
            block = 1024 // side
            mean = big.reshape(side, block, side, block, 3).mean((1, 3))
            assert np.abs(mean - draw(face, side)).mean() < levels


def test_edges_are_smooth_at_every_side() -> None:
    """A black ring on white: where it has an edge, there are grey pixels, one or two across."""
    for side in (32, 256):
        drawing = line_drawing(dataclasses.replace(PLAIN, glasses="round"), side)
        grey = ((drawing > 40) & (drawing < 215)).mean() * side
        assert 2 < grey < 60


def test_every_combination_can_be_drawn() -> None:
    """Extremes of all attributes together: no warning, no value out of place, in all three views."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        values = {a.name: steps(a)[rng.integers(len(steps(a)))] for a in SPECIFICATION}
        face = Face(**values)
        assert draw(face, 24).dtype == np.uint8
        assert label_map(face, 24).max() < len(LABELS)
        assert line_drawing(face, 24).dtype == np.uint8


@pytest.mark.parametrize("side", [1, 2, 16, 33, 200])
def test_any_side(side: int) -> None:
    face = describe(0, 3)
    assert draw(face, side).shape == (side, side, 3)
    assert label_map(face, side).shape == line_drawing(face, side).shape == (side, side)


def test_a_side_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1 pixel"):
        draw(PLAIN, 0)


def test_pictures_depend_on_the_description_alone() -> None:
    face = describe(1, 2)
    first = draw(face, 64)
    draw(describe(1, 3), 64)
    np.testing.assert_array_equal(draw(face, 64), first)


def test_labels_say_what_is_there() -> None:
    everything = dataclasses.replace(
        PLAIN, glasses="round", beard=1.0, earrings=1.0, ornament="flower", moustache=0.5, hair_dye="blue"
    )
    labels, picture = label_map(everything, 128), draw(everything, 128).astype(int)
    assert set(np.unique(labels)) == set(range(len(LABELS)))
    red, _, blue = np.moveaxis(picture[labels == LABELS.index("hair")], -1, 0)
    assert np.mean(blue > red + 40) > 0.95
    for name in ("glasses", "earring", "ornament"):
        without = dataclasses.replace(
            everything, **({"earring": {"earrings": 0.0}}.get(name) or {name: "none"})
        )
        assert LABELS.index(name) not in label_map(without, 128)


def test_the_head_fills_the_frame_and_sits_in_the_middle() -> None:
    for index in range(25):
        labels = label_map(describe(6, index), 64)
        person = np.argwhere(~shows(labels, ("background", "clothes")))
        top, bottom = np.percentile(person[:, 0], [1, 99])
        assert 0.6 < (bottom - top) / 64 < 0.99
        assert abs(middle(shows(labels, ("eye", "glasses", "nose")))[1] - 32) < 10


def test_directions() -> None:
    """To the right is to the right of the picture, up is up."""

    def eye_shift(**values: float) -> np.ndarray:
        face = dataclasses.replace(PLAIN, **values)
        dark = shows(label_map(face, 128), ("eye",)) & (draw(face, 128).max(-1) < 110)
        return middle(dark)

    assert eye_shift(gaze_x=1.0)[1] > eye_shift(gaze_x=-1.0)[1] + 2
    assert eye_shift(gaze_y=1.0)[0] > eye_shift(gaze_y=-1.0)[0] + 0.5

    def nose(**values: float) -> np.ndarray:
        return middle(shows(label_map(dataclasses.replace(PLAIN, **values), 128), ("nose",)))

    assert nose(turn=1.0)[1] > 64 + 8 and nose(turn=-1.0)[1] < 64 - 8
    hair = [
        middle(shows(label_map(dataclasses.replace(PLAIN, tilt=t), 128), ("hair",)))[1] for t in (-1.0, 1.0)
    ]
    assert hair[1] > hair[0] + 5
    brow = [
        middle(shows(label_map(dataclasses.replace(PLAIN, brow_raise=t), 128), ("brow",)))[0]
        for t in (-1.0, 1.0)
    ]
    assert brow[1] < brow[0] - 3


def test_a_smile_lifts_the_corners_of_the_mouth() -> None:
    def lift(smile: float) -> float:
        mouth = shows(label_map(dataclasses.replace(PLAIN, smile=smile, mouth_open=0.0), 256), ("mouth",))
        columns = np.flatnonzero(mouth.any(0))
        rows = [np.flatnonzero(mouth[:, c]).mean() for c in (columns[2], columns[len(columns) // 2])]
        return rows[1] - rows[0]

    assert lift(1.0) > 5 > -5 > lift(-1.0)


def test_line_drawing_is_black_on_white() -> None:
    drawing = line_drawing(PLAIN, 256)
    assert np.mean(drawing > 250) > 0.8
    assert 0.02 < np.mean(drawing < 60) < 0.15
    # Its lines run where one thing ends and another begins.
    labels = label_map(PLAIN, 256)
    edge = shows(labels, ("hair",)) & near(shows(labels, ("background",)))
    darkest = np.minimum.reduce([np.roll(drawing, (r, c), (0, 1)) for r in (-1, 0, 1) for c in (-1, 0, 1)])
    assert np.mean(darkest[edge] < 100) > 0.9
