"""Who gets in where: every address of the app, also one that somebody adds later."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from .addresses import APP, Address, addresses_about, names

pytestmark = pytest.mark.django_db

#: Whose broadcast it is, if they may send at all; and who may send every broadcast.
SENDERS = [{"send_message"}, {"send_broadcast"}]
WRITERS = [{"add_messagetemplate"}, {"change_messagetemplate"}, *SENDERS]
AGAIN = [
    {"view_outboxmessage", "send_message"},
    {"change_outboxmessage", "send_message"},
]

#: The ways in: each is what somebody has to have, together. No way is for nobody at all.
OPENED_BY: dict[str, list[set[str]]] = {
    "botstate_changelist": [{"view_botstate"}, {"change_botstate"}, {"manage_bots"}],
    "botstate_change": [{"view_botstate"}, {"change_botstate"}, {"manage_bots"}],
    "botstate_history": [{"view_botstate"}, {"change_botstate"}, {"manage_bots"}],
    "botstate_pause": [{"manage_bots"}],
    "botstate_resume": [{"manage_bots"}],
    "botstate_check": [{"manage_bots"}],
    "botstate_add": [],
    "botstate_delete": [],
    "triggerstate_changelist": [{"view_triggerstate"}, {"change_triggerstate"}],
    "triggerstate_change": [{"view_triggerstate"}, {"change_triggerstate"}],
    "triggerstate_history": [{"view_triggerstate"}, {"change_triggerstate"}],
    "triggerstate_switch": [{"change_triggerstate"}],
    "triggerstate_add": [],
    "triggerstate_delete": [],
    "messengerlink_changelist": [{"view_messengerlink"}, {"change_messengerlink"}],
    "messengerlink_change": [{"view_messengerlink"}, {"change_messengerlink"}],
    "messengerlink_history": [{"view_messengerlink"}, {"change_messengerlink"}],
    "messengerlink_add": [{"add_messengerlink"}],
    "messengerlink_delete": [{"delete_messengerlink"}],
    "messagetemplate_changelist": [{"view_messagetemplate"}, {"change_messagetemplate"}],
    "messagetemplate_change": [{"view_messagetemplate"}, {"change_messagetemplate"}],
    "messagetemplate_history": [{"view_messagetemplate"}, {"change_messagetemplate"}],
    "messagetemplate_add": [{"add_messagetemplate"}],
    "messagetemplate_delete": [{"delete_messagetemplate"}],
    "messagetemplate_compose": WRITERS,
    "messagetemplate_test": [{"send_message"}],
    "outboxmessage_changelist": [{"view_outboxmessage"}, {"change_outboxmessage"}],
    "outboxmessage_change": [{"view_outboxmessage"}, {"change_outboxmessage"}],
    "outboxmessage_history": [{"view_outboxmessage"}, {"change_outboxmessage"}],
    "outboxmessage_retry": AGAIN,
    "outboxmessage_cancel": AGAIN,
    "outboxmessage_done": AGAIN,
    "outboxmessage_add": [],
    "outboxmessage_delete": [],
    "broadcast_changelist": [{"view_broadcast"}, *SENDERS],
    "broadcast_change": [{"view_broadcast"}, *SENDERS],
    "broadcast_history": [{"view_broadcast"}, *SENDERS],
    "broadcast_progress": [{"view_broadcast"}, *SENDERS],
    "broadcast_compose": SENDERS,
    "broadcast_review": SENDERS,
    "broadcast_discard": SENDERS,
    "broadcast_advance": SENDERS,
    "broadcast_pause": SENDERS,
    "broadcast_resume": SENDERS,
    "broadcast_cancel": SENDERS,
    "broadcast_retry": SENDERS,
    "broadcast_delete": [
        {"delete_broadcast", more} for more in ("view_broadcast", "send_message", "send_broadcast")
    ],
    "broadcast_add": [],
}

#: Those that change something, or ask a server: a link to one does nothing.
POST_ALONE = {
    *(f"botstate_{page}" for page in ("pause", "resume", "check")),
    "triggerstate_switch",
    *(f"messagetemplate_{page}" for page in ("compose", "test")),
    *(f"outboxmessage_{page}" for page in ("retry", "cancel", "done")),
    *(f"broadcast_{page}" for page in ("discard", "advance", "pause", "resume", "cancel", "retry")),
}


@pytest.fixture
def customer() -> Any:
    """Somebody whom the rows are about."""
    return get_user_model().objects.create_user(username="tom")


@pytest.fixture
def everything(customer: Any) -> Iterator[list[Address]]:
    """All addresses, with rows behind them, of which a test may change none."""
    with addresses_about(customer) as found:
        before = rows_of_the_app()
        yield found
        assert rows_of_the_app() == before


def rows_of_the_app() -> dict[str, list[dict[str, Any]]]:
    models = apps.get_app_config(APP).get_models()
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_an_anonymous_visitor_is_asked_to_sign_in(
    client: Client, everything: list[Address]
) -> None:
    for address in everything:
        for response in (client.get(address.url), client.post(address.url, {"post": "yes"})):
            assert response.status_code == 302, address
            assert response["Location"].startswith(reverse("admin:login")), address


def test_staff_without_a_permission_get_nowhere(
    staff_client: Any, everything: list[Address]
) -> None:
    client = staff_client()
    for address in everything:
        assert is_refused(client, address), address


def test_what_writes_wants_a_csrf_token(admin_user: Any, everything: list[Address]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    for address in everything:
        assert client.post(address.url, {"post": "yes"}).status_code == 403, address


def test_looking_writes_nothing(admin_user: Any, admin_client: Client) -> None:
    # Their own, for other people's drafts are not there.
    with addresses_about(admin_user) as addresses:
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                response = admin_client.get(address.url)
            if address.name in POST_ALONE:
                assert (response.status_code, response["Allow"]) == (405, "POST"), address
            else:
                assert response.status_code in (200, 302, 403), address
            written = [one["sql"] for one in asked if re.match(r"INSERT|UPDATE|DELETE", one["sql"])]
            assert not [sql for sql in written if "django_session" not in sql], address


class TestPermissions:
    def test_each_address_has_its_ways_in(self) -> None:
        assert {name for name, _has_row in names()} == OPENED_BY.keys()

    @pytest.mark.parametrize("name", OPENED_BY)
    def test_each_way_opens_and_nothing_else_does(self, name: str) -> None:
        staff = get_user_model().objects.create_user(username="staff", is_staff=True)
        every = {
            one.codename: one for one in Permission.objects.filter(content_type__app_label=APP)
        }

        def client_with(codenames: set[str]) -> Client:
            staff.user_permissions.set([every[codename] for codename in codenames])
            client = Client()
            client.force_login(staff)
            return client

        ways = OPENED_BY[name]
        # Their own, so that what is private is open to them if their permissions are.
        with addresses_about(staff) as addresses:
            [address] = [one for one in addresses if one.name == name]
            for lacking in map(set, itertools.product(*ways)):
                assert is_refused(client_with(every.keys() - lacking), address), lacking
            for way in ways:
                assert is_open(client_with(way), address), way


def is_refused(client: Client, address: Address) -> bool:
    """Tell whether neither looking nor writing gets anywhere, be it for the method."""
    looked = client.get(address.url).status_code
    wrote = client.post(address.url, {"post": "yes"}).status_code
    return {looked, wrote} <= {403, 405} and {looked, wrote} != {405}


def is_open(client: Client, address: Address) -> bool:
    """Tell whether a page can be looked at, or, if it is for writing alone, written to."""
    response = client.get(address.url)
    if response.status_code == 405:
        response = client.post(address.url)
        return response.status_code not in (403, 405)
    return response.status_code in (200, 302)


class Markup(HTMLParser):
    """Finds elements that came out of a name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""
        self._is_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_script = tag == "script"
        if any(name.startswith("on") for name, _value in attrs):
            self.found.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        if self._is_script and "alert" in data:
            self.found.append(data)
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._is_script = False


NAME = """<script>alert("me")</script>"><img src=x onerror=alert(1)>'><b onclick=alert()>"""

#: Where a customer's name stands, besides the history of what was done to a row of theirs.
SHOW_CUSTOMERS = {
    "messengerlink_changelist",
    "messengerlink_change",
    "outboxmessage_changelist",
    "outboxmessage_change",
    "broadcast_changelist",
}


def test_a_name_never_becomes_markup() -> None:
    customer = get_user_model().objects.create_superuser(
        username=NAME, first_name=NAME, last_name=NAME
    )
    client = Client()
    client.force_login(customer)
    shown = set()
    with addresses_about(customer) as addresses:
        for address in addresses:
            response = client.get(address.url, follow=True)
            if "html" not in response["Content-Type"]:
                continue
            page = Markup(response.text)
            assert page.found == [], address
            main = Markup(response.text.partition("<main")[2])
            if NAME in main.text:
                shown.add(address.name)
    assert shown >= SHOW_CUSTOMERS
