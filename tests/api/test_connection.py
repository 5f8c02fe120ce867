"""The way to the server, tried out without a message: how far a request comes, and in what time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from joinchat_django.sandbox.server import SandboxServer
from tests.servers import PATIENCE, LoopbackServer, free_port

from .probes import answering, check, saying


@pytest.fixture
def silent() -> Iterator[str]:
    """Host and port of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_the_sandbox_answers_and_its_inbox_stays_empty() -> None:
    with SandboxServer(page_id=1, api_secret="secret") as sandbox:
        url = sandbox.api_url
        report = check(url)
        assert sandbox.inbox.messages() == []
    assert report.ok
    assert report.error == ""
    assert (report.status, report.addresses, report.proxy) == (405, ("127.0.0.1",), None)
    assert url.startswith(f"http://{report.host}/")
    for seconds in (report.resolve_seconds, report.connect_seconds, report.round_trip_seconds):
        assert seconds is not None
        assert 0 <= seconds < PATIENCE
    assert (report.tls_seconds, report.tls_version, report.certificate_expires) == (None,) * 3


def test_what_goes_out_is_one_request_without_body_and_signature() -> None:
    with LoopbackServer(answering()) as server:
        assert check(f"http://{server.place}/api/send_message").ok
    [request] = server.requests
    assert request.line == "HEAD /api/send_message HTTP/1.1"
    names = [name.lower() for name, _value in request.headers]
    assert not [name for name in names if "signature" in name]
    assert "content-length" not in names


@pytest.mark.parametrize("status", [200, 302, 401, 404, 500, 501])
def test_any_answer_of_the_server_proves_the_way(status: int) -> None:
    with LoopbackServer(answering(status)) as server:
        report = check(f"http://{server.place}/")
    assert (report.ok, report.status) == (True, status)
    assert len(server.requests) == 1  # A redirect is not followed.


def test_a_name_that_nobody_knows() -> None:
    report = check("https://no-such-host.invalid/api")
    assert "name of no-such-host.invalid:443 cannot be resolved" in report.error
    assert report.resolve_seconds is None


def test_a_port_where_nothing_listens() -> None:
    port = free_port()
    report = check(f"http://127.0.0.1:{port}/")
    assert f"Connections to 127.0.0.1:{port} are refused" in report.error
    assert report.resolve_seconds is not None
    assert report.connect_seconds is None


def test_a_server_that_never_answers_is_held_to_the_deadline(silent: str) -> None:
    report = check(f"http://{silent}/", deadline=0.3)
    assert report.error == (
        f"A connection to {silent} came about, but no answer within 0.3 seconds."
    )
    assert report.connect_seconds is not None
    assert report.round_trip_seconds is None


def test_a_handshake_that_never_comes_about_is_held_to_the_connect_timeout(silent: str) -> None:
    report = check(f"https://{silent}/", connect_timeout=0.3)
    assert "no answer within 0.3 seconds" in report.error
    assert report.tls_seconds is None


def test_a_name_whose_resolution_hangs_is_held_to_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    resolve = socket.getaddrinfo

    def slowly(*args: Any, **options: Any) -> Any:
        answered.wait(PATIENCE)
        return resolve(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    before = set(threading.enumerate())
    report = check("http://127.0.0.1:9/", deadline=0.2)
    answered.set()
    assert report.error.startswith("No address of 127.0.0.1:9 was found within 0.2 seconds.")
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_is_out_of_order(status: int) -> None:
    with LoopbackServer(answering(status)) as server:
        report = check(f"http://{server.place}/")
    assert (report.ok, report.status) == (False, status)
    assert str(status) in report.error


def test_an_answer_that_is_no_http() -> None:
    with saying(b"220 Welcome to the mail server\r\n") as place:
        report = check(f"http://{place}/")
    assert "came about, but no answer" in report.error


def test_a_url_that_is_none() -> None:
    assert "cannot be read" in check("http://[").error
    assert "pa55" not in check("http://me:pa55/word@127.0.0.1:9/").error
    for url in ("http:///?token=hunter2", "joinchat.example/?token=hunter2"):
        assert check(url).error == "The URL of the API cannot be read. Correct it."
