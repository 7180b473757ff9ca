from ganjax.core.text import printable


def test_signs_that_steer_a_terminal_are_spelt_out() -> None:
    assert printable("a\x1b[2Jb\rc\u202ed") == "a\\x1b[2Jb\\rc\\u202ed"


def test_text_stays_as_it_is() -> None:
    assert printable("日本語 and\nmore") == "日本語 and\nmore"
