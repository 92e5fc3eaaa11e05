"""Templates of prompts: what they can do, and what they cannot."""

from typing import Any

import pytest

from mock_gateway.core.templates import TemplateMistake, render

VALUES: dict[str, Any] = {
    "name": "Sarah",
    "order": {"id": 7, "items": ["tea", "cake"]},
    "flag": True,
    "text": "a" * 1000,
    "tree": [[1, [2]], 3],
}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("no template", "no template"),
        ("Hello {{ name }}!", "Hello Sarah!"),
        ("{{ name | upper }} {{ name.lower() }}", "SARAH sarah"),
        ("{% if flag %}yes{% else %}no{% endif %}", "yes"),
        ("{% for item in order.items_ %}x{% endfor %}", ""),
        ("{% for item in order['items'] %}{{ loop.index }}{{ item }} {% endfor %}", "1tea 2cake "),
        ("{# a comment #}{{ order.id + 1 }}", "8"),
        ("{{ order }}", '{"id":7,"items":["tea","cake"]}'),
        ("{{ name ~ '-' ~ order.id }}", "Sarah-7"),
        ("{{ '%s has %d' % (name, 2) }} {{ '%03d' | format(7) }}", "Sarah has 2 007"),
        ("{{ order['items'] | join(', ') }}{{ 'a-b' | replace('-', '+') }}", "tea, cakea+b"),
        ("{{ 2 ** 10 }} {{ 3 * 4 }} {{ 'ab' * 2 }} {{ 7 % 4 }}", "1024 12 abab 3"),
        ("{% set ns = namespace(n=0) %}{% for i in range(3) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "3"),
        ("{% macro hi(x) %}Hi {{ x }}{% endmacro %}{{ hi('a') }}", "Hi a"),
        ("kept line\n{{ name }}\n", "kept line\nSarah\n"),
        ("<b>{{ '<' }}</b>", "<b><</b>"),
    ],
)
def test_what_templates_can_do(source: str, text: str) -> None:
    """Jinja2 as people know it."""
    assert render(source, VALUES) == text


@pytest.mark.parametrize(
    ("source", "empty", "kept"),
    [
        ("a {{ nobody }}.", "a .", "a {{ nobody }}."),
        ("{{ nobody.name.first }}", "", "{{ nobody.name.first }}"),
        ("{{ nobody[0] }}", "", "{{ nobody[0] }}"),
        ("{{ nobody | default('x') }}", "x", "x"),
        ("{% for x in nobody %}x{% endfor %}{% if nobody %}y{% endif %}", "", ""),
    ],
)
def test_a_variable_that_is_not_there(source: str, empty: str, kept: str) -> None:
    """It is empty, left as written, or refused by name."""
    assert render(source, {}) == empty
    assert render(source, {}, missing="kept") == kept
    if "default" not in source:
        with pytest.raises(TemplateMistake, match="nobody"):
            render(source, {}, missing="refused")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ name.__class__ }}",
        "{{ name | attr('__class__') }}",
        "{{ order.__init__.__globals__ }}",
        "{{ range.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ (1).__class__ }}",
        "{% for x in [].__class__.__base__.__subclasses__() %}{% endfor %}",
        "{{ [''] | map(attribute='__class__') | list }}",
        "{{ '{0.__class__}'.format(name) }}",
        "{{ 'x'.format_map(order) }}",
        "{{ 'x'.translate({}) }}",
        "{{ 'x'.expandtabs(1) }}",
        "{{ order.update({'a': 1}) }}",
        "{{ order['items'].append(1) }}",
    ],
)
def test_templates_reach_no_objects(source: str) -> None:
    """Neither the insides of Python, nor anything that would change the variables."""
    with pytest.raises(TemplateMistake):
        render(source, VALUES)
    assert VALUES["order"] == {"id": 7, "items": ["tea", "cake"]}


@pytest.mark.parametrize("source", ["{% include 'x' %}", "{% extends 'x' %}", "{% import 'os' as os %}"])
def test_templates_load_nothing(source: str) -> None:
    """There is no loader, and so no file."""
    with pytest.raises(TemplateMistake):
        render(source, VALUES)


@pytest.mark.parametrize("name", ["lipsum", "cycler", "joiner", "open", "os", "__import__"])
def test_templates_have_no_other_globals(name: str) -> None:
    """Nothing random, and nothing that is not theirs."""
    assert render(f"{{{{ {name} is defined }}}}", {}) == "False"


