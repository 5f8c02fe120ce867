"""The way to the server, tried out without a message: how far a request comes, and in what time."""

from __future__ import annotations

import contextlib
import datetime
import gc
import socket
import ssl
import subprocess
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from joinchat_django.api.connection import ConnectionReport, check_connection
from joinchat_django.sandbox.server import SandboxServer
from tests.programs import require_program
from tests.servers import free_port

#: Seconds after which a test that hangs is given up.
PATIENCE = 10.0


class Handler(BaseHTTPRequestHandler):
    """Answers each request by its server's status, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        self.server.requests.append((self.requestline, dict(self.headers)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_CONNECT = answer  # noqa: N815

    def log_message(self, *_args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A server on a free port of this machine, with TLS if it is given a context."""

    daemon_threads = False
    tls: ssl.SSLContext | None = None
    status = 405

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, str]]] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        accepted, address = super().get_request()
        accepted.settimeout(PATIENCE)
        return accepted, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                return
        with request:
            super().finish_request(request, client_address)

    def handle_error(self, *_args: Any) -> None:
        pass

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def serving(*, tls: ssl.SSLContext | None = None, status: int = 405) -> Iterator[Server]:
    with Server() as server:
        server.tls, server.status = tls, status
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join(PATIENCE)


@pytest.fixture
def silent() -> Iterator[str]:
    """Host and port of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 of two days, and its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    assert openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
        f" -addext subjectAltName=IP:127.0.0.1 -keyout {path} -out {path}.crt"
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def openssl(arguments: str) -> bool:
    """Run openssl, and tell whether it took the arguments."""
    command = [require_program("openssl"), *arguments.split()]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def tls_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def check(url: str, **options: Any) -> ConnectionReport:
    """Check a connection, whatever proxies the machine has."""
    return check_connection(url, **{"proxies": {}, "deadline": PATIENCE, **options})


# The way is open.


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
    with serving() as server:
        assert check(f"http://{server.place}/api/send_message").ok
    [(line, headers)] = server.requests
    assert line == "HEAD /api/send_message HTTP/1.1"
    assert not [name for name in headers if "signature" in name.lower()]
    assert "Content-Length" not in headers


@pytest.mark.parametrize("status", [200, 302, 401, 404, 500, 501])
def test_any_answer_of_the_server_proves_the_way(status: int) -> None:
    with serving(status=status) as server:
        report = check(f"http://{server.place}/")
    assert (report.ok, report.status) == (True, status)
    assert len(server.requests) == 1  # A redirect is not followed.


def test_tls_is_checked_and_its_facts_are_told(certificate: Path) -> None:
    with serving(tls=tls_of(certificate)) as server:
        report = check(f"https://{server.place}/", ca_bundle=str(certificate))
    assert report.ok, report.error
    assert str(report.tls_version).startswith("TLSv1.")
    assert report.tls_seconds is not None
    assert report.certificate_expires is not None
    left = report.certificate_expires - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=1) < left <= datetime.timedelta(days=2)


# The way is barred.


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


def test_a_certificate_that_nobody_vouches_for_points_to_ca_bundle(certificate: Path) -> None:
    with serving(tls=tls_of(certificate)) as server:
        report = check(f"https://{server.place}/")
    assert "is not trusted (self" in report.error
    assert "ca_bundle" in report.error
    assert not server.requests


def test_a_certificate_of_another_host(certificate: Path) -> None:
    with serving(tls=tls_of(certificate)) as server:
        url = f"https://{server.place}/".replace("127.0.0.1", "localhost")
        report = check(url, ca_bundle=str(certificate))
    assert "is for another host" in report.error


def test_a_certificate_that_has_expired(certificate: Path, tmp_path: Path) -> None:
    expired = tmp_path / "expired.pem"
    again = f"x509 -in {certificate} -signkey {certificate} -out {expired}"
    # Versions before 3.4 do not know the first, later ones may not take the second.
    past = "-not_before 20200101000000Z -not_after 20200102000000Z"
    assert openssl(f"{again} {past}") or openssl(f"{again} -days -1")
    expired.write_text(expired.read_text() + certificate.read_text().partition("-----BEGIN C")[0])
    with serving(tls=tls_of(expired)) as server:
        report = check(f"https://{server.place}/", ca_bundle=str(expired))
    assert "has expired" in report.error


def test_a_server_without_tls_where_tls_was_meant() -> None:
    with serving() as server:
        report = check(f"https://{server.place}/")
    assert f"{server.place} does not speak TLS as it should" in report.error


def test_a_ca_bundle_that_is_not_there() -> None:
    report = check("https://127.0.0.1:9/", ca_bundle="/no/such/file.pem")
    assert "/no/such/file.pem" in report.error


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_is_out_of_order(status: int) -> None:
    with serving(status=status) as server:
        report = check(f"http://{server.place}/")
    assert (report.ok, report.status) == (False, status)
    assert str(status) in report.error


def test_an_answer_that_is_no_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            accepted, _address = listener.accept()
            with accepted:
                accepted.settimeout(PATIENCE)
                accepted.recv(1000)
                accepted.sendall(b"220 Welcome to the mail server\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        report = check(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join(PATIENCE)
    assert "came about, but no answer" in report.error


def test_a_url_that_is_none() -> None:
    assert "cannot be read" in check("http://[").error
    assert "pa55" not in check("http://me:pa55/word@127.0.0.1:9/").error
    for url in ("http:///?token=hunter2", "joinchat.example/?token=hunter2"):
        assert check(url).error == "The URL of the API cannot be read. Correct it."


# A proxy stands in between.


def test_a_proxy_is_gone_through_as_in_a_call() -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    with serving() as proxy:
        report = check(url, proxies={"http": f"http://me:pa55word@{proxy.place}"})
    assert report.ok
    assert report.proxy == proxy.place
    assert "pa55word" not in repr(report)
    [(line, headers)] = proxy.requests
    assert line == f"HEAD {url} HTTP/1.1"
    assert "Proxy-Authorization" in headers


def test_a_proxy_that_is_not_there_is_named() -> None:
    port = free_port()
    for scheme in ("http", "https"):
        proxies = {scheme: f"http://me:pa55word@127.0.0.1:{port}"}
        report = check(f"{scheme}://joinchat.example/", proxies=proxies)
        assert f"Connections to the proxy 127.0.0.1:{port} are refused" in report.error
        assert "pa55word" not in repr(report)


def test_a_proxy_that_wants_a_password_says_so() -> None:
    with serving(status=407) as proxy:
        for scheme in ("http", "https"):
            proxies = {scheme: f"http://{proxy.place}"}
            report = check(f"{scheme}://joinchat.example/", proxies=proxies)
            assert not report.ok
            assert "407" in report.error
    with warnings.catch_warnings():
        # http.client's tunnel, which urllib3 1.26 takes, leaves the answer that refuses it open.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.parametrize("proxy", ["http://me:pa55/word@127.0.0.1:9", "http://me:pa55word@["])
def test_a_proxy_url_that_cannot_be_read_keeps_its_password(proxy: str) -> None:
    report = check("http://joinchat.example/", proxies={"http": proxy})
    assert "proxy's URL cannot be read" in report.error
    assert "pa55" not in repr(report)
