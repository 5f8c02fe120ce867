"""The settings as typed objects, read live."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from joinchat_django import conf

from .checking import BOT, SECRET


def bots(**entries: Any) -> override_settings:
    """A site with these bots."""
    return override_settings(JOINCHAT=entries)


def test_a_bot_needs_a_page_and_a_secret_and_has_defaults_for_the_rest() -> None:
    with bots(default=BOT):
        bot = conf.bot()
    assert bot.alias == "default"
    assert bot.page_id == 12345
    assert bot.api_secret == SECRET
    assert bot.sdk_key is None
    assert bot.backend == "joinchat_django.backends.http.HTTPBackend"
    assert bot.api_url == "https://joinchat.ai/api/send_message"
    assert bot.options == conf.BotOptions()
    assert bot.options.connect_timeout == 3
    assert bot.options.deadline == 15
    assert bot.options.signature_headers == ("x_joinchat_signature", "x-joinchat-signature")
    assert bot.options.extra_tags == ()


def test_every_key_of_a_bot_is_read() -> None:
    entry = {
        **BOT,
        "SDK_KEY": "5ec0",
        "BACKEND": "joinchat_django.backends.dummy.DummyBackend",
        "API_URL": "http://127.0.0.1:8765/api",
        "SDK_URL": "http://127.0.0.1:8765/{key}.js",
        "OPTIONS": {
            "connect_timeout": 1,
            "deadline": 2.5,
            "signature_headers": ["x-joinchat-signature"],
            "extra_tags": ["HUMAN_AGENT"],
            "proxies": {"https": "http://127.0.0.1:3128"},
            "ca_bundle": "bundle.pem",
        },
    }
    with bots(default=entry):
        bot = conf.bot()
    assert bot.sdk_script() == "http://127.0.0.1:8765/5ec0.js"
    assert (bot.backend, bot.api_url) == (entry["BACKEND"], entry["API_URL"])
    assert bot.options == conf.BotOptions(
        connect_timeout=1,
        deadline=2.5,
        signature_headers=("x-joinchat-signature",),
        extra_tags=("HUMAN_AGENT",),
        proxies={"https": "http://127.0.0.1:3128"},
        ca_bundle="bundle.pem",
    )


def test_bots_are_told_apart_by_alias() -> None:
    with bots(default=BOT, second={**BOT, "PAGE_ID": 2}):
        assert {alias: bot.page_id for alias, bot in conf.bots().items()} == {
            "default": 12345,
            "second": 2,
        }
        assert conf.bot("second").alias == "second"


@pytest.mark.parametrize("alias", ["", "nobody", "Default", "default\0", "\ud800", "x" * 10_000])
def test_an_unknown_bot_is_told_which_there_are(alias: str) -> None:
    with (
        bots(default=BOT, second=BOT),
        pytest.raises(conf.UnknownBot, match="'default', 'second'") as caught,
    ):
        conf.bot(alias)
    assert isinstance(caught.value, ImproperlyConfigured)
    assert isinstance(caught.value, LookupError)


def test_the_sdks_address_needs_a_key() -> None:
    with bots(default=BOT), pytest.raises(ImproperlyConfigured, match=r"\['default'\].*SDK_KEY"):
        conf.bot().sdk_script()


def test_everything_else_has_defaults() -> None:
    assert conf.delivery() == conf.DeliverySettings(
        dispatcher="inline", max_attempts=8, retry_uncertain=True, lease=60
    )
    assert conf.linking() == conf.LinkingSettings(
        accept_get=False, pending_max_age=3600, on_deactivation="unlink"
    )
    assert conf.templates().user_fields == ("username", "first_name", "last_name")
    assert conf.templates().user_language is None


def test_settings_are_read_anew_at_every_call() -> None:
    before = conf.bot(), conf.delivery(), conf.linking(), conf.templates()
    with override_settings(
        JOINCHAT={"default": {**BOT, "PAGE_ID": 7}},
        JOINCHAT_DELIVERY={"DISPATCHER": "worker", "MAX_ATTEMPTS": 2, "RETRY_UNCERTAIN": False},
        JOINCHAT_LINKING={
            "ACCEPT_GET": True,
            "PENDING_MAX_AGE": 60,
            "ON_DEACTIVATION": "keep",
        },
        JOINCHAT_TEMPLATES={"USER_FIELDS": ["email"], "USER_LANGUAGE": "profile.language"},
    ):
        assert conf.bot().page_id == 7
        assert conf.delivery().dispatcher == "worker"
        assert conf.delivery().max_attempts == 2
        assert conf.delivery().retry_uncertain is False
        assert conf.linking() == conf.LinkingSettings(
            accept_get=True, pending_max_age=60, on_deactivation="keep"
        )
        assert conf.templates().user_fields == ("email",)
        assert conf.templates().user_language == "profile.language"
    assert (conf.bot(), conf.delivery(), conf.linking(), conf.templates()) == before


@pytest.mark.parametrize("value", [None, [], {}, "default", {"second": BOT}])
def test_there_has_to_be_a_default_bot(value: object) -> None:
    with override_settings(JOINCHAT=value), pytest.raises(ImproperlyConfigured, match="default"):
        conf.bot()


def test_a_bad_section_cannot_be_used_and_says_why() -> None:
    with (
        override_settings(JOINCHAT_LINKING={"ACCEPT_GTE": True}),
        pytest.raises(ImproperlyConfigured, match="Did you mean 'ACCEPT_GET'"),
    ):
        conf.linking()
    with bots(default={"PAGE_ID": 1}), pytest.raises(ImproperlyConfigured, match="API_SECRET"):
        conf.bot()


@pytest.mark.parametrize("path", ["", ".", "profile.", "a b", "profile__language()", "1", "a..b"])
def test_the_users_language_is_the_path_of_an_attribute(path: str) -> None:
    with (
        override_settings(JOINCHAT_TEMPLATES={"USER_LANGUAGE": path}),
        pytest.raises(ImproperlyConfigured, match=r"'profile\.language'"),
    ):
        conf.templates()


@pytest.mark.parametrize("path", [None, "language", "get_language", "profile.settings.language"])
def test_no_path_or_a_good_one_is_right(path: str | None) -> None:
    with override_settings(JOINCHAT_TEMPLATES={"USER_LANGUAGE": path}):
        assert conf.templates().user_language == path


def test_a_bad_bot_does_not_spoil_the_others() -> None:
    with bots(default=BOT, second={}):
        assert conf.bot().page_id == 12345


#: Entries that hold the secret in the wrong way, or beside another mistake.
BAD_BOTS: list[dict[str, Any]] = [
    {**BOT, "API_SECRET": [SECRET]},
    {**BOT, "API_SECRET": SECRET.encode()},
    {**BOT, "PAGE_ID": SECRET},
    {**BOT, "PAGE_ID": -1},
    {**BOT, "API_SECRT": SECRET},
    {**BOT, "OPTIONS": SECRET},
    {**BOT, "OPTIONS": {"signature_headers": SECRET}},
    {**BOT, "SDK_KEY": 7},
]


@pytest.mark.parametrize("entry", BAD_BOTS)
def test_no_mistake_shows_a_value_of_the_settings(entry: dict[str, Any]) -> None:
    with bots(default=entry):
        assert conf.faults()
        assert SECRET not in repr(conf.faults())
        with pytest.raises(ImproperlyConfigured) as caught:
            conf.bot()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_no_repr_shows_the_secret() -> None:
    with bots(default=BOT):
        assert SECRET not in repr(conf.bot())
        assert SECRET not in str(conf.bot())
        assert SECRET not in repr(conf.bots())


def test_no_repr_shows_a_proxys_password() -> None:
    with bots(default={**BOT, "OPTIONS": {"proxies": {"https": f"http://me:{SECRET}@proxy"}}}):
        assert SECRET not in repr(conf.bot())


@pytest.mark.parametrize("alias", ["default", "nobody"])
def test_an_error_report_with_local_variables_does_not_show_the_secret(alias: str) -> None:
    """Django's own error page and most error trackers show the variables of every frame."""
    with bots(default={**BOT, "PAGE_ID": -1}), pytest.raises(ImproperlyConfigured) as caught:
        conf.bot(alias)
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in report.stack if "joinchat_django" in frame.filename]
    assert ours
    assert SECRET not in repr([frame.locals for frame in ours])