BOMBS = [
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l=[n.l,n.l] %}{% endfor %}{{ n.l }}",
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l=[n.l,n.l] %}{% endfor %}{{ n.l|string }}",
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l=(n.l,n.l) %}{% endfor %}{{ '%s' % n.l }}",
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l={'a':n.l,'b':n.l} %}{% endfor %}{{ n.l == n.l }}",
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l=dict(a=n.l,b=n.l) %}{% endfor %}{{ n.l }}",
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l=namespace(a=n.l,b=n.l) %}{% endfor %}{{ n.l }}",
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l=[n.l]+[n.l] %}{% endfor %}{{ n.l }}",
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l=[n.l]*2 %}{% endfor %}{{ n.l }}",
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l=(n.l|list, n.l|list)|list %}{% endfor %}{{ n.l }}",
    "{{ '%(a)1000000000d' % {'a':1} }}",
    "{{ '%(a)1000000000d'|format(a=1) }}",
    "{{ ('%(a)s'*90000)|format(a=text*900)|length }}",
    "{% set n=namespace(l=[1]) %}{% for i in range(60) %}{% set n.l=[n.l,text*900] %}{% endfor %}",
    "{{ text.join([text*900]*900)|length }}",
    "{{ text.encode().replace(text.encode(), text.encode()) }}",
    "{{ (1).from_bytes(text.encode(), 'big') // 7 }}",
    "{{ (text*900)|wordwrap(1,true,text) }}",
    "{% set l=[1] %}{{ ([l*900]*9000)|sum(start=[]) }}",
    "{% set l=[1] %}{{ ([l*900]*900000)|map('sum')|list }}",
    "{% set l=range(90000)|list %}{{ l|select('in', l)|list|length }}",
    "{% set l=range(90000)|list %}{% for i in range(9000) %}{{ l == l }}{% endfor %}",
    "{{ ('www.aa.com '*80000)|urlize(target=text*5)|length }}",
    "{{ text|indent(text*900) }}",
    "{{ ('\\n'*900000)|indent(text) }}",
    "{% set l=range(9000)|list %}{{ l|map('string')|join(text*900) }}",
    "{% for i in range(9999) %}{% set x = text*900 %}{{ x|replace('b','c')|length }}{% endfor %}",
    "{% for i in range(9000) %}{% set y = range(90000)|list|length %}{% endfor %}",
    "{% set l=range(90000)|list %}{% for i in range(9000) %}{% if (90001 in l) %}{% endif %}{% endfor %}",
    "{{ range(90000)|map('center',9999)|join|length }}",
    "{{ range(90000)|map('center',9999)|list|length }}",
    "{{ 2**3000 * 2**3000 }}",
    "{{ (2**4000)|string|length }}",
    "{% set s %}{% for i in range(9999) %}" + "x" * 90_000 + "{% endfor %}{% endset %}",
    "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% for x in tree recursive %}{{ loop(x) }}{% endfor %}",
    "{% set n = namespace(s=text) %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "{% set n = namespace(s=text) %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}",
    "{% set n = namespace(s='xy') %}{% for i in range(60) %}{% set s %}{{ n.s }}{{ n.s }}{% endset %}{% set n.s = s %}{% endfor %}",
    "{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = n.l + n.l %}{% endfor %}",
    "{{ 2 ** 5000 }}",
    "{{ 'a' * 10 ** 9 }}",
    "{{ [0] * 10 ** 9 }}",
    "{{ 10 ** 10 ** 999 }}",
    "{% set n = namespace(x=2) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (1000000000, 1) }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ '%*d' | format(1000000000, 1) }}",
    "{{ 'x'.ljust(10 ** 9) }}",
    "{{ 'x' | center(10 ** 9) }}",
    "{{ 'x'.zfill(width=1000000000) }}",
    "{{ '\t'.expandtabs(10 ** 9) }}",
    "{{ text | indent(9999) }}{{ text | replace('a', text) | replace('a', text) }}",
    "{{ text.replace('a', text).replace('a', text) }}",
    "{{ (text * 900).join(text) }}",
    "{{ text | list | join(text * 900) }}",
    "{{ [1] | batch(10 ** 9, 'x') | list }}",
    "{{ range(10 ** 9) | list }}",
    f"{'{{ (' + '(' * 5000 + '1' + ')' * 5000 + ') }}'}",
]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% macro p(x) %}{{ x }}{% endmacro %}{{ p(50000) }}", "50000"),
        ("{{ nobody | default(50000) }} {{ order.get('z', 32768) }} {{ '%d' | format(20000) }}", "50000 32768 20000"),
        ("{{ dict(a=20000) }} {{ [1, 30000] | select('gt', 20000) | list }}", '{"a":20000} [30000]'),
        ("{{ '* %s' % name }} {{ '2*%d' % 3 }}", "* Sarah 2*3"),
        ("{{ [nobody] }}{% for a, b in [(1, 2)] %}{{ a }}{{ b }}{% endfor %}", '[""]12'),
        ("{% if order.id in [7, 8] %}in{% endif %}", "in"),
    ],
)
def test_what_only_looks_large_is_no_bomb(source: str, text: str) -> None:
    """Large numbers, stars in a text, lists and comparisons of an ordinary template."""
    assert render(source, VALUES) == text
    assert render(source, VALUES) == text  # from the compiled template, too


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_templates_end(source: str) -> None:
    """Neither loops, nor calls, nor texts, lists and numbers grow without bound."""
    with pytest.raises(TemplateMistake):
        render(source, VALUES)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{% if %}", "Expected an expression, got 'end of statement block' (line 1)"),
        ("a\n{{ name", "unexpected end of template, expected 'end of print statement' (line 2)"),
        ("a\nb {{ 1 / 0 }}", "division by zero (line 2)"),
        ("{{ name + 1 }}", 'can only concatenate str (not "int") to str (line 1)'),
        ("{{ name | nonsense }}", "No filter named 'nonsense' (line 1)"),
    ],
)
def test_a_mistake_says_what_and_where(source: str, told: str) -> None:
    """Whatever goes wrong is told in one line, with the line of the template."""
    with pytest.raises(TemplateMistake) as mistake:
        render(source, VALUES)
    assert str(mistake.value) == told
