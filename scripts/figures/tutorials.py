"""Makes the figures of the tutorials, docs/images/tutorial_*: python scripts/figures/tutorials.py

They show what the code of the pages draws, at a size to look at.
"""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np

import ganjax
from ganjax.core import images

OUT = pathlib.Path(__file__).parents[2] / "docs" / "images"
SHOWN = 128


def enlarged(pictures: np.ndarray) -> np.ndarray:
    """Pictures [N, S, S, 3] in [0, 1] repeated to the side that is shown."""
    factor = SHOWN // pictures.shape[1]
    return images.to_uint8(pictures).repeat(factor, 1).repeat(factor, 2)


def main() -> None:
    generator = ganjax.load("pgan-faces-64")
    faces = ganjax.generate(generator, jax.random.key(0), n=16)
    images.save_image(OUT / "tutorial_faces.png", images.grid(enlarged(np.asarray(faces)), columns=8))

    start, end = ganjax.sample_latents(generator, jax.random.key(4), n=2)[:, None]
    steps = jnp.linspace(0, 1, 24)[:, None]
    film = enlarged(np.asarray(ganjax.synthesize(generator, (1 - steps) * start + steps * end)))
    images.save_animation(OUT / "tutorial_walk.webp", [*film, *film[::-1]], frame_ms=80)

    z = ganjax.sample_latents(generator, jax.random.key(0), n=4)
    stages = []
    for stage in range(generator.net.config.stages):
        drawn = np.asarray(generator.net.apply(generator.variables, z, stage=stage))
        stages.append(enlarged(np.clip((drawn + 1) / 2, 0, 1)))
    sheet = np.stack(stages, 1).reshape(-1, SHOWN, SHOWN, 3)
    images.save_image(OUT / "tutorial_blocks.png", images.grid(sheet, columns=len(stages)))


if __name__ == "__main__":
    main()
