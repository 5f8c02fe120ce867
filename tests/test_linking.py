"""Linking a site's user to the uuid that JoinChat hands over."""

from __future__ import annotations

import functools
import string
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django import linking, outbox
from joinchat_django.conf import UnknownBot
from joinchat_django.linking import InvalidUUID, check_uuid, link
from joinchat_django.models import MessengerLink
from joinchat_django.signals import user_linked

ALLOWED = set(string.ascii_letters + string.digits + "._~:@+/=-")


@pytest.fixture
def two_bots(settings: Any) -> None:
    settings.JOINCHAT = {
        **settings.JOINCHAT,
        "second": {**settings.JOINCHAT["default"], "PAGE_ID": 2},
    }


@pytest.fixture
def announced() -> Iterator[list[tuple[str, bool]]]:
    """What ``user_linked`` has told: uuid and ``created`` each time."""
    told: list[tuple[str, bool]] = []

    def listen(link: MessengerLink, created: bool, **kwargs: Any) -> None:
        told.append((link.uuid, created))

    user_linked.connect(listen, sender=MessengerLink)
    yield told
    user_linked.disconnect(listen, sender=MessengerLink)


def visit(session: Any = None) -> HttpRequest:
    """Return a request of a visitor with a session of his own."""
    request = RequestFactory().get("/")
    request.session = Client().session if session is None else session
    request.user = AnonymousUser()
    return request


def uuids_of(user: Any, bot: str = "default") -> list[str]:
    links = MessengerLink.objects.filter(user=user, bot=bot, is_active=True)
    return list(links.order_by("linked_at", "pk").values_list("uuid", flat=True))


@given(st.text(alphabet=st.characters(exclude_categories=())) | st.text(sorted(ALLOWED)))
def test_a_uuid_is_1_to_255_of_the_contracts_characters(value: str) -> None:
    if 1 <= len(value) <= 255 and set(value) <= ALLOWED:
        assert check_uuid(value) == value
    else:
        with pytest.raises(InvalidUUID, match="uuid"):
            check_uuid(value)


def test_a_uuid_may_be_255_characters_long_and_no_longer() -> None:
    assert check_uuid("a" * 255)
    with pytest.raises(InvalidUUID):
        check_uuid("a" * 256)


@pytest.mark.parametrize("value", [None, "", "a\n", "\na", "a b", "a\0", "é", "\ud800", "1,2"])
def test_anything_else_is_no_uuid(value: str | None) -> None:
    with pytest.raises(InvalidUUID):
        check_uuid(value)


def test_a_bad_uuid_or_an_unknown_bot_links_nothing(user: Any) -> None:
    with pytest.raises(InvalidUUID):
        link(user, "no uuid")
    with pytest.raises(UnknownBot):
        link(user, "abc", bot="nobody")
    session: dict[str, Any] = {}
    with pytest.raises(InvalidUUID):
        linking.remember(session, "no uuid")
    with pytest.raises(UnknownBot):
        linking.remember(session, "abc", bot="nobody")
    assert not MessengerLink.objects.exists()
    assert session == {}


def test_the_same_uuid_again_makes_no_second_link(user: Any) -> None:
    assert link(user, "abc").pk == link(user, "abc").pk
    assert uuids_of(user) == ["abc"]


def test_uuids_are_compared_byte_by_byte(user: Any) -> None:
    link(user, "abc")
    link(user, "ABC")
    assert uuids_of(user) == ["abc", "ABC"]


def test_messages_go_to_the_uuid_that_was_linked_last(user: Any) -> None:
    link(user, "phone")
    link(user, "laptop")
    assert outbox.recipient_of(user).uuid == "laptop"
    link(user, "phone")
    assert outbox.recipient_of(user).uuid == "phone"


def test_linking_again_makes_an_inactive_link_active(user: Any) -> None:
    link(user, "abc")
    MessengerLink.objects.update(is_active=False)
    again = link(user, "abc")
    assert again.is_active
    assert uuids_of(user) == ["abc"]


def test_each_bot_has_links_of_its_own(user: Any, two_bots: None) -> None:
    link(user, "abc")
    link(user, "abc", bot="second")
    link(user, "xyz", bot="second")
    assert uuids_of(user) == ["abc"]
    assert uuids_of(user, "second") == ["abc", "xyz"]


def test_one_uuid_may_stand_for_two_accounts(user: Any) -> None:
    other = get_user_model().objects.create_user("jerry")
    link(user, "abc")
    link(other, "abc")
    assert uuids_of(user) == uuids_of(other) == ["abc"]


