"""`ganjax list`: name the models that can be loaded."""

import dataclasses
import json


@dataclasses.dataclass(frozen=True)
class Options:
    """Name the models that `ganjax.load` and the other commands know.

    Attributes:
      task: only models for one task, e.g. generate.
      json: print JSON instead of a table.
    """

    task: str | None = None
    json: bool = False


def run(options: Options) -> int:
    """Prints one row for each model."""
    from ganjax.hub import list_models

    releases = list_models(task=options.task)
    if options.json:
        print(json.dumps([dataclasses.asdict(release) for release in releases], indent=2, default=dict))
        return 0
    rows = [("name", "system", "task", "side", "licence", "parts")]
    for each in releases:
        rows.append((each.name, each.system, each.task, str(each.side), each.licence, ", ".join(each.parts)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return 0
