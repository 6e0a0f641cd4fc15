"""Exact arithmetic on what a model writes, without running it as code."""

import ast
import operator
import re
import unicodedata
from collections.abc import Callable
from decimal import Context, Decimal, Inexact
from fractions import Fraction

MAX_CHARACTERS = 300
# A number of 1,024 bits has 309 digits: more than anybody reads, and quick to compute with.
MAX_BITS = 1024
MAX_EXPONENT_OF_TEN = 300
SHOWN_DIGITS = 40
_ONLY = "only numbers, parentheses and + - * / // % ** work."

# With spaces, so that ×× is no power.
_SIGNS = str.maketrans({"×": " * ", "÷": " / ", "∕": " / ", "−": " - ", "^": "**"})
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_POWER = re.compile(r"(?<=[\d)])[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
# An e is part of a number or nothing, and an underscore stands before three digits.
_FOREIGN = re.compile(r"(?<![\d.])[eE]|[^\W\deE_]\w*|_(?!\d{3}(?!\d))|[^\w\s.,+\-*/%()]")

_NUMBER = r"(?<![\d.])(\d+(?:\.\d+)?)"
# A number with a % that no second number follows.
_PER_CENT = re.compile(rf"{_NUMBER}\s*%(?=\s*(?:of\b|[-+*/)]|$))")
# 17 % -5 is a remainder to some and 0.17 - 5 to others; 15% 80 lacks a word; 6 / 50% of 4 has two orders.
_UNCLEAR = re.compile(
    rf"\d\s+%\s*[-+]|\d%\s*[-+](?=\d)(?!\d+(?:\.\d+)?\s*%)|\d%\s+[\d(]|(?:/|%|\*\*)\s*{_NUMBER}\s*%\s*of\b"
)
_OPERATORS: dict[type[ast.operator] | type[ast.unaryop], Callable[..., Fraction | int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def calculate(expression: str) -> str:
    """Compute an arithmetic expression exactly, for example 15% of 80 or (3.2 + 1/4) * 12 ** 2."""
    if len(expression) > MAX_CHARACTERS:
        raise ValueError(f"The expression is longer than {MAX_CHARACTERS} characters. Split it up.")
    text = _plain(expression)
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError(
            f"{expression!r} is not an arithmetic expression such as (2 + 3) * 4."
            " Every number is written without spaces, and an operator stands between two."
        ) from None
    try:
        return _written(_value(tree.body, text))
    except ZeroDivisionError:
        raise ValueError("Division by zero.") from None


def _plain(expression: str) -> str:
    """The expression in ASCII. What is not certain to mean one thing is refused: NFKC makes 52 of 5²."""
    text = "".join(_character(character) for character in expression).translate(_SIGNS).strip()
    text = _POWER.sub(lambda digits: f"**({digits[0].translate(_SUPERSCRIPTS)})", text)
    if foreign := _FOREIGN.search(re.sub(r"\bof\b", "", text)):
        raise ValueError(f"Cannot compute {foreign[0]!r}: {_ONLY}")
    if "," in text:
        raise ValueError("Write numbers without thousands separators: 1234.5 and not 1,234.5.")
    if unclear := _UNCLEAR.search(text):
        raise ValueError(
            f"{unclear[0]!r} can be read in two ways. Write 15/100 for a percentage, 80 % (15) for a remainder,"
            " and brackets around what comes first."
        )
    # @ has no meaning among numbers; it marks what was a percentage.
    return re.sub(r"(?<=100\))\s*of\b", "*", _PER_CENT.sub(r"(\1@100)", text))


def _character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character.isspace():
        return " "
    kind, _, _ = unicodedata.decomposition(character).partition(" ")
    if kind == "<fraction>":
        raise ValueError(f"Write {character} as (1/2), and a number before it as a sum: 2½ is (2 + 1/2).")
    # Full-width signs, such as Chinese keyboards write.
    return unicodedata.normalize("NFKC", character) if kind in ("<wide>", "<small>") else character


def _value(node: ast.expr, text: str) -> Fraction:
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            result = _number(ast.get_source_segment(text, node) or "")
        case ast.UnaryOp(op=op) if type(op) in _OPERATORS:
            result = Fraction(_OPERATORS[type(op)](_value(node.operand, text)))
        case ast.BinOp(op=ast.Pow()):
            result = _power(_value(node.left, text), _value(node.right, text))
        case ast.BinOp(left, ast.MatMult(), right):
            result = _value(left, text) / _value(right, text)
        case ast.BinOp(left, ast.Add() | ast.Sub(), ast.BinOp(op=ast.MatMult())) if not (
            _in_per_cent(left) or (isinstance(left, ast.Constant) and left.value == 1)
        ):
            raise ValueError(
                "80 + 20% can mean 80 * (1 + 20/100) or 80 + 20/100. Write the one that is meant, without %."
            )
        case ast.BinOp(op=op) if type(op) in _OPERATORS:
            result = Fraction(_OPERATORS[type(op)](_value(node.left, text), _value(node.right, text)))
        case ast.Call():
            raise ValueError("Write * between a number and a bracket: 2 * (3 + 4) and not 2(3 + 4).")
        case _:
            part = ast.get_source_segment(text, node)
            raise ValueError(f"Cannot compute {part!r}: {_ONLY}")
    if max(_bits(result.numerator), _bits(result.denominator)) > MAX_BITS:
        raise _too_large()
    return result


def _in_per_cent(node: ast.expr) -> bool:
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub(), right):
            return _in_per_cent(left) and _in_per_cent(right)
        case _:
            return isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)


def _number(literal: str) -> Fraction:
    try:
        # From the text, since a float has already lost digits.
        decimal = Decimal(literal)
    except ArithmeticError:
        raise ValueError(f"Write {literal!r} as a decimal number.") from None
    # Fraction("1e-999999999") would fill the memory.
    if abs(decimal.adjusted()) > MAX_EXPONENT_OF_TEN:
        raise _too_large()
    return Fraction(decimal)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise ValueError("Exponents must be whole numbers: roots are not exact.")
    # Bounded before it is computed: 2 ** 10 ** 10 would never come back.
    if max(_bits(base.numerator), _bits(base.denominator)) * abs(exponent) > MAX_BITS * 2:
        raise _too_large()
    return Fraction(base ** int(exponent))


def _bits(number: int) -> int:
    return abs(number).bit_length()


def _too_large() -> ValueError:
    return ValueError(f"A number in it has more than about {MAX_EXPONENT_OF_TEN} digits.")


def _written(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    context = Context(prec=SHOWN_DIGITS)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    if not context.flags[Inexact]:
        return f"{quotient:f}"
    return f"{value} (about {quotient:.15g})"
