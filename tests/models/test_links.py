"""A user has a uuid once for each bot, and uuids are compared to the letter."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from joinchat_django.models import MessengerLink


def test_uuids_that_differ_only_in_case_stay_apart(user: Any) -> None:
    MessengerLink.objects.create(user=user, uuid="abc")
    MessengerLink.objects.create(user=user, uuid="ABC")
    assert MessengerLink.objects.filter(user=user).count() == 2


def test_a_user_has_a_uuid_only_once_for_each_bot(user: Any) -> None:
    MessengerLink.objects.create(user=user, uuid="abc")
    MessengerLink.objects.create(user=user, uuid="abc", bot="second")
    with pytest.raises(IntegrityError):
        MessengerLink.objects.create(user=user, uuid="abc")


def test_rows_written_in_bulk_have_their_digest(user: Any) -> None:
    links = MessengerLink.objects.bulk_create(
        [MessengerLink(user=user, uuid="one"), MessengerLink(user=user, uuid="two")]
    )
    assert len({link.uuid_digest for link in links}) == 2
    assert all(len(link.uuid_digest) == 64 for link in links)


def test_a_changed_uuid_changes_its_digest(user: Any) -> None:
    link = MessengerLink.objects.create(user=user, uuid="one")
    before = link.uuid_digest
    link.uuid = "two"
    link.save(update_fields=["uuid"])
    link.refresh_from_db()
    assert link.uuid_digest != before
