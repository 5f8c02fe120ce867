"""Aliases of bots that a database may take for one."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from joinchat_django import conf
from joinchat_django.checks import check_settings

from .checking import BOT


@pytest.mark.parametrize("alias", ["Shop", "SHOP", "shóp", "shop "])
def test_e011_aliases_that_a_database_may_take_for_one(settings: Any, alias: str) -> None:
    settings.JOINCHAT = {"default": BOT, "shop": BOT, alias: BOT}
    [message] = check_settings(app_configs=None)
    assert message.id == "joinchat.E011"
    assert f"{alias!r} and 'shop'" in message.msg
    assert "differ by more than case" in str(message.hint)


def test_of_such_bots_the_first_can_be_used(settings: Any) -> None:
    settings.JOINCHAT = {"default": BOT, "Shop": BOT, "shop": BOT}
    assert conf.bot("Shop").alias == "Shop"
    with pytest.raises(ImproperlyConfigured, match="'shop' and 'Shop'"):
        conf.bot("shop")


def test_e011_not_aliases_that_differ_by_more(settings: Any) -> None:
    settings.JOINCHAT = dict.fromkeys(["default", "shop", "shop2", "店", "小店"], BOT)
    assert check_settings(app_configs=None) == []


def test_e011_is_told_beside_an_alias_that_is_no_name(settings: Any) -> None:
    settings.JOINCHAT = {"default": BOT, 7: BOT, "shop": BOT, "Shop": BOT}
    assert [message.id for message in check_settings(app_configs=None)] == [
        "joinchat.E006",
        "joinchat.E011",
    ]
