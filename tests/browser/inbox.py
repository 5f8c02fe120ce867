"""The sandbox's inbox with somebody who looks at it, and what can be seen there."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import SandboxServer
from joinchat_django.sandbox.faults import Fault

from .content import ENDLESS, MESSAGES
from .page_list import serve_pictures

SECRET = "of-the-sandbox"
LONG = f"{ENDLESS}-5f0c6d1e-7a2b-4c3d-9e8f"


class Looker:
    """Somebody who looks at the inbox of a sandbox, to which messages can be sent meanwhile.

    ``errors`` holds what went wrong in the page, what its policy forbids included.
    """

    def __init__(self, page: Page, sandbox: SandboxServer) -> None:
        self.page = page
        self.sandbox = sandbox
        self.errors: list[str] = []

    def open(self, path: str = "/") -> None:
        self.page.goto(self.sandbox.url + path)

    def send(
        self, message: dict[str, Any] | str, to: str = "tom", secret: str = SECRET, **fields: Any
    ) -> dict[str, Any]:
        """Send a message, or a text, to a uuid, and return the answer with its status."""
        if isinstance(message, str):
            message = {"template_type": "text", "text": message}
        request = {"page_id": 12345, "recipient": {"uuid": to}, "message": message, **fields}
        return self.send_bytes(json.dumps(request).encode(), secret)

    def send_bytes(self, body: bytes, secret: str = SECRET) -> dict[str, Any]:
        """Send exactly these bytes, signed, and return the answer with its status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.sandbox.port, timeout=5)
        headers = {"Content-Type": "application/json", "x_joinchat_signature": sign(secret, body)}
        try:
            connection.request("POST", "/api/send_message", body, headers)
            answer = connection.getresponse()
            return {"status": answer.status, **json.loads(answer.read())}
        finally:
            connection.close()


@contextmanager
def looking(page: Page, sandbox: SandboxServer) -> Iterator[Looker]:
    """Have somebody look at an empty inbox, and leave it empty."""

    def empty() -> None:
        sandbox.faults.clear()
        sandbox.clock.reset()
        sandbox.inbox.clear()

    empty()
    looker = Looker(page, sandbox)
    listeners: dict[str, Callable[[Any], None]] = {
        "console": lambda found: (
            looker.errors.append(found.text) if found.type in ("error", "warning") else None
        ),
        "pageerror": lambda error: looker.errors.append(str(error)),
    }
    for name, listener in listeners.items():
        page.on(name, listener)  # type: ignore[call-overload]
    serve_pictures(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    yield looker
    for name, listener in listeners.items():
        page.remove_listener(name, listener)
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.unroute_all(behavior="wait")
    page.emulate_media(color_scheme="light")
    page.goto("about:blank")
    empty()


#: What can be looked at, by name. Each function opens it.
VIEWS: dict[str, Callable[[Looker], None]] = {}


def _view(function: Callable[[Looker], None]) -> Callable[[Looker], None]:
    VIEWS[f"inbox-{function.__name__.replace('_', '-')}"] = function
    return function


def _fill(looker: Looker) -> None:
    for message in MESSAGES.values():
        looker.send(message, LONG)
    looker.send("x" * 700, LONG, tag="DEALS")
    looker.send("Hello", LONG, secret=f"{SECRET}\n")
    looker.send("Your parcel has left us. 包裹已寄出", "mei", tag="SHIPPING_UPDATE")


@_view
def empty(looker: Looker) -> None:
    looker.open()


@_view
def list_of_conversations(looker: Looker) -> None:
    _fill(looker)
    looker.sandbox.inbox.touch("uuid", "newcomer")
    looker.open()


@_view
def thread(looker: Looker) -> None:
    _fill(looker)
    looker.open(f"/?to=uuid:{LONG}")


@_view
def thread_without_a_message(looker: Looker) -> None:
    looker.sandbox.inbox.touch("uuid", LONG)
    looker.open(f"/?to=uuid:{LONG}")


@_view
def delayed_message(looker: Looker) -> None:
    looker.send("It is on its way.", delay=10)
    looker.open("/?to=uuid:tom")
    looker.page.get_by_text("arrives in").wait_for()


@_view
def refused_with_details(looker: Looker) -> None:
    _fill(looker)
    looker.open("/?to=refused")
    looker.page.locator("summary").last.click()
    looker.page.get_by_role("heading", name="Signature").wait_for()


@_view
def request(looker: Looker) -> None:
    looker.send(MESSAGES["button"], LONG)
    number = looker.sandbox.inbox.accepted()[-1].number
    looker.open(f"/?request={number}")


@_view
def search(looker: Looker) -> None:
    _fill(looker)
    looker.open("/?q=包裹")


@_view
def search_without_a_result(looker: Looker) -> None:
    _fill(looker)
    looker.open(f"/?q={ENDLESS}{ENDLESS}{ENDLESS}")


@_view
def pressed_button(looker: Looker) -> None:
    looker.send(MESSAGES["button"])
    looker.open("/?to=uuid:tom")
    looker.page.get_by_role("button", name="Call me").click()
    looker.page.get_by_text("START_OVER").wait_for()


@_view
def quiet_person(looker: Looker) -> None:
    looker.send("Hello", LONG)
    looker.sandbox.clock.move(50 * 3600)
    looker.send("Hello again", LONG)
    looker.open(f"/?to=uuid:{LONG}")


@_view
def faults_panel(looker: Looker) -> None:
    looker.sandbox.faults.add(Fault.of(429, times=3, retry_after=5))
    looker.sandbox.faults.add(Fault("slow", share=0.2, seconds=600))
    looker.open()
    looker.page.get_by_role("button", name="Faults").click()


@_view
def clock_panel(looker: Looker) -> None:
    looker.sandbox.clock.move(86_400)
    looker.open()
    looker.page.get_by_role("button", name="Clock").click()


@_view
def question(looker: Looker) -> None:
    looker.send("Hello")
    looker.open()
    looker.page.get_by_role("button", name="Clear all").click()
