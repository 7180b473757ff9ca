"""Benchmark worker: ganjax. Takes one JSON argument from `restore.py`, which runs it."""

import dataclasses
import json
import sys
from typing import Any

import jax
import numpy as np
from worker import serve
from worker_ganjax import facts

import ganjax
from ganjax.models.index import system


def main(job: dict[str, Any]) -> None:
    net = system(job["system"], "net")
    config = dataclasses.replace(net.CONFIGS[job["config"]][0], dtype=job["dtype"])
    network = net.Generator(config)
    example = net.example_inputs("generator", config, 1)
    variables = jax.jit(lambda key: network.init(key, *(jax.numpy.zeros(x.shape) for x in example)))(
        jax.random.key(0)
    )
    model = ganjax.Model(variables, net=network, spec=net.spec(config), system=job["system"])
    image = np.random.default_rng(0).random((*job["size"], 3), np.float32)

    def call() -> None:
        """What a user calls."""
        function = ganjax.enhance if job["system"] == "enlightengan" else ganjax.upscale
        function(model, image, tile=job.get("tile")).block_until_ready()

    serve(call, **facts(variables["params"]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