def test_new_and_revived_links_are_announced_and_repeated_ones_are_not(
    user: Any, announced: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        link(user, "abc")
        link(user, "abc")
    assert announced == [("abc", True)]
    MessengerLink.objects.update(is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        link(user, "abc")
        link(user, "abc")
    assert announced == [("abc", True), ("abc", False)]


@pytest.mark.django_db(transaction=True)
def test_a_link_is_announced_after_the_commit_and_not_if_it_is_rolled_back(
    user: Any, announced: list[Any]
) -> None:
    with transaction.atomic():
        link(user, "kept")
        assert announced == []
    assert announced == [("kept", True)]
    with transaction.atomic():
        link(user, "lost")
        transaction.set_rollback(True)
    assert announced == [("kept", True)]


def failing(word: str = "fault", **kwargs: Any) -> None:
    raise RuntimeError(f"a receiver's own {word}")


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_fails_harms_nothing_and_the_next_one_still_hears(
    user: Any, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def hear(link: MessengerLink, **kwargs: Any) -> None:
        heard.append(link.uuid)

    user_linked.connect(failing)
    user_linked.connect(hear)
    try:
        link(user, "abc")
    finally:
        user_linked.disconnect(failing)
        user_linked.disconnect(hear)
    assert uuids_of(user) == ["abc"]
    assert heard == ["abc"]
    assert "a receiver's own fault" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_receiver_without_a_name_that_fails_harms_nothing_either(
    user: Any, caplog: pytest.LogCaptureFixture
) -> None:
    nameless = functools.partial(failing, "mistake")
    user_linked.connect(nameless, weak=False)
    try:
        link(user, "abc")
    finally:
        user_linked.disconnect(nameless)
    assert uuids_of(user) == ["abc"]
    assert "a receiver's own mistake" in caplog.text


def test_a_visitors_uuid_waits_until_he_signs_in(user: Any) -> None:
    request = visit()
    linking.remember(request.session, "abc")
    assert not MessengerLink.objects.exists()
    login(request, user)
    assert uuids_of(user) == ["abc"]


def test_what_was_linked_at_a_sign_in_waits_no_longer(user: Any) -> None:
    request = visit()
    linking.remember(request.session, "abc")
    login(request, user)
    login(visit(request.session), get_user_model().objects.create_user("jerry"))
    assert MessengerLink.objects.get().user == user


def test_of_a_visitors_uuids_the_last_counts(user: Any) -> None:
    request = visit()
    linking.remember(request.session, "first")
    linking.remember(request.session, "last")
    login(request, user)
    assert uuids_of(user) == ["last"]


def test_a_visitor_may_wait_for_two_bots(user: Any, two_bots: None) -> None:
    request = visit()
    linking.remember(request.session, "abc")
    linking.remember(request.session, "xyz", bot="second")
    login(request, user)
    assert uuids_of(user) == ["abc"]
    assert uuids_of(user, "second") == ["xyz"]


def wait(session: Any, seconds: int) -> None:
    """Make what waits in a session older."""
    uuid, since = session[linking.SESSION_KEY]["default"]
    session[linking.SESSION_KEY] = {"default": [uuid, since - seconds]}


@pytest.mark.parametrize(
    ("max_age", "waited", "expected"),
    [(3600, 3590, ["abc"]), (3600, 3601, []), (60, 50, ["abc"]), (60, 61, [])],
)
def test_a_uuid_that_waited_too_long_is_dropped(
    user: Any, settings: Any, max_age: int, waited: int, expected: list[str]
) -> None:
    settings.JOINCHAT_LINKING = {"PENDING_MAX_AGE": max_age}
    request = visit()
    linking.remember(request.session, "abc")
    wait(request.session, waited)
    login(request, user)
    assert uuids_of(user) == expected
    assert linking.SESSION_KEY not in request.session


def test_a_uuid_waits_from_when_it_was_handed_over() -> None:
    session: dict[str, Any] = {}
    linking.remember(session, "abc")
    uuid, since = session[linking.SESSION_KEY]["default"]
    assert uuid == "abc"
    assert abs(time.time() - since) < 5


def test_a_waiting_uuid_is_dropped_at_sign_out(user: Any) -> None:
    request = visit()
    linking.remember(request.session, "abc")
    request.session.save()
    logout(request)
    login(visit(request.session), user)
    assert not MessengerLink.objects.exists()


def test_a_waiting_uuid_goes_to_nobody_who_takes_over_another_users_session(user: Any) -> None:
    request = visit()
    login(request, user)
    linking.remember(request.session, "abc")
    other = get_user_model().objects.create_user("jerry")
    login(visit(request.session), other)
    assert not MessengerLink.objects.exists()


def test_a_uuid_of_a_bot_that_has_gone_is_dropped(
    user: Any, settings: Any, two_bots: None, caplog: pytest.LogCaptureFixture
) -> None:
    request = visit()
    linking.remember(request.session, "xyz", bot="second")
    linking.remember(request.session, "abc")
    settings.JOINCHAT = {"default": settings.JOINCHAT["default"]}
    login(request, user)
    assert [found.bot for found in MessengerLink.objects.all()] == ["default"]
    assert "was dropped" in caplog.text


@pytest.mark.parametrize("waiting", [["abc"], {"default": "abc"}, {"default": [1, "x"]}, 7])
def test_sign_in_succeeds_whatever_is_in_the_session(user: Any, waiting: object) -> None:
    request = visit()
    request.session[linking.SESSION_KEY] = waiting
    login(request, user)
    assert request.user == user
    assert not MessengerLink.objects.exists()


def test_a_uuid_waits_whatever_was_in_the_session_before(user: Any) -> None:
    session: dict[str, Any] = {linking.SESSION_KEY: 7}
    linking.remember(session, "abc")
    assert linking.link_pending(user, session)[0].uuid == "abc"


def test_sign_in_succeeds_when_the_link_cannot_be_written(
    user: Any, caplog: pytest.LogCaptureFixture
) -> None:
    request = visit()
    linking.remember(request.session, "abc")
    with transaction.atomic():
        with pytest.MonkeyPatch.context() as patched:
            # A database that refuses the row, as one does whose migrations have not run.
            patched.setattr(MessengerLink._meta, "db_table", "a_table_that_is_not_there")
            login(request, user)
        # The transaction that the sign-in runs in is still good.
        assert get_user_model().objects.filter(pk=user.pk).exists()
    assert request.user == user
    assert "could not be linked" in caplog.text


def test_a_sign_in_without_a_session_is_left_alone(user: Any) -> None:
    linking.link_pending_at_login(sender=None, request=None, user=user)
    linking.link_pending_at_login(sender=None, request=RequestFactory().get("/"), user=user)
    assert not MessengerLink.objects.exists()
