"""Aliases of bots that a database may take for one."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from joinchat_django import conf
from joinchat_django.checks import check_settings

BOT = {"PAGE_ID": 12345, "API_SECRET": "of-the-tests"}


@pytest.mark.parametrize("alias", ["Shop", "SHOP", "shóp", "shop "])
def test_are_e011(settings: Any, alias: str) -> None:
    settings.JOINCHAT = {"default": BOT, "shop": BOT, alias: BOT}
    [message] = check_settings(app_configs=None)
    assert message.id == "joinchat.E011"
    assert f"{alias!r} and 'shop'" in message.msg
    assert "differ by more than case" in str(message.hint)


def test_are_used_up_to_the_one_that_comes_second(settings: Any) -> None:
    settings.JOINCHAT = {"default": BOT, "Shop": BOT, "shop": BOT}
    assert conf.bot("Shop").alias == "Shop"
    with pytest.raises(ImproperlyConfigured, match="'shop' and 'Shop'"):
        conf.bot("shop")


def test_are_not_those_that_differ_by_more(settings: Any) -> None:
    settings.JOINCHAT = dict.fromkeys(["default", "shop", "shop2", "店", "小店"], BOT)
    assert check_settings(app_configs=None) == []


def test_are_told_beside_one_that_is_no_name(settings: Any) -> None:
    settings.JOINCHAT = {"default": BOT, 7: BOT, "shop": BOT, "Shop": BOT}
    assert [message.id for message in check_settings(app_configs=None)] == [
        "joinchat.E006",
        "joinchat.E011",
    ]
