"""Templates of strangers: one with two nested loops held a thread for good, another wrote 300 MB."""

import json
import time

import pytest
from jinja2.exceptions import SecurityError

from server.chat.prompt import sandbox
from server.chat.prompt.limits.weight import TooMuch
from server.chat.prompt.sandbox import BoundedSandbox

VARIABLES = {"messages": [{"role": "user", "content": " hi "}]}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> BoundedSandbox:
    monkeypatch.setattr(sandbox, "SECONDS", 0.5)
    return BoundedSandbox({"tojson": json.dumps})


def again_and_again(step: str) -> str:
    return f"{{% set n = namespace(x='aaaaaaaa') %}}{{% for i in range(99) %}}{{% set n.x = {step} %}}{{% endfor %}}"


@pytest.mark.real
@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{{ 'a' * 999 }}{% endfor %}{% endfor %}",
        "{% set x %}{% for i in range(99999) %}{% for j in range(99999) %}a{% endfor %}{% endfor %}{% endset %}",
        "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        again_and_again("n.x ~ n.x"),
        again_and_again("n.x + n.x"),
        again_and_again("n.x.replace('a', 'aaaaaaaaaa')"),
        again_and_again("n.x|replace('a', 'aaaaaaaaaa')"),
        again_and_again("n.x|join(n.x)"),
        again_and_again("n.x|tojson|tojson"),
        "{{ 'a' * 10**9 }}",
        "{{ 10**99999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%*d' % (999999999, 1) }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ '{:>{w}}'.format(1, w=999999999) }}",
        "{{ '%999999999d' | format(1) }}",
        "{{ ('%(n)9999d' * 99999) | format(n=1) }}",
        "{{ ('%(n)9999d' * 99999) % {'n': 1} }}",
        "{{ ('{0:9999}' * 99999).format(1) }}",
        "{{ 'a'.center(999999999) }}",
        "{{ 'a'|indent(999999999) }}",
    ],
)
def test_a_template_without_end_is_broken_off(environment: BoundedSandbox, template: str) -> None:
    with pytest.raises(TooMuch):
        environment.bounded(environment.from_string(template), VARIABLES)


def doubled(step: str, times: int = 30) -> str:
    return f"{{% set n = namespace(x=(1,)) %}}{{% for i in range({times}) %}}{{% set n.x = {step} %}}{{% endfor %}}"


@pytest.mark.parametrize(
    "step",
    [
        "[n.x, n.x]",
        "(n.x, n.x)",
        "{1: n.x, 2: n.x}",
        "{1: n.x, 2: n.x}.values()|list",
        "dict(a=n.x, b=n.x)",
        "{}.fromkeys([1, 2], n.x)",
        "[n.x] * 2",
        "[n.x] + [n.x]",
        "[n.x, [n.x][0:]]",
        "range(2)|map('replace', '0', '1')|map('default', n.x)|list + [n.x, n.x]",
    ],
)
def test_a_list_that_doubles_is_broken_off(environment: BoundedSandbox, step: str) -> None:
    """Its text has 2^30 parts, and one call of `str` or `==` held the whole process for as long as it liked."""
    with pytest.raises(TooMuch, match="it makes a text or list of"):
        environment.bounded(environment.from_string(doubled(step)), VARIABLES)


@pytest.mark.parametrize("given", ["varargs, varargs", "a=kwargs, b=kwargs"])
def test_so_are_the_arguments_of_a_macro(environment: BoundedSandbox, given: str) -> None:
    macro = f"{{% macro f(n) %}}{{{{ f(n-1, {given}) if n else (varargs, kwargs) }}}}{{% endmacro %}}"
    with pytest.raises(TooMuch, match="it makes a text or list of"):
        environment.bounded(environment.from_string(macro + "{{ f(60, 1, a=1) }}"), VARIABLES)


