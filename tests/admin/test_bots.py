"""The bots in the admin: what is shown of them, and who may pause, resume and check them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery import pauses
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.sandbox.server import SandboxServer
from joinchat_django.signals import bot_paused
from tests.servers import free_port

from .pages import page_of, remarks


def bot_page(page: str = "change", alias: str = "default") -> str:
    return page_of(BotState, page, alias)


@pytest.fixture
def paused(db: None) -> str:
    """The address that resumes a bot, which is paused."""
    pauses.pause("default", 600, "The secret is wrong.")
    return bot_page("resume")


@pytest.fixture
def over_http(settings: Any) -> Any:
    """Let the bot call a server at an address."""

    def call(url: str, **options: Any) -> None:
        bot = {"PAGE_ID": 12345, "API_SECRET": "the-secret-of-the-tests", "API_URL": url}
        settings.JOINCHAT = {"default": {**bot, "OPTIONS": {"connect_timeout": 2, **options}}}

    return call


class TestWhatIsShown:
    def test_every_bot_of_the_settings_though_nothing_is_known_of_it(
        self, admin_client: Client, two_bots: None
    ) -> None:
        page = admin_client.get(page_of(BotState)).text
        for alias in ("default", "support"):
            assert f'href="{bot_page(alias=alias)}"' in page
            assert admin_client.get(bot_page(alias=alias)).status_code == 200
        assert page.count(">sends<") == 2
        assert not BotState.objects.exists()

    def test_a_paused_bot_with_the_reason_and_the_end(
        self, admin_client: Client, paused: str
    ) -> None:
        for url in (page_of(BotState), bot_page()):
            page = admin_client.get(url).text
            assert ">paused<" in page
            assert "The secret is wrong." in page
            assert "then a message shows whether it works again." in page
        assert f'action="{paused}"' in page

    def test_what_waits_with_the_way_to_it_in_the_outbox(self, admin_client: Client) -> None:
        for number in range(3):
            outbox.send(Recipient(uuid=f"uuid-{number}"), Text("x"))
        page = admin_client.get(bot_page())
        waiting = next(page.context["facts"].counts)
        assert waiting.count == 3
        assert f'href="{page_of(OutboxMessage)}?bot=default&amp;status=queued"' in page.text
        found = admin_client.get(f"{page_of(OutboxMessage)}?{waiting.query}")
        assert found.context["cl"].result_count == 3

    def test_a_bot_that_left_the_settings_with_messages_of_its_own(
        self, admin_client: Client, two_bots: None, settings: Any
    ) -> None:
        outbox.send(Recipient(uuid="a"), Text("x"), bot="support")
        settings.JOINCHAT = {"default": settings.JOINCHAT["default"]}
        for url in (page_of(BotState), bot_page(alias="support")):
            assert ">not in the settings<" in admin_client.get(url).text
        assert admin_client.post(bot_page("check", "support")).status_code == 302

    def test_a_bot_whose_settings_are_faulty(self, admin_client: Client, settings: Any) -> None:
        settings.JOINCHAT = {"default": {"PAGE_ID": "none", "API_SECRET": "kept-to-myself"}}
        for url in (page_of(BotState), bot_page()):
            page = admin_client.get(url).text
            assert ">faulty settings<" in page
            assert "PAGE_ID" in page
            assert "kept-to-myself" not in page

    def test_nothing_of_the_secret(self, admin_client: Client, over_http: Any) -> None:
        over_http("http://name:word-to-pass@127.0.0.1/send?key=of-the-api")
        page = admin_client.get(bot_page()).text
        assert "http://127.0.0.1/send?…" in page
        for secret in ("the-secret", "of-the-tests", "word-to-pass", "of-the-api"):
            assert secret not in page

    def test_an_unknown_bot_is_not_there(self, admin_client: Client) -> None:
        assert admin_client.get(bot_page(alias="nobody")).status_code == 404
        for page in ("pause", "resume", "check"):
            assert admin_client.post(bot_page(page, "nobody")).status_code == 404
        assert not BotState.objects.exists()


class TestPausing:
    def test_holds_everything_back_until_somebody_resumes(self, admin_client: Client) -> None:
        response = admin_client.post(bot_page("pause"), {"reason": "A <b>wrong</b>\n price"})
        assert response["Location"] == bot_page()
        outbox.send(Recipient(uuid="a"), Text("x"))
        assert deliver_due() == {}
        state = BotState.objects.get()
        assert (state.is_paused, state.paused_until) == (True, None)
        assert state.reason == "Paused by admin. A <b>wrong</b> price"
        page = admin_client.get(bot_page()).text
        assert "Paused by admin. A &lt;b&gt;wrong&lt;/b&gt; price" in page
        assert "Until somebody resumes it." in page
        entry = LogEntry.objects.get()
        assert (entry.object_id, entry.change_message) == (
            "default",
            "Paused. A <b>wrong</b> price",
        )
        assert remarks(admin_client.post(bot_page("pause"))) == ["“default” is paused already."]
        assert BotState.objects.get().reason == state.reason

    @pytest.mark.usefixtures("paused")
    def test_outlasts_a_pause_that_would_have_ended(self, admin_client: Client) -> None:
        admin_client.post(bot_page("pause"), {"reason": "Mine."})
        assert not pauses.pause("default", 1, "Another fault.")
        state = BotState.objects.get()
        assert (state.paused_until, state.reason) == (None, "Paused by admin. Mine.")

    def test_tells_who_listens(self, admin_client: Client) -> None:
        told = []

        def listen(bot: str, reason: str, **kwargs: Any) -> None:
            told.append((bot, reason))

        bot_paused.connect(listen)
        try:
            admin_client.post(bot_page("pause"))
        finally:
            bot_paused.disconnect(listen)
        assert told == [("default", "Paused by admin.")]


@pytest.mark.django_db(transaction=True)
def test_resuming_lets_what_waits_go_out(
    admin_client: Client, paused: str, delivered: list[Any]
) -> None:
    outbox.send(Recipient(email="a@example.com"), Text("x"))
    assert not delivered
    response = admin_client.post(paused)
    assert response["Location"] == bot_page()
    assert remarks(response) == ["“default” sends again."]
    assert len(delivered) == 1
    assert OutboxMessage.objects.get().status == "sent"
    assert LogEntry.objects.get().change_message == "Resumed."
    assert f'action="{paused}"' not in admin_client.get(response["Location"]).text
    assert remarks(admin_client.post(paused)) == ["“default” is not paused."]


class TestCheckingTheConnection:
    def test_shows_each_step_and_sends_nothing(self, admin_client: Client, over_http: Any) -> None:
        with SandboxServer(page_id=12345, api_secret="the-secret-of-the-tests") as server:
            over_http(server.api_url)
            page = admin_client.post(bot_page("check"))
            assert server.inbox.messages() == []
        assert [(step.name, step.state) for step in page.context["steps"]] == [
            ("Name resolution", "ok"),
            ("Connection", "ok"),
            ("Answer", "ok"),
        ]
        assert "The server answers." in page.text
        assert "the-secret" not in page.text

    def test_says_where_the_way_ends_and_what_to_do(
        self, admin_client: Client, over_http: Any
    ) -> None:
        over_http(f"https://127.0.0.1:{free_port()}/send")
        page = admin_client.post(bot_page("check"))
        assert [step.state for step in page.context["steps"]] == [
            "ok",
            "failed",
            "missed",
            "missed",
        ]
        assert "are refused. Check host and port" in page.text

    def test_of_a_bot_that_calls_no_server_is_not_offered(self, admin_client: Client) -> None:
        assert f'action="{bot_page("check")}' not in admin_client.get(bot_page()).text
        response = admin_client.post(bot_page("check"))
        assert remarks(response) == ["“default” calls no server: there is no connection to check."]


def test_who_may_only_look_is_offered_nothing(staff_client: Any, paused: str) -> None:
    client = staff_client("view_botstate")
    assert "The secret is wrong." in client.get(bot_page()).text
    assert 'action="/admin/joinchat_django' not in client.get(bot_page()).text
    for page in ("pause", "resume", "check"):
        assert client.post(bot_page(page)).status_code == 403
    assert BotState.objects.get().is_paused
