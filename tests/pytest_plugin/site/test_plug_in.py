from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as site_settings
from django.test import TestCase, TransactionTestCase
from shop.orders import customer, ship

from joinchat_django.api import Text
from joinchat_django.backends.locmem import delivered
from joinchat_django.models import OutboxMessage

HTTP = "joinchat_django.backends.http.HTTPBackend"


class PlainTests(TestCase):
    """Test cases that know nothing of the plug-in."""

    def test_a_delivered_message_stays_in_memory(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            ship(customer())
        assert OutboxMessage.objects.get().status == "sent"
        assert [one.envelope.message for one in delivered] == [Text("Your parcel has left us.")]

    def test_so_does_one_of_a_bot_that_the_test_sets(self) -> None:
        bot = {**site_settings.JOINCHAT["default"], "PAGE_ID": 2, "BACKEND": HTTP}
        changed = self.settings(JOINCHAT={"default": bot})
        with changed, self.captureOnCommitCallbacks(execute=True):
            ship(customer())
        assert len(delivered) == 1


class CommittingTests(TransactionTestCase):
    """The same with commits."""

    def test_a_message_stays_in_memory(self) -> None:
        ship(customer())
        assert len(delivered) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.joinchat_backends
def test_the_marker_lets_a_message_out(joinchat_outbox: Any) -> None:
    ship(customer())
    assert [one.status for one in joinchat_outbox] == ["sent"]
    assert delivered == []


class TestTheSandboxAndSettingsOfATestsOwn:
    """Whatever the order of the fixtures, the settings are the site's again afterwards."""

    def test_settings_first(self, settings: Any, joinchat_sandbox: Any) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
        assert site_settings.JOINCHAT["default"]["API_URL"] == joinchat_sandbox.api_url

    def test_sandbox_first(self, joinchat_sandbox: Any, settings: Any) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
        settings.JOINCHAT = {"default": {**settings.JOINCHAT["default"], "PAGE_ID": 2}}
        assert site_settings.JOINCHAT["default"]["API_URL"] == joinchat_sandbox.api_url

    def test_afterwards(self, pytestconfig: pytest.Config) -> None:
        assert "SDK_URL" not in site_settings.JOINCHAT["default"]
        assert not hasattr(site_settings, "JOINCHAT_DELIVERY")


@pytest.mark.django_db(transaction=True)
def test_the_outbox_follows_a_test_that_commits(joinchat_outbox: Any) -> None:
    ship(customer())
    assert [one.status for one in joinchat_outbox] == ["sent"]


def test_a_live_server_delivers_into_memory(
    live_server: Any, joinchat_outbox: Any, lin: Any
) -> None:
    ship(lin)
    assert [one.status for one in joinchat_outbox] == ["sent"]
