"""Which variables a body names: what the composer makes its form of sample data from."""

from __future__ import annotations

from typing import Any

import pytest

from joinchat_django.rendering import Variable, missing_variables, variables_of


def of_text(source: str) -> dict[str, Any]:
    return outline(variables_of({"template_type": "text", "text": source}))


def outline(variables: tuple[Variable, ...]) -> dict[str, Any]:
    """A tree by name: a list as a list of what each item is, an object as a dict, else the kind."""
    return {one.name: shape(one) for one in variables}


def shape(one: Variable) -> Any:
    if one.kind == "object":
        return outline(one.members)
    if one.kind == "list":
        return [shape(one.members[0]) if not one.members[0].name else outline(one.members)]
    return one.kind


V = "value"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hello", {}),
        ("Hello {{ name }}, {{ name|upper }}", {"name": V}),
        ("{{ b }} {{ a }}", {"b": V, "a": V}),
        ("{{ order.number }} {{ order.shop.city }}", {"order": {"number": V, "shop": {"city": V}}}),
        ("{{ user.first_name }}", {"user": {"first_name": V}}),
        ("{{ 'a' }}{{ 5 }}{{ 1.5 }}{{ True }}{{ None }}{{ _('a') }}", {}),
        ("{{ name|default:fallback }}{{ a|add:'5' }}", {"name": V, "fallback": V, "a": V}),
        (("{% if vip and points > limit or not old %}{{ a }}{% elif b == 'x' %}{% else %}{{ c }}"
         "{% endif %}"),
         dict.fromkeys(["vip", "points", "limit", "old", "b", "a", "c"], V)),
        ("{% for x in xs %}{{ x }}{% empty %}{{ none }}{% endfor %}", {"xs": [V], "none": V}),
        ("{% for x in o.xs %}{{ x.a }}{{ forloop.counter }}{{ b }}{% endfor %}",
         {"o": {"xs": [{"a": V}]}, "b": V}),
        (("{% for x in xs %}{% for y in x.ys %}{{ y.a }}{{ forloop.parentloop.counter }}"
         "{% endfor %}{% endfor %}"),
         {"xs": [{"ys": [{"a": V}]}]}),
        ("{% for row in rows %}{% for cell in row %}{{ cell }}{% endfor %}{% endfor %}",
         {"rows": [[V]]}),
        ("{% for k, v in pairs %}{{ k }}{{ v }}{% endfor %}", {"pairs": [[V]]}),
        ("{% for k, v in prices.items %}{{ k }}{{ v }}{% endfor %}", {"prices": {}}),
        ("{% for line in order.items %}{{ line.a }}{% endfor %}", {"order": {"items": [{"a": V}]}}),
        ("{% for x in xs|dictsort:'day'|slice:':2' %}{{ x.a }}{% endfor %}",
         {"xs": [{"day": V, "a": V}]}),
        ("{{ tags|join:glue }}", {"tags": [V], "glue": V}),
        (("{% with a=order.lines b=1 %}{% for x in a %}{{ x.t }}{{ b }}{% endfor %}{% endwith %}"
         "{{ a }}"),
         {"order": {"lines": [{"t": V}]}, "a": V}),
        ("{% with x as y %}{{ y.z }}{% endwith %}", {"x": {"z": V}}),
        ("{{ lines.0.title }}{{ lines.2.price }}", {"lines": [{"title": V, "price": V}]}),
        (("{% regroup cities by country as groups %}{% for g in groups %}{{ g.grouper }}"
         "{% for c in g.list %}{{ c.name }}{% endfor %}{% endfor %}"),
         {"cities": [{"country": V, "name": V}]}),
        ("{% filter truncatechars:most %}{{ a }}{% endfilter %}{{ var }}",
         {"most": V, "a": V, "var": V}),
        ("{% firstof a b 'c' as d %}{{ d }}{% cycle e 'f' as g %}{{ g }}{% now 'Y' as h %}{{ h }}",
         {"a": V, "b": V, "e": V}),
        (("{% ifchanged a %}{{ b }}{% else %}{{ c }}{% endifchanged %}"
         "{% spaceless %}{{ d }}{% endspaceless %}"),
         dict.fromkeys("abcd", V)),
        ("{% widthratio a b 100 as c %}{{ c }}", {"a": "number", "b": "number"}),
        ("{{ total|floatformat:2 }} {{ size|filesizeformat }}",
         {"total": "number", "size": "number"}),
        ("{{ day|date:'j F' }} {{ at|default:now|time }}", {"day": "date", "at": "date", "now": V}),
        ("{% comment %}{{ a }}{% endcomment %}{% verbatim %}{{ b }}{% endverbatim %}{# {{ c }} #}",
         {}),
    ],
)  # fmt: skip
def test_the_variables_of_a_text(source: str, expected: dict[str, Any]) -> None:
    found = of_text(source)
    assert found == expected
    assert list(found) == list(expected)


