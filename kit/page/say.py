"""Of two texts, English and Chinese, the one in the reader's language."""

from collections.abc import Callable

Say = Callable[[str, str], str]


def speaker(language: str) -> Say:
    return (lambda _, zh: zh) if language.startswith("zh") else (lambda en, _: en)
