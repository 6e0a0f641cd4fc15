"""Templates of strangers: one with two nested loops held a thread for good, another wrote 300 MB."""

import json

import pytest

from server.chat.prompt import sandbox
from server.chat.prompt.sandbox import BoundedSandbox, TooMuch

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
        "{{ 'a'.center(999999999) }}",
        "{{ 'a'|indent(999999999) }}",
    ],
)
def test_a_template_without_end_is_broken_off(environment: BoundedSandbox, template: str) -> None:
    with pytest.raises(TooMuch):
        environment.bounded(environment.from_string(template), VARIABLES)


def test_what_templates_do_is_as_it_was(environment: BoundedSandbox) -> None:
    template = environment.from_string(
        "{% for m in messages %}{{ m.role ~ ':' ~ m.content.strip() ~ '' }}{{ '!' if loop.last }}{% endfor %}"
        "{{ '%s-%d' % ('a', 3) }} {{ ['b', 'c']|join(', ') }} {{ messages|map(attribute='role')|join }}"
        "{% set n = namespace(i=0) %}{% for i in [1, 2] %}{% set n.i = n.i + i %}{% endfor %} {{ n.i * 2 }}"
        " {{ 'a\nb'|indent(2) }} {{ 'x.y'.replace('.', '-') }}"
    )

    assert environment.bounded(template, VARIABLES) == "user:hi!a-3 b, c user 6 a\n  b x-y"
