"""The triggers in the admin: what they wait for, how they fare, and a switch for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test import Client
from django.utils import timezone

from joinchat_django import triggers
from joinchat_django.models import TriggerState

from .pages import page_of, remarks

pytestmark = pytest.mark.django_db

order_placed = Signal()

NAME = "shop.<receipt>"


@pytest.fixture(autouse=True)
def receipt() -> Iterator[list[Any]]:
    """A trigger; the signals that it has heard."""
    heard: list[Any] = []
    known = dict(triggers.registry)

    @triggers.on(order_placed, name=NAME)
    @triggers.on(post_save, sender=get_user_model(), name=NAME)
    def receipt(sender: Any, **kwargs: Any) -> None:
        """Sends a <receipt>.

        To whom it concerns.
        """
        heard.append(sender)

    yield heard
    uid = f"joinchat_django.triggers:{NAME}"
    order_placed.disconnect(dispatch_uid=uid)
    post_save.disconnect(sender=get_user_model(), dispatch_uid=uid)
    triggers.registry.clear()
    triggers.registry.update(known)


def switch(client: Client, on: str, name: str = NAME) -> Any:
    return client.post(page_of(TriggerState, "switch", quote(name)), {"on": on})


def shown(client: Client) -> str:
    response = client.get(page_of(TriggerState))
    assert response.status_code == 200
    return str(response.text)


def waits_for(client: Client, name: str) -> Any:
    """Return the signals and senders that the list names for a trigger."""
    shown = client.get(page_of(TriggerState)).context["triggers"]
    [facts] = [one for one, _url in shown if one.state.name == name]
    return facts.waits_for


class TestTheList:
    def test_shows_what_is_registered_though_it_never_fired(self, admin_client: Client) -> None:
        page = shown(admin_client)
        assert "shop.&lt;receipt&gt;" in page
        assert "Sends a &lt;receipt&gt;." in page
        assert "To whom it concerns" not in page
        assert not TriggerState.objects.exists()

    def test_names_signals_and_senders(self, admin_client: Client) -> None:
        assert set(waits_for(admin_client, NAME)) == {
            (f"{__name__}.order_placed", ""),
            ("post_save", "accounts.Customer"),
        }

    def test_names_a_signal_of_django_by_its_last_name(self, admin_client: Client) -> None:
        triggers.on(user_logged_in, name="greets")(lambda sender, **kwargs: None)
        try:
            assert waits_for(admin_client, "greets") == (("user_logged_in", ""),)
        finally:
            user_logged_in.disconnect(dispatch_uid="joinchat_django.triggers:greets")

    def test_says_so_of_a_signal_that_nobody_can_find(self, admin_client: Client) -> None:
        hidden = [Signal()]
        triggers.on(hidden[0], name="hidden")(lambda sender, **kwargs: None)
        assert "a signal without a name" in shown(admin_client)

    def test_shows_how_it_fares(self, admin_client: Client, staff_client: Any) -> None:
        now = timezone.now()
        TriggerState.objects.create(
            name=NAME, fired=7, failed=2, last_failed_at=now, last_error="No <order>."
        )
        page = shown(admin_client)
        assert "fired 7" in page
        assert "failed 2" in page
        assert "No &lt;order&gt;." in page
        assert "No &lt;order&gt;." not in shown(staff_client("view_triggerstate"))

    def test_marks_what_the_code_does_not_have_any_more(self, admin_client: Client) -> None:
        TriggerState.objects.create(name="shop.former", fired=1)
        page = shown(admin_client)
        assert "no longer in the code" in page
        assert page_of(TriggerState, "switch", quote("shop.former")) not in page
        assert switch(admin_client, "0", "shop.former").status_code == 404


class TestTheSwitch:
    def test_turns_a_trigger_off_and_on(self, admin_client: Client, receipt: list[Any]) -> None:
        receipt.clear()
        order_placed.send("first")
        response = switch(admin_client, "0")
        assert response["Location"] == page_of(TriggerState)
        assert remarks(response) == [f"“{NAME}” is off: its signals send no messages."]
        order_placed.send("second")
        page = shown(admin_client)
        assert 'aria-checked="false" aria-label="shop.&lt;receipt&gt;"' in page
        switch(admin_client, "1")
        order_placed.send("third")
        assert receipt == ["first", "third"]
        assert 'aria-checked="true" aria-label="shop.&lt;receipt&gt;"' in shown(admin_client)

    def test_is_kept_in_the_log_once(self, admin_client: Client) -> None:
        for _time in range(2):
            switch(admin_client, "0")
        entry = LogEntry.objects.get()
        assert (entry.object_id, entry.change_message) == (NAME, "Switched off.")

    @pytest.mark.parametrize("on", ["", "yes"])
    def test_takes_nothing_but_on_and_off(self, admin_client: Client, on: str) -> None:
        assert switch(admin_client, on).status_code == 404
        assert not TriggerState.objects.exists()

    def test_is_not_for_those_who_may_only_look(self, staff_client: Any) -> None:
        client = staff_client("view_triggerstate")
        assert '<button type="submit" role' not in shown(client)
        assert switch(client, "0").status_code == 403
        assert not TriggerState.objects.exists()
