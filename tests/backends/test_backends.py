"""How a message leaves: over HTTP, to the console, into memory, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from joinchat_django import conf
from joinchat_django.api import Envelope, Recipient, SendResult, Text
from joinchat_django.backends import get_backend
from joinchat_django.backends.locmem import Delivered
from joinchat_django.sandbox.server import SandboxServer

ENVELOPE = Envelope.seal(Recipient(uuid="a"), Text("你好"), tag="ACCOUNT_UPDATE", delay=1)


def use(settings: Any, backend: str, **bot: Any) -> None:
    path = f"joinchat_django.backends.{backend}"
    settings.JOINCHAT = {"default": {**settings.JOINCHAT["default"], "BACKEND": path, **bot}}


def test_http_sends_a_signed_request(settings: Any) -> None:
    secret = "s3cret"
    with SandboxServer(page_id=7, api_secret=secret) as sandbox:
        use(settings, "http.HTTPBackend", PAGE_ID=7, API_SECRET=secret, API_URL=sandbox.api_url)
        assert get_backend(conf.bot()).send(ENVELOPE).status == 200
        [payload] = sandbox.inbox.messages()
    assert payload == json.loads(ENVELOPE.body(7))


def test_console_prints_the_body_and_no_secret(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    use(settings, "console.ConsoleBackend")
    get_backend(conf.bot()).send(ENVELOPE)
    printed = capsys.readouterr().out
    assert '"text": "你好"' in printed
    assert settings.JOINCHAT["default"]["API_SECRET"] not in printed


def test_locmem_keeps_messages(settings: Any, delivered: list[Delivered]) -> None:
    use(settings, "locmem.LocMemBackend")
    get_backend(conf.bot()).send(ENVELOPE)
    assert delivered == [Delivered("default", ENVELOPE)]


def test_dummy_accepts_and_does_nothing(settings: Any, delivered: list[Delivered]) -> None:
    use(settings, "dummy.DummyBackend")
    assert get_backend(conf.bot()).send(ENVELOPE) == SendResult(200)
    assert not delivered


def test_a_bot_keeps_its_backend_until_its_settings_change(settings: Any) -> None:
    first = get_backend(conf.bot())
    assert get_backend(conf.bot()) is first
    use(settings, "locmem.LocMemBackend", API_SECRET="replaced")
    assert get_backend(conf.bot()) is not first


@pytest.mark.parametrize("path", ["http.NoSuchBackend", "base.SendResult"])
def test_a_path_that_leads_to_no_backend_is_a_clear_error(settings: Any, path: str) -> None:
    use(settings, path)
    with pytest.raises(ImproperlyConfigured, match=r"cannot be imported|is not a subclass"):
        get_backend(conf.bot())
