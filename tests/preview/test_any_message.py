"""Whatever a message holds, its preview is a page of text: no markup of its own, no script."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.preview import render_message
from tests.fuzzing import examples

from .pages import MESSAGES, page

KINDS = [kind for kind in MESSAGES if kind != "unknown"]
#: What values try to get out of where they stand with.
MARKUP = ["<script>alert(1)</script>", '" onclick="alert(1)', "<img src=x onerror=alert(1)>", "]]>"]
ADDRESSES = [
    "https://shop.example/<b>",
    'https://a.example/"onx=',
    "javascript:alert(1)",
    "data:,x",
]
KEYS = ["text", "title", "url", "type", "payload", "buttons", "elements", "image_url", "block_id"]

hostile = st.sampled_from([*MARKUP, *ADDRESSES, mark_safe(MARKUP[0])])
odd = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.sampled_from([10**400, Decimal("1e400000"), b"x", object()])
    | st.text(st.characters(exclude_categories=()), max_size=10)
    | st.sampled_from(["large", "square", "postback", "web_url", "EUR"])
    | st.sampled_from([{"block_id": MARKUP[1]}, {"flow_id": 1}, []]).map(json.dumps)
)
#: Half of them hostile: a draw from one, then one from what there is of its kind.
scalars = st.booleans().flatmap(lambda is_hostile: hostile if is_hostile else odd)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=20,
)


@st.composite
def messages(draw: Any) -> Any:
    """A good message in which about a third of what there is has become something else."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            value = {key: changed(member) for key, member in value.items()}
        elif isinstance(value, list):
            value = [changed(item) for item in value]
        else:
            return draw(st.sampled_from([st.just(value), scalars, values]).flatmap(lambda s: s))
        return draw(values) if draw(st.integers(0, 19)) == 19 else value

    kind = draw(st.sampled_from(KINDS))
    members = {key: changed(value) for key, value in MESSAGES[kind].items()}
    return {**members, "template_type": kind}


@examples(100)
@given(messages())
def test_any_message_is_shown_without_markup_of_its_own(message: Any) -> None:
    shown = render_message(message)
    assert shown.encode()
    for tag, attributes in page(message).elements:
        assert tag not in ("script", "iframe", "style", "object", "form")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src"):
            assert str(attributes.get(name, "https:")).lower().startswith(("http:", "https:"))


@given(values)
def test_anything_at_all_is_shown(message: Any) -> None:
    assert render_message(message).encode()
