"""A visitor's uuid waits in their session until they sign in."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.models import AnonymousUser, update_last_login
from django.contrib.auth.signals import user_logged_in
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest
from django.test import Client, RequestFactory

from joinchat_django import linking
from joinchat_django.models import MessengerLink
from tests.saving import grow_older

from .looking import uuids_of


def visit(session: Any = None) -> HttpRequest:
    """Return a request of a visitor with a session of their own."""
    request = RequestFactory().get("/")
    request.session = Client().session if session is None else session
    request.user = AnonymousUser()
    return request


def test_a_visitors_uuid_waits_until_they_sign_in(user: Any) -> None:
    request = visit()
    linking.remember(request.session, "abc")
    assert not MessengerLink.objects.exists()
    login(request, user)
    assert uuids_of(user) == ["abc"]


def test_what_was_linked_at_a_sign_in_waits_no_longer(user: Any, other: Any) -> None:
    request = visit()
    linking.remember(request.session, "abc")
    login(request, user)
    login(visit(request.session), other)
    assert MessengerLink.objects.get().user == user


def test_of_a_visitors_uuids_the_last_counts(user: Any) -> None:
    request = visit()
    linking.remember(request.session, "first")
    linking.remember(request.session, "last")
    login(request, user)
    assert uuids_of(user) == ["last"]


def test_a_visitor_may_wait_for_two_bots(user: Any, second_bot: None) -> None:
    request = visit()
    linking.remember(request.session, "abc")
    linking.remember(request.session, "xyz", bot="second")
    login(request, user)
    assert uuids_of(user) == ["abc"]
    assert uuids_of(user, "second") == ["xyz"]


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
    grow_older(request.session, waited)
    login(request, user)
    assert uuids_of(user) == expected
    assert linking.SESSION_KEY not in request.session


def test_a_uuid_waits_from_when_it_was_handed_over() -> None:
    session: dict[str, Any] = {}
    before = int(time.time())
    linking.remember(session, "abc")
    uuid, since = session[linking.SESSION_KEY]["default"]
    assert uuid == "abc"
    assert before <= since <= time.time()


def test_a_waiting_uuid_is_dropped_at_sign_out(user: Any) -> None:
    request = visit()
    linking.remember(request.session, "abc")
    request.session.save()
    logout(request)
    login(visit(request.session), user)
    assert not MessengerLink.objects.exists()


def test_a_waiting_uuid_goes_to_nobody_who_takes_over_another_users_session(
    user: Any, other: Any
) -> None:
    request = visit()
    login(request, user)
    linking.remember(request.session, "abc")
    login(visit(request.session), other)
    assert not MessengerLink.objects.exists()


def test_a_uuid_of_a_bot_that_has_gone_is_dropped(
    user: Any, settings: Any, second_bot: None, caplog: pytest.LogCaptureFixture
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


class TestAUuidThatTheDatabaseFailedToLink:
    @pytest.fixture(params=["INSERT", "SAVEPOINT", "RELEASE SAVEPOINT"])
    def failed(self, request: Any, user: Any) -> Any:
        """The session of a sign-in during which the database was away for one statement."""
        visitor = visit()
        linking.remember(visitor.session, "abc")
        failures: list[str] = []

        def fail(execute: Any, sql: str, *rest: Any) -> Any:
            if sql.startswith(request.param) and not failures:
                failures.append(sql)
                raise OperationalError("The database is away.")
            return execute(sql, *rest)

        visitor.session.save()
        user_logged_in.disconnect(update_last_login, dispatch_uid="update_last_login")
        try:
            with connection.execute_wrapper(fail):
                user_logged_in.send(type(user), request=visitor, user=user)
        finally:
            user_logged_in.connect(update_last_login, dispatch_uid="update_last_login")
        assert failures
        assert uuids_of(user) == []
        return visitor.session

    def test_is_linked_at_their_next_sign_in(self, failed: Any, user: Any) -> None:
        login(visit(failed), user)
        assert uuids_of(user) == ["abc"]
        assert linking.SESSION_KEY not in failed

    def test_is_nobody_elses(self, failed: Any, other: Any) -> None:
        assert linking.link_pending(other, failed) == []

    def test_waits_no_longer_than_any(self, failed: Any, user: Any) -> None:
        [(bot, (uuid, since, key))] = failed[linking.SESSION_KEY].items()
        failed[linking.SESSION_KEY] = {bot: [uuid, since - 3601, key]}
        assert linking.link_pending(user, failed) == []


def test_a_sign_in_without_a_session_is_left_alone(user: Any) -> None:
    linking.link_pending_at_login(sender=None, request=None, user=user)
    linking.link_pending_at_login(sender=None, request=RequestFactory().get("/"), user=user)
    assert not MessengerLink.objects.exists()
