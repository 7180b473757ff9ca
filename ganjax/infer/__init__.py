"""Runs any image function on pictures of any size: in tiles, in batches, on all devices."""
