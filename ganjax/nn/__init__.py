"""Building blocks of networks: Linen modules with plain fields, and functions on arrays. Floor 1."""
