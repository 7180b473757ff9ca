"""Weights that ship with the package, and those that are fetched and verified. Floor 1."""
