"""`ganjax list`: name the models that can be loaded."""

import dataclasses
import json


@dataclasses.dataclass(frozen=True)
class Options:
    """Name the models that `ganjax.load` and the other commands know, and where each comes from.

    "bundled" is part of the package, "cached" is on this machine, "download" is fetched at its first use,
    "by hand" is a file that you fetch and put into the cache folder: using its name says from where to where.

    Attributes:
      task: only models for one task, e.g. generate.
      json: print JSON instead of a table.
    """

    task: str | None = None
    json: bool = False


def run(options: Options) -> int:
    """Prints one row for each model."""
    from ganjax.hub import list_models, origin

    releases = list_models(task=options.task)
    if options.json:
        print(
            json.dumps([{**dataclasses.asdict(each), "origin": origin(each)} for each in releases], indent=2)
        )
        return 0
    rows = [("name", "system", "task", "side", "data", "licence", "from")]
    for each in releases:
        size = f", {each.bytes / 1e6:.0f} MB" if each.bytes else ""
        side, where = str(each.side or "any"), origin(each) + size
        rows.append((each.name, each.system, each.task, side, each.data, each.licence, where))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return 0
