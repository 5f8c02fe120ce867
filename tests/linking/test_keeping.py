"""A uuid that waits in a session may be kept for whoever has signed up."""

from __future__ import annotations

from typing import Any

import pytest

from joinchat_django import linking
from tests.saving import links

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(user: Any) -> dict[str, Any]:
    """A session in which a uuid is kept for Tom."""
    session: dict[str, Any] = {}
    linking.remember(session, "abc")
    linking.keep_for(session, user)
    return session


def test_it_is_linked_at_their_sign_in(session: dict[str, Any], user: Any) -> None:
    linking.link_pending(user, session)
    assert links() == [("tom", "default", "abc")]


def test_it_is_dropped_at_anybody_elses(session: dict[str, Any], user: Any, other: Any) -> None:
    assert linking.link_pending(other, session) == []
    assert linking.link_pending(user, session) == []
    assert links() == []


def test_it_stays_theirs_when_somebody_else_signs_up(
    session: dict[str, Any], other: Any, second_bot: None
) -> None:
    linking.remember(session, "xyz", bot="second")
    linking.keep_for(session, other)
    linking.link_pending(other, session)
    assert links() == [("jerry", "second", "xyz")]


def test_a_new_click_is_anybodys_again(session: dict[str, Any], other: Any) -> None:
    linking.remember(session, "xyz")
    linking.link_pending(other, session)
    assert links() == [("jerry", "default", "xyz")]


@pytest.mark.parametrize("waiting", [None, 7, {}, {"default": 7}, {"default": [1, 2, 3, 4]}])
def test_whatever_else_is_in_the_session_stays_as_it_is(user: Any, waiting: object) -> None:
    session = {} if waiting is None else {linking.SESSION_KEY: waiting}
    before = dict(session)
    linking.keep_for(session, user)
    assert session == before
