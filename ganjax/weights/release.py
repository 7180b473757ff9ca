"""What is known of published weights: rows of data, one for each file that somebody put out."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class System:
    """A published kind of network.

    Attributes:
      name: the name by which ganjax knows it, e.g. "pgan".
      title: its name in full.
      paper: where it was published, e.g. "arXiv:1710.10196".
      tasks: what it does, e.g. ("generate",).
      sources: the reference repositories that its numbers follow, "owner/name" on GitHub.
    """

    name: str
    title: str
    paper: str
    tasks: tuple[str, ...]
    sources: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Release:
    """One published weight file, with all that makes a number from it reproducible.

    Attributes:
      name: the name to load it by.
      system: name of its system.
      task: what it does, e.g. "generate".
      licence: SPDX name of the licence of the weights.
      paper: where the network was published.
      side: height and width of its images in pixels.
      range: smallest and largest nominal value of its images inside the network.
      parts: the networks in the file: "generator" (averaged), "generator_raw", "discriminator".
      url: where to fetch it, None for a file inside the package.
      sha256: hash of the file, or its known beginning; None for a file inside the package.
      bytes: size of the file; None for a file inside the package.
      expect: published or measured scores by name, the protocol in the name, e.g. {"swd_16k": 3.2}.
    """

    name: str
    system: str
    task: str
    licence: str
    paper: str
    side: int
    parts: tuple[str, ...]
    range: tuple[float, float] = (-1.0, 1.0)
    url: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    expect: Mapping[str, float] = dataclasses.field(default_factory=dict)
