"""Writes the table of published weights into docs/weights.md, from the rows of the systems' cards.

python scripts/weights_table.py
"""

from pathlib import Path

from ganjax.hub import list_models
from ganjax.weights.release import Release

PAGE = Path(__file__).parents[1] / "docs" / "weights.md"
BEGIN, END = "<!-- table: scripts/weights_table.py -->\n", "<!-- end of the table -->\n"


def table() -> str:
    """The rows as a Markdown table."""
    lines = ["| name | trained on | side | published by | licence | scores |", "|---|---|---:|---|---|---|"]
    lines += [f"| {' | '.join(cells(row))} |" for row in list_models()]
    return "\n".join(lines) + "\n"


def cells(row: Release) -> list[str]:
    """What the table says of one row."""
    publisher = f"[{row.publisher}](https://github.com/{row.publisher})" if row.publisher else "ganjax"
    how = f", [by hand]({row.url})" if row.by_hand else ""
    scores = ", ".join(f"`{name}` {value:g}" for name, value in row.expect.items())
    return [f"`{row.name}`", row.data, str(row.side or "any"), publisher + how, row.licence, scores]


def with_table(page: str) -> str:
    """`page` with the table of today between the two marks."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
