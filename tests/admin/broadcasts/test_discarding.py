"""A draft that is not sent after all."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_init
from django.test import Client

from joinchat_django.models import Broadcast
from tests.admin.pages import page_of, remarks


def test_a_draft_is_discarded_by_its_owner(admin_client: Client, draft: Broadcast) -> None:
    response = press_gone(admin_client, draft)
    assert "was discarded; nothing was sent" in remarks(response)[-1]
    assert not Broadcast.objects.exists()


def test_a_draft_that_is_sent_at_this_very_moment_is_not_discarded(
    admin_client: Client, draft: Broadcast
) -> None:
    def send_it(instance: Broadcast, **kwargs: Any) -> None:
        """Somebody else sends it as soon as the page has read it."""
        post_init.disconnect(send_it, sender=Broadcast)
        Broadcast.objects.filter(pk=instance.pk).update(status="running")

    post_init.connect(send_it, sender=Broadcast)
    try:
        response = press_gone(admin_client, draft)
    finally:
        post_init.disconnect(send_it, sender=Broadcast)
    assert response["Location"] == page_of(Broadcast, "change", draft.pk)
    assert not remarks(response)
    assert Broadcast.objects.get().parts.exists()


def press_gone(client: Client, draft: Broadcast) -> Any:
    return client.post(page_of(Broadcast, "discard", draft.pk))
