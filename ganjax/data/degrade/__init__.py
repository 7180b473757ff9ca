"""Making good pictures bad, on the device: what networks that restore pictures are trained against.

Pure JAX under `jit` and `vmap`; pictures are float32 in [0, 1], and every picture has its own key.
"""
