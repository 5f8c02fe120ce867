"""The README's tables of settings name every key that there is, and its default."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from joinchat_django.conf import (
    Bot,
    BotOptions,
    DeliverySettings,
    LinkingSettings,
    TemplateSettings,
)
from joinchat_django.conf.reading import keys_of

from .blocks import section

#: What the README says before each table.
TABLES: dict[str, type] = {
    "`JOINCHAT[alias]`": Bot,
    "`OPTIONS` of a bot": BotOptions,
    "`JOINCHAT_DELIVERY`": DeliverySettings,
    "`JOINCHAT_LINKING`": LinkingSettings,
    "`JOINCHAT_TEMPLATES`": TemplateSettings,
}

#: How the README says None, or nothing.
NOTHING = {
    "none",
    "no limit",
    "from the environment",
    "requests' own",
    "the queue system's own",
}


def told(title: str) -> dict[str, str]:
    """Return the keys of the table under a title, with their defaults as the README writes them."""
    after = section("## Settings").partition(f"\n{title}")[2]
    rows = after.partition("\n| ")[2].partition("\n\n")[0].splitlines()[2:]
    found = [re.fullmatch(r"\| `(\w+)` \| (.*?) ?\| .*\|", row) for row in rows]
    assert found
    assert all(found), rows
    return {match[1]: match[2] for match in found if match}


def defaults(kind: type) -> dict[str, Any]:
    """Return the keys that a section has, with their defaults."""
    fields = {field.name: field.default for field in dataclasses.fields(kind)}
    return {name: fields[key.field] for name, key in keys_of(kind).items()}


def stands_for(words: str, default: Any) -> bool:
    """Tell whether the README's words say a default."""
    if default is dataclasses.MISSING:
        return words == ""
    if default is None or default == ():
        return words in NOTHING
    if isinstance(default, BotOptions):
        return words == "`{}`" and default == BotOptions()
    if isinstance(default, tuple):
        return words == ", ".join(f"`{one}`" for one in default)
    if isinstance(default, str):
        return words in (f"`{default}`", f'`"{default}"`')
    if isinstance(default, bool):
        return words == str(default)
    return words == f"{default:g}"


@pytest.mark.parametrize("title", TABLES)
def test_every_key_has_its_line_and_every_line_its_key(title: str) -> None:
    assert list(told(title)) == list(defaults(TABLES[title]))


@pytest.mark.parametrize("title", TABLES)
def test_every_default_is_that_of_the_code(title: str) -> None:
    words = told(title)
    wrong = {
        name: (words[name], default)
        for name, default in defaults(TABLES[title]).items()
        if not stands_for(words[name], default)
    }
    assert wrong == {}


def test_there_is_no_other_setting() -> None:
    from joinchat_django.conf import SECTIONS

    titles = {title.split("`")[1].split("[")[0] for title in TABLES}
    assert titles == {"JOINCHAT", "OPTIONS", *SECTIONS}
