"""The system checks, by their ids."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import WARNING, CheckMessage
from django.core.checks.registry import registry
from django.test import override_settings

from joinchat_django.checks import check_settings
from joinchat_django.delivery.dispatchers import Dispatcher

from .checking import BOT, SECRET, ids_of, sound


def check(**settings: Any) -> list[CheckMessage]:
    """Run the check on a site with these settings."""
    with override_settings(**{"JOINCHAT": {"default": BOT}, **settings}):
        return sound(check_settings(app_configs=None))


def ids(**settings: Any) -> list[str]:
    return ids_of(check(**settings))


def bot(**entry: Any) -> list[str]:
    """Return the ids for a bot with these keys."""
    return ids(JOINCHAT={"default": {**BOT, **entry}})


def options(**entry: Any) -> list[str]:
    """Return the ids for a bot with these options."""
    return bot(OPTIONS=entry)


def hint(**settings: Any) -> str:
    """Return the way out of the one mistake that there is."""
    (message,) = check(**settings)
    return str(message.hint)


def test_the_site_runs_the_check() -> None:
    assert check_settings in list[Any](registry.get_checks())


def test_a_good_site_has_nothing_to_mend() -> None:
    assert ids() == []
    assert options(deadline=1, extra_tags=["A"], signature_headers=("x",), proxies=None) == []
    assert ids(JOINCHAT_DELIVERY={}, JOINCHAT_LINKING={}, JOINCHAT_TEMPLATES={}) == []


def test_all_mistakes_are_shown_at_once() -> None:
    found = ids(
        JOINCHAT={"default": {"PAGE_ID": "1", "OPTION": {}}},
        JOINCHAT_LINKING={"PENDING_MAX_AGE": 0},
    )
    assert found == ["E002", "E004", "E005", "E006"]


@pytest.mark.parametrize("value", [None, [], "default", {}, {"second": BOT}])
def test_e001_no_bots(value: object) -> None:
    assert ids(JOINCHAT=value) == ["E001"]


def test_e001_says_what_to_write() -> None:
    assert 'JOINCHAT = {"default": {"PAGE_ID"' in hint(JOINCHAT=None)


@pytest.mark.parametrize("key", ["PAGE_ID", "API_SECRET"])
@pytest.mark.parametrize("value", ["missing", None, ""])
def test_e002_no_page_id_or_secret(key: str, value: str | None) -> None:
    entry = {**BOT, key: value}
    if value == "missing":
        del entry[key]
    assert ids(JOINCHAT={"default": entry}) == ["E002"]
    assert "console" in hint(JOINCHAT={"default": entry})


def test_e002_names_every_bot_that_lacks_something() -> None:
    found = check(JOINCHAT={"default": {}, "second": {"PAGE_ID": 1}})
    assert [message.id for message in found] == ["joinchat.E002"] * 3
    assert "['second'] has no API_SECRET" in found[2].msg


def test_e002_a_blank_secret_is_none() -> None:
    assert bot(API_SECRET="  ") == ["E002"]


@pytest.mark.parametrize(
    "path", ["", "nope", "no.such.Backend", "os.path.join", "joinchat_django.conf.Bot"]
)
def test_e003_no_such_backend(path: str) -> None:
    assert bot(BACKEND=path) == ["E003"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("PAGE_ID", "12345"),
        ("PAGE_ID", 1.5),
        ("PAGE_ID", True),
        ("API_SECRET", 7),
        ("API_SECRET", b"bytes"),
        ("SDK_KEY", 7),
        ("BACKEND", None),
        ("API_URL", None),
        ("SDK_URL", ["x"]),
    ],
)
def test_e004_a_wrong_type_in_a_bot(key: str, value: object) -> None:
    assert bot(**{key: value}) == ["E004"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("connect_timeout", "3"),
        ("connect_timeout", None),
        ("deadline", True),
        ("signature_headers", "x-joinchat-signature"),
        ("signature_headers", [7]),
        ("extra_tags", {"A"}),
        ("extra_tags", "A"),
        ("proxies", "http://proxy"),
        ("ca_bundle", 7),
    ],
)
def test_e004_a_wrong_type_in_a_bots_options(key: str, value: object) -> None:
    assert options(**{key: value}) == ["E004"]


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("JOINCHAT_DELIVERY", "DISPATCHER", None),
        ("JOINCHAT_DELIVERY", "MAX_ATTEMPTS", "8"),
        ("JOINCHAT_DELIVERY", "MAX_ATTEMPTS", 8.0),
        ("JOINCHAT_DELIVERY", "RETRY_UNCERTAIN", 1),
        ("JOINCHAT_DELIVERY", "LEASE", "60"),
        ("JOINCHAT_LINKING", "ACCEPT_GET", "yes"),
        ("JOINCHAT_LINKING", "ACCEPT_GET", 1),
        ("JOINCHAT_LINKING", "PENDING_MAX_AGE", "3600"),
        ("JOINCHAT_TEMPLATES", "USER_FIELDS", "username"),
    ],
)
def test_e004_a_wrong_type_in_another_section(name: str, key: str, value: object) -> None:
    assert ids(**{name: {key: value}}) == ["E004"]


@pytest.mark.parametrize("name", ["JOINCHAT_DELIVERY", "JOINCHAT_LINKING", "JOINCHAT_TEMPLATES"])
@pytest.mark.parametrize("value", [None, [], "ACCEPT_GET"])
def test_e004_a_section_that_is_no_dictionary(name: str, value: object) -> None:
    assert ids(**{name: value}) == ["E004"]
    assert ids(JOINCHAT={"default": value}) == ["E004"]


def test_e004_options_that_are_no_dictionary_are_named_once() -> None:
    assert bot(OPTIONS=None) == ["E004"]


def test_e004_names_the_place_and_both_types() -> None:
    (message,) = check(JOINCHAT_LINKING={"ACCEPT_GET": "yes"})
    assert message.msg == "JOINCHAT_LINKING['ACCEPT_GET'] must be True or False, not str."


@pytest.mark.parametrize(
    ("settings", "meant"),
    [
        ({"JOINCHAT": {"default": {**BOT, "API_SECRT": SECRET}}}, "API_SECRET"),
        ({"JOINCHAT": {"default": {**BOT, "PAGEID": 1}}}, "PAGE_ID"),
        ({"JOINCHAT": {"default": {**BOT, "OPTIONS": {"dead_line": 3}}}}, "deadline"),
        ({"JOINCHAT_DELIVERY": {"DISPACHER": "worker"}}, "DISPATCHER"),
        ({"JOINCHAT_LINKING": {"ACCEPTS_GET": True}}, "ACCEPT_GET"),
        ({"JOINCHAT_TEMPLATES": {"USER_FIELD": []}}, "USER_FIELDS"),
    ],
)
def test_e005_an_unknown_key_with_the_one_that_was_meant(
    settings: dict[str, Any], meant: str
) -> None:
    assert ids(**settings) == ["E005"]
    assert hint(**settings) == f"Did you mean {meant!r}?"


@pytest.mark.parametrize("key", ["quite_something_else", 7, ("a", "b"), None])
def test_e005_a_key_that_is_like_no_other_is_told_which_there_are(key: object) -> None:
    assert "PAGE_ID, API_SECRET, SDK_KEY" in hint(JOINCHAT={"default": {**BOT, key: 1}})


@pytest.mark.parametrize(
    ("entry", "meant"),
    [({"sdk_key": "5ec0"}, "SDK_KEY"), ({"OPTIONS": {"DEADLINE": 3}}, "deadline")],
)
def test_e005_knows_a_key_in_the_wrong_case(entry: dict[str, Any], meant: str) -> None:
    assert hint(JOINCHAT={"default": {**BOT, **entry}}) == f"Did you mean {meant!r}?"


@pytest.mark.parametrize(
    "settings",
    [
        {"JOINCHAT": {"default": {**BOT, "PAGE_ID": 0}}},
        {"JOINCHAT": {"default": {**BOT, "OPTIONS": {"deadline": 0}}}},
        {"JOINCHAT": {"default": {**BOT, "OPTIONS": {"connect_timeout": -1}}}},
        {"JOINCHAT_DELIVERY": {"MAX_ATTEMPTS": 0}},
        {"JOINCHAT_DELIVERY": {"MAX_ATTEMPTS": 1001}},
        {"JOINCHAT_DELIVERY": {"LEASE": 0}},
        {"JOINCHAT_LINKING": {"PENDING_MAX_AGE": 0}},
        {"JOINCHAT_LINKING": {"PENDING_MAX_AGE": 3601}},
        {"JOINCHAT_LINKING": {"ON_DEACTIVATION": "delete"}},
    ],
)
def test_e006_a_value_out_of_bounds(settings: dict[str, Any]) -> None:
    assert ids(**settings) == ["E006"]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_e006_a_time_or_rate_that_has_no_end(number: float) -> None:
    assert options(deadline=number, connect_timeout=number) == ["E006", "E006"]
    for key in ("LEASE", "RATE", "RETENTION"):
        assert ids(JOINCHAT_DELIVERY={key: number}) == ["E006"]


@pytest.mark.parametrize(
    "mistake",
    [
        {"API_URL": "joinchat.ai/api"},
        {"API_URL": "http://["},
        {"SDK_URL": "https://joinchat.ai/sdk.js"},
        {"OPTIONS": {"signature_headers": []}},
        {"OPTIONS": {"signature_headers": ["x\r\ny"]}},
    ],
)
def test_e006_a_value_that_cannot_be_right(mistake: dict[str, Any]) -> None:
    assert bot(**mistake) == ["E006"]


def test_e006_an_alias_that_the_tables_cannot_hold() -> None:
    assert ids(JOINCHAT={"default": BOT, "x" * 64: BOT}) == []
    assert ids(JOINCHAT={"default": BOT, "x" * 65: BOT}) == ["E006"]
    assert ids(JOINCHAT={"default": BOT, 7: BOT}) == ["E006"]


@pytest.mark.parametrize("name", ["", "inlien", "no.such.Dispatcher", "joinchat_django.conf.Bot"])
def test_e007_no_such_dispatcher(name: str) -> None:
    assert ids(JOINCHAT_DELIVERY={"DISPATCHER": name}) == ["E007"]


def test_e007_tells_which_dispatchers_there_are() -> None:
    assert "inline, worker, tasks, celery" in hint(JOINCHAT_DELIVERY={"DISPATCHER": "inlien"})


class Wary(Dispatcher):
    """A site's own dispatcher, with a check of its own."""

    def wake(self) -> None:
        pass

    @classmethod
    def check(cls) -> list[CheckMessage]:
        return [CheckMessage(WARNING, "It rains.", hint="Wait.", id="joinchat.rain")]


