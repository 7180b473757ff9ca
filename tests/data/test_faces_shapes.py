"""Signed distances against geometry that is known in closed form."""

import math

import numpy as np
import pytest

from ganjax.data.sources.faces import shapes


def grid(side: int) -> tuple[np.ndarray, np.ndarray, float]:
    centres = ((np.arange(side, dtype=np.float32) + 0.5) * (2 / side) - 1).astype(np.float32)
    x, y = np.meshgrid(centres, centres)
    return x, y, 2 / side


@pytest.mark.parametrize("side", [16, 64, 256])
def test_covered_area_is_that_of_the_shape(side: int) -> None:
    x, y, pixel = grid(side)
    areas = {
        math.pi * 0.6**2: shapes.circle(x, y, 0.6),
        math.pi * 0.7 * 0.3: shapes.ellipse(x, y, 0.7, 0.3),
        4 * 0.5 * 0.4 - (4 - math.pi) * 0.2**2: shapes.box(x, y, 0.5, 0.4, 0.2),
        0.5: shapes.convex(x, y, [(-0.5, 0.5), (0.0, -0.5), (0.5, 0.5)]),
    }
    for area, distance in areas.items():
        assert shapes.coverage(distance, pixel).sum() * pixel**2 == pytest.approx(area, rel=0.02)


@pytest.mark.parametrize("half", [0.2, 0.02, 0.002])
def test_a_stroke_keeps_its_area_when_thinner_than_a_pixel(half: float) -> None:
    x, _, pixel = grid(32)
    assert shapes.stroke(x - 0.1, half, pixel).sum() * pixel**2 == pytest.approx(2 * half * 2, rel=1e-3)


def test_distances_at_single_points() -> None:
    x, y = np.array([[3.0]], np.float32), np.array([[4.0]], np.float32)
    assert shapes.circle(x, y, 1.0) == pytest.approx(4.0)
    assert shapes.box(x, y, 2.0, 4.5, 0.0) == pytest.approx(1.0)
    assert shapes.segment(x, y, (0.0, 0.0), (3.0, 0.0)) == pytest.approx(4.0)
    assert shapes.segment(x, y, (0.0, 0.0), (1.5, 2.0)) == pytest.approx(2.5)


def test_outline_through_points_of_a_circle_is_the_circle() -> None:
    points = [(0.5 * math.cos(a), 0.5 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 12, endpoint=False)]
    x, y, _ = grid(64)
    distance = shapes.Outline(points).distance(shapes.Polar(x, y))
    np.testing.assert_allclose(distance, shapes.circle(x, y, 0.5), atol=1e-5)


def test_outline_meets_its_points_and_never_overshoots_them() -> None:
    angles = np.array([-3.0, -2.0, -1.0, -0.5, 0.0, 1.0, 2.0])
    radii = np.array([0.5, 0.9, 0.9, 0.3, 0.4, 0.4, 0.8])
    x, y = np.cos(angles) * radii, np.sin(angles) * radii
    outline = shapes.Outline(list(zip(x.tolist(), y.tolist(), strict=True)))
    # The table is read linearly between its 512 angles: exact but for the bend of the curve within a step.
    assert np.interp(angles, shapes.ANGLES, outline.radius) == pytest.approx(radii, abs=2e-3)
    assert outline.radius.min() >= 0.3 - 1e-6 and outline.radius.max() <= 0.9 + 1e-6


def test_arc_is_flat_at_its_ends_and_high_in_the_middle() -> None:
    x = np.array([-0.2, 0.0, 0.2], np.float32)
    arc = shapes.Arc(x, 0.2, -0.1, 0.5)
    assert arc.y == pytest.approx([0.0, -0.1, 0.0], abs=1e-7)
    numeric = (shapes.Arc(x + 1e-3, 0.2, -0.1, 0.5).y - shapes.Arc(x - 1e-3, 0.2, -0.1, 0.5).y) / 2e-3
    assert arc.norm == pytest.approx(1 / np.sqrt(1 + numeric**2), rel=1e-3)