@pytest.mark.parametrize(
    "template",
    [
        "{% set n = namespace(x=7) %}{% for i in range(40) %}{% set n.x = n.x * n.x %}{% endfor %}{{ n.x }}",
        "{{ 7**1000 ** 2 }}",
        "{{ 5|round(-99999999) }}",
        "{{ 1.5|round(99999999, 'ceil') }}",
        "{{ ('f' * 4000000)|int(base=16) }}",
        "{{ ('a' * 4000).join('b' * 4000) }}",
        "{{ ('{0}' * 1000).format('a' * 400000) }}",
        "{{ ('%(a)s' * 1000) % {'a': 'a' * 400000} }}",
        "{{ ('%(a)s' * 1000)|format(a='a' * 400000) }}",
        "{{ ('\r' * 400000)|indent(1000, true, true) }}",
        "{{ [1]|tojson(indent=99999999) }}",
        "{{ ([[1] * 1000] * 100)|sum(start=[]) }}",
        "{% set x = 'a' * 4000000 %}{{ x.rfind('ab' + x[:2000000]) }}",
        "{% set x = 'a' * 4000000 %}{{ x.strip('b' * 4000000 + 'a') }}",
        "{% set x = 'a' * 4000000 %}{{ x|trim('b' * 4000000 + 'a') }}",
    ],
)
def test_one_call_that_takes_for_ever_is_not_made(environment: BoundedSandbox, template: str) -> None:
    began = time.monotonic()
    with pytest.raises(TooMuch):
        environment.bounded(environment.from_string(template), VARIABLES)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("method", ["encode()", "translate({97: 'b' * 99})", "expandtabs(tabsize=9)"])
def test_methods_that_no_template_uses_are_not_there(environment: BoundedSandbox, method: str) -> None:
    with pytest.raises(SecurityError):
        environment.bounded(environment.from_string("{{ 'a'." + method + " }}"), VARIABLES)


LONG = "{% set a = [1] * 700000 + [2] %}{% set b = [1] * 700000 + [3] %}"


@pytest.mark.real
@pytest.mark.parametrize(
    "template",
    [
        LONG + "{% for x in range(99999) if a == b %}{% endfor %}",
        LONG + "{{ range(99999)|select('in', b)|list }}" * 9,
        "{% set _tick = 1 %}{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    ],
)
def test_nothing_goes_on_past_the_time(environment: BoundedSandbox, template: str) -> None:
    """The first two looked at no clock, and a template could put another one in its place."""
    began = time.monotonic()
    with pytest.raises(TooMuch, match="it takes more than"):
        environment.bounded(environment.from_string(template), VARIABLES)
    assert time.monotonic() - began < 5


def test_what_templates_do_is_as_it_was(environment: BoundedSandbox) -> None:
    template = environment.from_string(
        "{% for m in messages %}{{ m.role ~ ':' ~ m.content.strip() ~ '' }}{{ '!' if loop.last }}{% endfor %}"
        "{{ '%s-%d' % ('a', 3) }} {{ ['b', 'c']|join(', ') }} {{ messages|map(attribute='role')|join }}"
        "{% set n = namespace(i=0) %}{% for i in [1, 2] %}{% set n.i = n.i + i %}{% endfor %} {{ n.i * 2 }}"
        " {{ 'a\nb'|indent(2) }} {{ 'x.y'.replace('.', '-') }}"
        " {{ '%s=%2d' | format('n', 7) }} {{ '%(n)s' | format(n='m') }}"
        "{% set n.all = [] %}{% for m in messages * 2 if m.role is not eq('x') %}{% set n.all = n.all + [m] %}"
        "{% endfor %} {{ n.all|length }} {% for a, b in [('c', [1, 'd'])] %}{{ a, b }}{% endfor %}"
        " {{ {'e': (1, 2)}|tojson }} {{ 2.567|round(1) }} {{ [1, 2]|sum }} {{ '{}'.format('f') }}"
    )

    assert environment.bounded(template, VARIABLES) == (
        "user:hi!a-3 b, c user 6 a\n  b x-y n= 7 m 2 ('c', [1, 'd']) {\"e\": [1, 2]} 2.6 3 f"
    )
