"""The names of the networks of a system, apart from types that need JAX: the command line starts without."""

from typing import Literal

PartName = Literal["generator", "generator_raw", "discriminator", "features", "text", "image", "vision"]
"""What a network is in its system; "generator" has averaged weights."""
