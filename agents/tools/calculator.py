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

# A number with a % that no second number follows.
_PER_CENT = re.compile(r"(\d+(?:\.\d+)?)\s*%(?=\s*(?:of\b|[-+*/)]|$))")
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
    # Full-width digits and brackets become plain ones; people and models write ^, × and ÷ too.
    text = unicodedata.normalize("NFKC", expression).strip()
    for written, meant in (("^", "**"), ("×", "*"), ("÷", "/"), ("−", "-")):
        text = text.replace(written, meant)
    text = _PER_CENT.sub(r"(\1/100)", text)
    text = re.sub(r"(?<=100\))\s*of\b", "*", text)
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError(f"{expression!r} is not an arithmetic expression such as (2 + 3) * 4.") from None
    try:
        return _written(_value(tree.body, text))
    except ZeroDivisionError:
        raise ValueError("Division by zero.") from None


def _value(node: ast.expr, text: str) -> Fraction:
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            result = _number(ast.get_source_segment(text, node) or "")
        case ast.UnaryOp(op=op) if type(op) in _OPERATORS:
            result = Fraction(_OPERATORS[type(op)](_value(node.operand, text)))
        case ast.BinOp(op=ast.Pow()):
            result = _power(_value(node.left, text), _value(node.right, text))
        case ast.BinOp(op=op) if type(op) in _OPERATORS:
            result = Fraction(_OPERATORS[type(op)](_value(node.left, text), _value(node.right, text)))
        case ast.Tuple():
            raise ValueError("Write numbers without thousands separators: 1234.5 and not 1,234.5.")
        case _:
            part = ast.get_source_segment(text, node)
            raise ValueError(f"Cannot compute {part!r}: only numbers, parentheses and + - * / // % ** work.")
    if max(_bits(result.numerator), _bits(result.denominator)) > MAX_BITS:
        raise _too_large()
    return result


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
