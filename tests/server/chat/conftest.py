"""Grammars without a model."""

from collections.abc import Callable

import pytest
from byte_grammar import Bytes, Grammar
from llguidance import LLTokenizer, TokenizerWrapper


@pytest.fixture(scope="session")
def byte_tokenizer() -> LLTokenizer:
    return LLTokenizer(TokenizerWrapper(Bytes()))


@pytest.fixture
def grammar(byte_tokenizer: LLTokenizer) -> Callable[[str], Grammar]:
    return lambda lark: Grammar(byte_tokenizer, lark)
