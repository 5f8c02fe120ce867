"""Linking a site's user to the uuid that JoinChat hands over."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django import linking, outbox
from joinchat_django.conf import UnknownBot
from joinchat_django.linking import InvalidUUID, check_uuid, link
from joinchat_django.models import MessengerLink
from joinchat_django.signals import user_linked
from tests.receiving import failing, receiving
from tests.saving import UUID_CHARACTERS

from .looking import uuids_of


@pytest.fixture
def announced() -> Iterator[list[tuple[str, bool]]]:
    """What ``user_linked`` has told: uuid and ``created`` each time."""
    told: list[tuple[str, bool]] = []

    def listen(link: MessengerLink, created: bool, **kwargs: Any) -> None:
        told.append((link.uuid, created))

    with receiving(user_linked, listen, sender=MessengerLink):
        yield told


@given(st.text(alphabet=st.characters(exclude_categories=())) | st.text(sorted(UUID_CHARACTERS)))
def test_a_uuid_is_1_to_255_of_the_contracts_characters(value: str) -> None:
    if 1 <= len(value) <= 255 and set(value) <= UUID_CHARACTERS:
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


def test_each_bot_has_links_of_its_own(user: Any, second_bot: None) -> None:
    link(user, "abc")
    link(user, "abc", bot="second")
    link(user, "xyz", bot="second")
    assert uuids_of(user) == ["abc"]
    assert uuids_of(user, "second") == ["abc", "xyz"]


def test_one_uuid_may_stand_for_two_accounts(user: Any, other: Any) -> None:
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


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_fails_harms_nothing_and_the_next_one_still_hears(
    user: Any, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def hear(link: MessengerLink, **kwargs: Any) -> None:
        heard.append(link.uuid)

    with receiving(user_linked, failing), receiving(user_linked, hear):
        link(user, "abc")
    assert uuids_of(user) == ["abc"]
    assert heard == ["abc"]
    assert "a receiver's own fault" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_receiver_without_a_name_that_fails_harms_nothing_either(
    user: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with receiving(user_linked, functools.partial(failing)):
        link(user, "abc")
    assert uuids_of(user) == ["abc"]
    assert "a receiver's own fault" in caplog.text
