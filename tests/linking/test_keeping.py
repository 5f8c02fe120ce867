"""A uuid that waits in a session may be kept for whoever has signed up."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from joinchat_django import linking
from joinchat_django.models import MessengerLink

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(db: None) -> Any:
    return get_user_model().objects.create_user("jerry")


def links() -> list[tuple[str, str]]:
    return [(link.user.username, link.uuid) for link in MessengerLink.objects.order_by("pk")]


def test_it_is_linked_at_his_sign_in(user: Any) -> None:
    session: dict[str, Any] = {}
    linking.remember(session, "abc")
    linking.keep_for(session, user)
    linking.link_pending(user, session)
    assert links() == [("tom", "abc")]


def test_it_is_dropped_at_anybody_elses(user: Any, other: Any) -> None:
    session: dict[str, Any] = {}
    linking.remember(session, "abc")
    linking.keep_for(session, user)
    assert linking.link_pending(other, session) == []
    assert linking.link_pending(user, session) == []
    assert links() == []


def test_it_stays_his_when_somebody_else_signs_up(user: Any, other: Any, two_bots: None) -> None:
    session: dict[str, Any] = {}
    linking.remember(session, "abc")
    linking.keep_for(session, user)
    linking.remember(session, "xyz", bot="second")
    linking.keep_for(session, other)
    linking.link_pending(other, session)
    assert links() == [("jerry", "xyz")]


def test_a_new_click_is_anybodys_again(user: Any, other: Any) -> None:
    session: dict[str, Any] = {}
    linking.remember(session, "abc")
    linking.keep_for(session, user)
    linking.remember(session, "xyz")
    linking.link_pending(other, session)
    assert links() == [("jerry", "xyz")]


@pytest.mark.parametrize("waiting", [None, 7, {}, {"default": 7}, {"default": [1, 2, 3, 4]}])
def test_whatever_is_in_the_session(user: Any, waiting: object) -> None:
    session = {} if waiting is None else {linking.SESSION_KEY: waiting}
    before = dict(session)
    linking.keep_for(session, user)
    assert session == before
