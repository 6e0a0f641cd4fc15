"""Equations of Word in one line of text."""

import re
from xml.etree.ElementTree import Element

# What says how something looks, and what was deleted while changes were tracked.
UNSAID = re.compile(r".*Pr|del|moveFrom")
ONE_WORD = re.compile(r"[\w.]*|\([^()]*\)")
BRACKETS = re.compile(r"\([^()]*\)")


def local_name(element: Element) -> str:
    """Without the namespace: Word's files are of two standards, which differ in nothing else."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def in_line(element: Element) -> str:
    """An `m:oMath` and whatever is inside: "(a+b)/c", "x^2", "√(y)"."""
    name = local_name(element)
    if name == "t":
        return element.text or ""
    parts: dict[str, list[str]] = {}
    for child in element:
        if not UNSAID.fullmatch(local_name(child)):
            parts.setdefault(local_name(child), []).append(in_line(child))
    one = {part: said[0] for part, said in parts.items()}
    base = one.get("e", "")
    scripts = "".join(
        sign + _grouped(one[part]) for part, sign in (("sub", "_"), ("sup", "^")) if one.get(part)
    )
    match name:
        case "f" if _property(element, "type", "bar") == "noBar":
            return f"({one.get('num', '')} choose {one.get('den', '')})"
        case "f":
            return f"{_grouped(one.get('num', ''))}/{_grouped(one.get('den', ''))}"
        case "sSup" | "sSub" | "sSubSup":
            return _grouped(base) + scripts
        case "sPre":
            return f"{scripts} {base}"
        case "limLow" | "limUpp":
            return f"{base}{'_' if name == 'limLow' else '^'}{_grouped(one.get('lim', ''))}"
        case "rad":
            return f"{one.get('deg', '')}√{_grouped(base)}"
        case "nary":
            return f"{_property(element, 'chr', '∫')}{scripts} {base}"
        case "d":
            between = _property(element, "sepChr", "|").join(parts.get("e", []))
            begin, end = _property(element, "begChr", "("), _property(element, "endChr", ")")
            # What is between may have brackets of its own: "(n choose k)".
            in_brackets = begin == "(" and end == ")" and BRACKETS.fullmatch(between)
            return between if in_brackets else begin + between + end
        case "mr":
            return ", ".join(parts.get("e", []))
        case "eqArr":
            return "; ".join(parts.get("e", []))
        case "m":
            return "; ".join(parts.get("mr", []))
        case "oMathPara":
            return " ".join(filter(None, _each(element)))
        case "func":
            return f"{one.get('fName', '')} {base}"
        case _:
            return "".join(_each(element))


def _each(element: Element) -> list[str]:
    return [in_line(child) for child in element if not UNSAID.fullmatch(local_name(child))]


def _grouped(text: str) -> str:
    return text if ONE_WORD.fullmatch(text) else f"({text})"


def _property(element: Element, name: str, default: str) -> str:
    """What the equation says of a sign, such as the brackets of a delimiter."""
    for properties in element:
        for each in properties if local_name(properties).endswith("Pr") else ():
            if local_name(each) == name:
                return next((value for key, value in each.attrib.items() if key.endswith("val")), "")
    return default
