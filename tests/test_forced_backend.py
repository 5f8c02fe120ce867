"""Whatever the settings name, a test can have its bots deliver elsewhere."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from joinchat_django import conf, forced_backend
from joinchat_django.backends import backend_class_for, get_backend
from joinchat_django.backends.console import ConsoleBackend
from joinchat_django.backends.http import HTTPBackend
from joinchat_django.backends.locmem import LocMemBackend

HERE = "http://127.0.0.1:8765/api/send_message"


@pytest.fixture(autouse=True)
def two_bots(settings: Any) -> None:
    """A site whose bots both deliver over HTTP, to different addresses."""
    bot = {"PAGE_ID": 12345, "API_SECRET": "s3cret"}
    settings.JOINCHAT = {"default": bot, "here": {**bot, "API_URL": HERE}}


def backends() -> list[type]:
    return [type(get_backend(bot)) for bot in conf.bots().values()]


def test_the_settings_name_the_backend() -> None:
    assert backends() == [HTTPBackend, HTTPBackend]


def test_every_bot_can_be_held_back() -> None:
    with forced_backend.force(forced_backend.LOCMEM):
        assert backends() == [LocMemBackend, LocMemBackend]
        assert backend_class_for(conf.bot()) is LocMemBackend
    assert backends() == [HTTPBackend, HTTPBackend]


def test_in_every_thread() -> None:
    found: list[list[type]] = []
    with forced_backend.force(forced_backend.LOCMEM):
        thread = threading.Thread(target=lambda: found.append(backends()))
        thread.start()
        thread.join()
    assert found == [[LocMemBackend, LocMemBackend]]


def test_letting_out_counts_above_holding_back_whichever_began_first() -> None:
    with forced_backend.force(forced_backend.LOCMEM):
        with forced_backend.as_settings_name():
            assert backends() == [HTTPBackend, HTTPBackend]
            with forced_backend.force(forced_backend.LOCMEM):
                assert backends() == [HTTPBackend, HTTPBackend]
        assert backends() == [LocMemBackend, LocMemBackend]


def test_of_two_that_hold_back_the_inner_one_counts() -> None:
    console = f"{ConsoleBackend.__module__}.{ConsoleBackend.__qualname__}"
    with forced_backend.force(console), forced_backend.force(forced_backend.LOCMEM):
        assert backends() == [LocMemBackend, LocMemBackend]


def test_the_bots_of_one_address_can_be_let_out() -> None:
    with forced_backend.force(forced_backend.LOCMEM), forced_backend.as_settings_name_for(HERE):
        assert backends() == [LocMemBackend, HTTPBackend]
    with forced_backend.as_settings_name_for(HERE), forced_backend.force(forced_backend.LOCMEM):
        assert backends() == [LocMemBackend, HTTPBackend]


def test_an_error_inside_ends_it_as_well() -> None:
    with pytest.raises(RuntimeError), forced_backend.force(forced_backend.LOCMEM):
        raise RuntimeError
    assert backends() == [HTTPBackend, HTTPBackend]
