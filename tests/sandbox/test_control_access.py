"""Who may control a running sandbox over HTTP: its own page and programs, and no other site."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from joinchat_django.sandbox import SandboxServer

from .calling import JSON, Call
from .examples import PAGE_ID, SECRET, text

WRITES = [
    ("POST", "/_sandbox/faults", {"kind": "cut"}),
    ("DELETE", "/_sandbox/faults", None),
    ("POST", "/_sandbox/clock", {"forward": 60}),
    ("DELETE", "/_sandbox/messages", None),
    ("DELETE", "/_sandbox/messages/1", None),
    ("DELETE", "/_sandbox/conversations?to=uuid:1", None),
    ("POST", "/_sandbox/activity", {"to": "uuid:1"}),
]


@pytest.mark.parametrize(("method", "path", "data"), WRITES)
class TestAnotherSite:
    """Any page on the web can have the developer's browser send requests to this machine."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://attacker.example"},
            {"Origin": "http://localhost:8000"},
            {"Origin": "null"},
            {"Origin": "http://["},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Host": "attacker.example"},
        ],
        ids=str,
    )
    def test_changes_nothing(
        self,
        method: str,
        path: str,
        data: Any,
        headers: dict[str, str],
        call: Call,
        send: Call,
        sandbox: SandboxServer,
    ) -> None:
        send(text("hello", recipient={"uuid": "1"}))
        before = sandbox.inbox.version
        body = None if data is None else json.dumps(data).encode()
        answer = call(method, path, body, {**JSON, **headers})
        assert answer.status in (403, 421)
        assert (sandbox.inbox.version, sandbox.faults.active()) == (before, [])

    def test_is_never_told_that_it_may_ask(
        self, method: str, path: str, data: Any, call: Call
    ) -> None:
        asked = {"Origin": "http://attacker.example", "Access-Control-Request-Method": method}
        answer = call("OPTIONS", path, None, asked)
        assert answer.status == 405
        assert not [name for name in answer.headers if name.startswith("Access-Control")]

    def test_does_not_keep_the_sandboxs_own_page_from_it(
        self, method: str, path: str, data: Any, call: Call, send: Call, sandbox: SandboxServer
    ) -> None:
        own = {"Origin": f"http://127.0.0.1:{sandbox.port}", "Sec-Fetch-Site": "same-origin"}
        send(text("hello", recipient={"uuid": "1"}))
        path = path.replace("/1", f"/{sandbox.inbox.accepted()[0].number}")
        body = None if data is None else json.dumps(data).encode()
        headers = {**JSON, **own, "Content-Type": "application/json; charset=utf-8"}
        assert call(method, path, body, headers).status in (200, 201)


@pytest.mark.parametrize(
    ("path", "data"), [(path, data) for method, path, data in WRITES if method == "POST"]
)
def test_another_site_cannot_disguise_a_form_or_a_plain_request(
    path: str, data: Any, call: Call, sandbox: SandboxServer
) -> None:
    """These three types a browser sends to another site without asking there first."""
    before = sandbox.inbox.version
    for content_type in (
        *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"),
        *("text/plain; application/json", "application/jsonp", ""),
    ):
        headers = {"Content-Type": content_type}
        assert call("POST", path, json.dumps(data).encode(), headers).status == 415
    assert (sandbox.inbox.version, sandbox.faults.active()) == (before, [])


def test_a_sandbox_behind_a_name_of_its_own_is_controlled_by_that_name() -> None:
    with SandboxServer(
        page_id=PAGE_ID, api_secret=SECRET, host="0.0.0.0", allow_remote=True
    ) as server:
        url = f"{server.url}/_sandbox/faults"
        for origin, status in (("https://box.example", 201), ("https://other.example", 403)):
            headers = {"Host": "box.example", "Origin": origin}
            answer = requests.post(url, json={"kind": "cut"}, headers=headers, timeout=30)
            assert answer.status_code == status