def test_a_repeated_element_names_a_list_with_its_items_variables() -> None:
    body = {
        "template_type": "receipt",
        "recipient_name": "{{ user.first_name }}",
        "timestamp": "{{ placed }}",
        "summary": {"total_cost": "{{ total|default:0 }}", "shipping_cost": 3},
        "elements": [
            {
                "$each": "order.lines|slice:':9' as line",
                "title": "{{ line.title }} of {{ order.number }}",
                "price": "{{ line.price }}",
                "image_url": "{{ line.image.url }}",
            },
            {"$each": "extras as extra", "title": "{{ extra }}", "price": 0},
        ],
        "buttons": [{"$each": "broken", "title": "{{ line }}"}],
        "$each": "misplaced as x",
    }
    assert outline(variables_of(body)) == {
        "user": {"first_name": V},
        "placed": "number",
        "total": "number",
        "order": {
            "lines": [{"title": V, "price": "number", "image": {"url": V}}],
            "number": V,
        },
        "extras": [V],
        "line": V,
    }


def test_paths_are_written_from_the_context_down() -> None:
    (order,) = variables_of(
        {"text": "{% for x in order.lines %}{% for y in x %}{{ y.a }}{% endfor %}{% endfor %}"}
    )
    (lines,) = order.members
    (row,) = lines.members
    assert (order.path, lines.path) == ("order", "order.lines")
    assert (row.name, row.kind, row.members[0].path) == ("", "list", "order.lines.a")


def test_a_list_says_how_many_items_are_reached_for() -> None:
    (lines,) = variables_of({"text": "{{ lines.4 }} {{ lines.1 }}"})
    assert (lines.kind, lines.least) == ("list", 5)
    (far,) = variables_of({"text": "{{ lines.99999999999999999999 }}"})
    assert far.least == 100


def test_what_a_string_names_is_known_in_the_strings_after_it_unless_it_is_a_number() -> None:
    """So it is when they are rendered."""
    body = {
        "template_type": "receipt",
        "recipient_name": "{% firstof a 'b' as name %}{{ name }}",
        "summary": {"total_cost": "{% firstof c 1 as cost %}{{ cost }}"},
        "order_number": "{{ name }} {{ cost }}",
    }
    assert outline(variables_of(body)) == {"a": V, "c": V, "cost": V}


def test_several_bodies_share_their_variables() -> None:
    found = variables_of({"text": "{{ a }} {{ o.x }}"}, {"text": "{{ o.y }} {{ b }}"})
    assert outline(found) == {"a": V, "o": {"x": V, "y": V}, "b": V}


@pytest.mark.parametrize(
    "broken", ["{% if %}", "{{ a b }}", "{% load x %}", "{{ _x }}", "a\0{{ a }}"]
)
def test_a_string_that_does_not_compile_contributes_nothing(broken: str) -> None:
    body = {"template_type": "button", "text": broken, "buttons": [{"title": "{{ good }}"}]}
    assert outline(variables_of(body)) == {"good": V}


@pytest.mark.parametrize("body", [None, 5, "{{ a }}", [], ["{{ a }}"], {}, {"text": None}])
def test_what_is_no_body_names_nothing(body: object) -> None:
    assert variables_of(body) == ()


def nested(depth: int) -> object:
    body: object = "{{ deep }}"
    for _level in range(depth):
        body = {"a": [body]}
    return body


@pytest.mark.parametrize(
    "body",
    [
        nested(20_000),
        {"text": "{% if a %}" * 5_000 + "{% endif %}" * 5_000},
        {"text": "{% if a" + " and a" * 20_000 + " %}{% endif %}"},
        {"text": "{% if " + "not " * 20_000 + "a %}{% endif %}"},
        {"text": "{{ " + "a." * 20_000 + "a }}"},
        {"text": "".join(f"{{{{ v{n}.w{n} }}}}" for n in range(5_000))},
        {"text": "{% for a in a %}" * 100 + "{% endfor %}" * 100},
        {"text": "{% regroup a by a as a %}" * 1_000 + "{% for b in a %}{{ b.list }}{% endfor %}"},
    ],
    ids=["json", "tags", "and", "not", "dots", "names", "loops", "groups"],
)
def test_a_hostile_body_is_searched_within_limits(body: object) -> None:
    found = variables_of(body)
    waiting, number = list(found), 0
    while waiting:
        one = waiting.pop()
        waiting += one.members
        number += 1
        assert one.path.count(".") < 20
    assert number <= 1_000  # 500, and an item for each list.


@pytest.mark.parametrize(
    "source",
    [
        "{{ a.b }}{{ c }}",
        "{% for x in xs %}{{ x.a }}{% endfor %}{% if vip %}{% endif %}",
        "{% with a=b.c %}{{ a.d }}{% endwith %}{{ day|date:f }}",
    ],
)
def test_what_rendering_misses_is_among_the_variables(source: str) -> None:
    """The two ways of looking agree, wherever the second can see."""
    missed = {str(p).split("“")[1].split("”")[0] for p in missing_variables({"text": source}, {})}
    assert missed
    assert missed <= {one.name for one in variables_of({"text": source})}
