"""Makes ganjax/metrics/parameters/*.npz from the files that the authors of the metrics published.

    python scripts/metric_parameters.py --basicsr DIR --lpips DIR

The directories are checkouts of https://github.com/XPixelGroup/BasicSR (commit 8d56e3a) and of
https://github.com/richzhang/PerceptualSimilarity (commit 082bb24). Their licences are in the .txt files
beside the results.
"""

import argparse
import pathlib

import numpy as np

from ganjax.convert.container import read_container
from ganjax.metrics.lpips import LAYERS, read_weights

TARGET = pathlib.Path(__file__).parents[1] / "ganjax/metrics/parameters"
FILES = {"alexnet": "alex.pth", "vgg16": "vgg.pth"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--basicsr", type=pathlib.Path, required=True)
    parser.add_argument("--lpips", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    pristine = np.load(arguments.basicsr / "basicsr/metrics/niqe_pris_params.npz")
    save("niqe", mean=pristine["mu_pris_param"][0], covariance=pristine["cov_pris_param"])

    weights = {
        f"{network}_{layer}": array
        for network, name in FILES.items()
        for layer, array in zip(
            LAYERS[network],
            read_weights(read_container(arguments.lpips / "lpips/weights/v0.1" / name).content),
            strict=True,
        )
    }
    save("lpips", **weights)


def save(name: str, **arrays: np.ndarray) -> None:
    path = TARGET / f"{name}.npz"
    np.savez_compressed(path, **arrays)
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
