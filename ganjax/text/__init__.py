"""Captions and prompts to token ids, without a network."""
