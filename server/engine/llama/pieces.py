"""Long texts in pieces, cut where words end: the tokens are the same."""

# Most vocabularies split a text by libstdc++'s regular expressions, which go deeper into the stack with every letter of
# a word: 26,000 end the process. Python's own normalisation sorts a run of marks in the square of its length.
LENGTH = 4096
# What ends a word for every vocabulary if a letter or digit stands before it.
ENDS = " \n.,;:!?，。；：！？、"
# Special tokens begin with one of these, and are no longer.
OPENINGS, LONGEST = "<[", 64


def pieces(text: str) -> list[str]:
    """Of at most LENGTH characters each; joined, they are the text."""
    cut, begin = [], 0
    while len(text) - begin > LENGTH:
        end = _end(text, begin + LENGTH // 2, begin + LENGTH)
        cut.append(text[begin:end])
        begin = end
    return [*cut, text[begin:]]


def _end(text: str, first: int, last: int) -> int:
    for char in ENDS:
        at = text.rfind(char, first, last)
        if at > first and text[at - 1].isalnum():
            return at
    openings = (text.rfind(opening, last - LONGEST, last) for opening in OPENINGS)
    return max((at for at in openings if at > 0), default=last)
