"""The first members of some kind are looked for chunk by chunk, in the order of their keys."""

from __future__ import annotations

from typing import Any

import pytest

from joinchat_django import broadcasts
from joinchat_django.broadcasts import members
from tests.outbox.people import people

from .steps import User, drafted, link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_chunks")]


@pytest.fixture
def crowd(db: None) -> list[Any]:
    """Eleven users in the order of their keys, which are three chunks of members."""
    people(11)
    return list(User.objects.order_by("pk"))


def test_those_whom_a_message_is_tried_out_for(crowd: list[Any]) -> None:
    for one in (crowd[6], crowd[10]):
        link(one)
    draft = drafted()
    assert [one.who for one in broadcasts.try_out(draft, limit=1)] == [str(crowd[6])]
    assert [one.who for one in broadcasts.try_out(draft)] == [str(crowd[6]), str(crowd[10])]


def test_those_who_are_not_reached(crowd: list[Any]) -> None:
    link(crowd[0])
    named = broadcasts.unreached(drafted(), "default", limit=7)
    assert [who for who, _why in named] == [str(one) for one in crowd[1:8]]


def test_of_a_large_selection_the_beginning_alone_is_looked_through(
    crowd: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "LOOKED_THROUGH", 2)
    link(crowd[10])
    draft = drafted()
    assert broadcasts.try_out(draft) == []
    assert len(broadcasts.unreached(draft, "default", limit=11)) == 10