def test_a_dispatcher_of_the_sites_own_is_asked_for_its_checks() -> None:
    assert ids(JOINCHAT_DELIVERY={"DISPATCHER": f"{__name__}.Wary"}) == ["rain"]


def test_e008_a_lease_that_a_call_may_outlast() -> None:
    assert ids(JOINCHAT_DELIVERY={"LEASE": 19.9}) == ["E008"]
    assert ids(JOINCHAT_DELIVERY={"LEASE": 20}) == []
    assert options(deadline=55.1) == ["E008"]
    assert options(deadline=55) == []
    assert ids(JOINCHAT={"default": BOT, "slow": {**BOT, "OPTIONS": {"deadline": 60}}}) == ["E008"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://joinchat.example/api", []),
        ("http://joinchat.example/api", ["W001"]),
        ("http://192.0.2.1:8765/api", ["W001"]),
        ("http://127.0.0.1:8765/api", []),
        ("http://localhost:8765/api", []),
        ("http://[::1]:8765/api", []),
        ("http://localhost.example/api", ["W001"]),
    ],
)
def test_w001_messages_that_would_go_out_in_the_clear(url: str, expected: list[str]) -> None:
    assert bot(API_URL=url) == expected


def test_w001_a_script_without_tls() -> None:
    assert bot(SDK_URL="http://joinchat.example/{key}.js") == ["W001"]
    assert bot(SDK_URL="http://127.0.0.1:8765/{key}.js") == []
