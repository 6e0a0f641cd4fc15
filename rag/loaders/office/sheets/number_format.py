"""How a workbook shows a number: as a share of a hundred, or with a unit."""

import re
from typing import NamedTuple, Self

TOKEN = re.compile(
    r'"(?P<text>[^"]*)"'
    r"|\\(?P<sign>.)"
    r"|\[\$(?P<currency>[^]-]*)(?:-[^]]*)?]"
    r"|(?P<condition>\[[<>=][^]]*])"
    r"|\[[^]]*]|[_*]."
    r"|(?P<digits>[#0?](?:[#0?.,]*[#0?.])?)(?P<scale>,*)"
    r"|(?P<unit>[$€£¥￥ ])"
    r"|(?P<percent>%)"
    r"|(?P<end>;)"
    r"|(?P<letter>[A-Za-z])"
)
# Of those that every workbook has; the ones with a currency take that of whoever looks.
BUILT_IN = {9: "0%", 10: "0.00%"}


class NumberFormat(NamedTuple):
    """What stands before a number and behind it."""

    before: str
    behind: str
    is_percent: bool

    @classmethod
    def of(cls, code: str) -> Self | None:
        """None of one that shows a number as it is, or as something else, such as a date."""
        before, behind, is_percent, has_digits = "", "", False, False
        for token in TOKEN.finditer(code):
            if token["condition"] or token["letter"] or token["scale"]:
                return None
            if token["end"]:
                break
            is_percent |= bool(token["percent"])
            has_digits |= bool(token["digits"])
            said = token["text"] or token["sign"] or token["currency"] or token["unit"] or ""
            before, behind = (before, behind + said) if has_digits else (before + said, behind)
        shows_more = is_percent or before.strip() or behind.strip()
        return cls(before.lstrip(), behind.rstrip(), is_percent) if has_digits and shows_more else None

    def shown(self, number: float) -> str:
        """With all its digits, however many would be shown."""
        # Binary fractions of a hundredth are not exact: 0.07 is 7 %, not 7.000000000000001 %.
        size = round(abs(number) * 100, 10) if self.is_percent else abs(number)
        digits = str(int(size) if float(size).is_integer() else size)
        return f"{'-' * (number < 0)}{self.before}{digits}{'%' * self.is_percent}{self.behind}"
