"""Text that comes from files."""


def printable(text: str) -> str:
    """`text` with all that a terminal would obey and not show spelt out; ends of lines stay."""
    return "".join(sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in text)
