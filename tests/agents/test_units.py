import pytest

from agents.tools import convert


@pytest.mark.parametrize(
    ("amount", "source", "target", "result"),
    [
        (10, "km", "mile", "6.213711922 mile"),
        (0.1, "m", "cm", "10 cm"),
        (3, "斤", "kg", "1.5 kg"),
        (98.6, "F", "celsius", "37 celsius"),
        (-40, "摄氏度", "华氏度", "-40 华氏度"),
        (0, "C", "K", "273.15 K"),
        (1, "GiB", "MB", "1073.741824 MB"),
        (1e20, "km", "m", "100000000000000000000000 m"),
    ],
)
def test_amounts_are_converted(amount: float, source: str, target: str, result: str) -> None:
    assert convert(amount, source, target) == result


def test_a_currency_comes_with_the_age_of_its_rate() -> None:
    assert convert(100, "USD", "人民币") == "720 人民币 (at a fixed sample rate of January 2025, not today's)"


@pytest.mark.parametrize(
    ("amount", "source", "target", "advice"),
    [
        (1, "km", "kg", "km is a unit of length, kg of mass"),
        (1, "C", "kg", "C is a unit of temperature, kg of mass"),
        (1, "parsec", "m", "Unknown unit 'parsec'. Known are: m, km"),
        (float("nan"), "m", "km", "nan is not an amount"),
        (10**400, "m", "km", "too many digits"),
        (-300, "celsius", "kelvin", "-300 celsius is below absolute zero"),
    ],
)
def test_what_cannot_be_converted_is_named(amount: float, source: str, target: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        convert(amount, source, target)
