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
      data: the images that it was trained on.
      licence: SPDX name of the licence of the weights.
      paper: where the network was published.
      side: height and width of its images in pixels.
      parts: the networks in the file: "generator" (averaged), "generator_raw", "discriminator".
      range: smallest and largest nominal value of its images inside the network.
      labels: number of classes that it was trained with, 0 for none.
      publisher: the repository that published it, "owner/name" on GitHub.
      file: name of the file as published; None for one inside the package.
      url: where to fetch it; None for a file inside the package.
      by_hand: whether `url` is a page from which a person fetches the file; ganjax never does.
      sha256: hash of the file, or its known beginning; None where it is not known.
      bytes: size of the file; None where it is not known.
      expect: published or measured scores by name, the protocol in the name, e.g. {"swd_16k": 3.2}.
    """

    name: str
    system: str
    task: str
    data: str
    licence: str
    paper: str
    side: int
    parts: tuple[str, ...]
    range: tuple[float, float] = (-1.0, 1.0)
    labels: int = 0
    publisher: str | None = None
    file: str | None = None
    url: str | None = None
    by_hand: bool = False
    sha256: str | None = None
    bytes: int | None = None
    expect: Mapping[str, float] = dataclasses.field(default_factory=dict)

    @property
    def commercial(self) -> bool:
        """Whether the licence allows commercial use; Creative Commons marks those that do not with NC."""
        return "NC" not in self.licence.split("-")
