"""`ganjax inspect`: show what a weight file holds, and whether it can be loaded."""

import dataclasses
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import tyro

from ganjax.core.text import printable

if TYPE_CHECKING:
    from ganjax.published import Found, Report


@dataclasses.dataclass(frozen=True)
class Options:
    """Show what a weight file holds: its tensors, the networks that they are, and whether they can be loaded.

    Nothing in the file is run, and no weight is loaded.

    Attributes:
      file: a weight file of any kind, a run folder, or a name of `ganjax list`.
      json: print JSON instead of a table.
    """

    file: tyro.conf.Positional[str]
    json: bool = False


def run(options: Options) -> int:
    """Prints the report on one file."""
    from ganjax.hub import find
    from ganjax.published import examine

    report = examine(find(options.file))
    if options.json:
        tensors = [{"key": key, "shape": s, "dtype": dtype} for key, (s, dtype) in report.tensors.items()]
        print(json.dumps({**dataclasses.asdict(report), "tensors": tensors}, indent=2, default=str))
    else:
        print("\n".join(map(printable, _lines(report))))
    return 0


def _lines(report: "Report") -> Iterator[str]:
    yield f"{report.path}: {report.container}, {len(report.tensors)} tensors"
    rows = [("key", "shape", "dtype")]
    for key, (shape, dtype) in report.tensors.items():
        rows.append((key, " x ".join(map(str, shape)) or "number", dtype))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield ""
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
    if report.others or report.ignored:
        yield ""
    yield from (f"beside them: {key}: {value}" for key, value in report.others.items())
    yield from (f"ignored: {key}: {why}" for key, why in report.ignored.items())
    for network in report.networks:
        yield ""
        yield from _network(network)
    yield ""
    loadable = ", ".join(each.part or "" for each in report.networks if each.fault is None)
    yield f"It cannot be loaded: {report.fault}" if report.fault else f"It can be loaded: {loadable}."


def _network(network: "Found") -> Iterator[str]:
    what = f"{network.system} {network.part}" if network.system else "unknown"
    yield f"{network.place or 'the file'}: {what}"
    if network.config is not None:
        stage = "full size" if network.stage is None else f"stage {network.stage}"
        yield f"  grown to {stage}, alpha {network.alpha:g}"
        for name, value in network.config.items():
            yield f"  {name}: {json.dumps(value)}"
    yield from (f"  ignored: {name}: {why}" for name, why in network.ignored.items())
    if network.fault:
        yield f"  {network.fault}"
