"""Training: the pure step and what is built around it. Floor 1."""
