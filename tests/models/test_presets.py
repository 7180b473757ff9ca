"""Recipes by name: every system that has any, and names that nobody gave."""

import pytest

from ganjax.core.errors import UsageError
from ganjax.models import index, presets


@pytest.mark.parametrize("system", presets.trained())
def test_presets_are_those_of_the_recipe(system: str) -> None:
    known = index.system(system, "recipe").PRESETS
    assert "quickstart" in known
    assert all(presets.preset(system, name) is recipe for name, recipe in known.items())
    with pytest.raises(UsageError, match=f"preset of {system}.*Did you mean 'quickstart'"):
        presets.preset(system, "quikstart")


def test_what_cannot_be_trained_is_said() -> None:
    with pytest.raises(UsageError, match="Did you mean 'pgan'"):
        presets.preset("pgn", "quickstart")
    with pytest.raises(UsageError, match="system to train 'vgg'"):
        presets.preset("vgg", "quickstart")
