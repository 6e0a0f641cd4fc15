"""Units and currencies from one small table."""

import math
from decimal import Decimal
from fractions import Fraction

# Each unit in terms of its kind's first one. A unit goes by any of the names before the colon.
_TABLE = {
    "length": """
        m metre meter metres meters 米: 1
        km kilometre kilometer kilometres kilometers 千米 公里: 1000
        cm centimetre centimeter centimetres centimeters 厘米: 0.01
        mm millimetre millimeter millimetres millimeters 毫米: 0.001
        in inch inches 英寸: 0.0254
        ft foot feet 英尺: 0.3048
        yd yard yards 码: 0.9144
        mi mile miles 英里: 1609.344
        里 华里: 500""",
    "mass": """
        kg kilogram kilograms 千克 公斤: 1
        g gram grams 克: 0.001
        t tonne tonnes 吨: 1000
        lb lbs pound pounds 磅: 0.45359237
        oz ounce ounces 盎司: 0.028349523125
        斤 市斤 jin: 0.5
        两 liang: 0.05""",
    "volume": """
        l litre liter litres liters 升: 1
        ml millilitre milliliter millilitres milliliters 毫升: 0.001
        gal gallon gallons 加仑: 3.785411784
        cup cups 杯: 0.2365882365""",
    "time": """
        s second seconds 秒: 1
        min minute minutes 分钟: 60
        h hour hours 小时: 3600
        d day days 天: 86400""",
    "data": """
        b byte bytes 字节: 1
        kb: 1e3
        mb: 1e6
        gb: 1e9
        tb: 1e12
        kib: 1024
        mib: 1048576
        gib: 1073741824
        tib: 1099511627776""",
    # Yuan for one unit: round figures near those of January 2025, good for an exercise and nothing else.
    "currency": """
        cny rmb yuan 元 人民币: 1
        usd dollar dollars 美元: 7.2
        eur euro euros 欧元: 7.5
        gbp 英镑: 9.1
        hkd 港币 港元: 0.925
        jpy yen 日元: 0.046""",
}
CURRENCY_NOTE = "at a fixed sample rate of January 2025, not today's"

_UNITS: dict[str, tuple[str, Fraction]] = {
    name: (kind, Fraction(factor.strip()))
    for kind, lines in _TABLE.items()
    for names, _, factor in (line.partition(":") for line in lines.strip().splitlines())
    for name in names.split()
}

# The size of a degree in kelvin, and the kelvin at its zero.
_TEMPERATURES = {
    name: (Fraction(size), Fraction(zero))
    for names, size, zero in (
        ("k kelvin 开尔文 开", "1", "0"),
        ("c °c ℃ celsius 摄氏度 摄氏", "1", "273.15"),
        ("f °f ℉ fahrenheit 华氏度 华氏", "5/9", "45967/180"),
    )
    for name in names.split()
}

_KNOWN = ", ".join(
    line.split()[0].rstrip(":") for lines in _TABLE.values() for line in lines.strip().splitlines()
)
_KNOWN += ", celsius, fahrenheit, kelvin"


def convert(amount: float, from_unit: str, to_unit: str) -> str:
    """Convert an amount between units of length, mass, volume, time, data or temperature, or currencies.

    Units are written like km, mile, kg, 斤, GB, GiB, celsius; currencies like CNY, USD, EUR.
    """
    # A model's JSON may hold a whole number that no float does.
    if isinstance(amount, int) and amount.bit_length() > 1023:
        raise ValueError("The amount has too many digits.")
    if not math.isfinite(amount):
        raise ValueError(f"{amount} is not an amount.")
    # By way of its text, so that 0.1 is a tenth.
    value = Fraction(str(amount))
    source, target = from_unit.strip().lower(), to_unit.strip().lower()
    if source in _TEMPERATURES and target in _TEMPERATURES:
        (size, zero), (target_size, target_zero) = _TEMPERATURES[source], _TEMPERATURES[target]
        kelvin = value * size + zero
        if kelvin < 0:
            raise ValueError(f"{amount} {from_unit} is below absolute zero.")
        return f"{_written((kelvin - target_zero) / target_size)} {to_unit}"
    for unit in (source, target):
        if unit not in _UNITS and unit not in _TEMPERATURES:
            raise ValueError(f"Unknown unit {unit!r}. Known are: {_KNOWN}.")
    kind, factor = _UNITS.get(source, ("temperature", Fraction(1)))
    target_kind, target_factor = _UNITS.get(target, ("temperature", Fraction(1)))
    if kind != target_kind:
        raise ValueError(f"{from_unit} is a unit of {kind}, {to_unit} of {target_kind}.")
    result = f"{_written(value * factor / target_factor)} {to_unit}"
    return f"{result} ({CURRENCY_NOTE})" if kind == "currency" else result


def _written(value: Fraction) -> str:
    """Ten significant digits, and no zeros after the last."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{Decimal(f'{decimal:.10g}').normalize():f}"
