"""Foreign text, made harmless for a terminal."""

import unicodedata

# Joiners are part of how emoji and several scripts are written.
_KEPT = "\n\t\u200c\u200d"
_ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    """The same text with what a terminal would obey, hide or turn around written out, such as \\x1b and \\u202e.

    A model, a document or a tool could otherwise clear the screen, rewrite the question that a person is about to
    answer, or show a file name backwards.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _is_harmless(character) else _escape(character) for character in text)


def _is_harmless(character: str) -> bool:
    return character in _KEPT or unicodedata.category(character) not in _ACTING


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
