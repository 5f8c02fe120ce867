"""Trying the way to JoinChat's server out, without sending a message."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import SplitResult, urlsplit

from urllib3.util import Timeout

from .client import API_URL
from .connection_errors import explain, no_answer, too_slow
from .connection_report import ConnectionReport
from .transport import Transport, proxy_of
from .wording import worded as _

__all__ = ["ConnectionReport", "check_connection"]

_PORTS = {"https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}


def check_connection(
    api_url: str = API_URL,
    *,
    connect_timeout: float = 3.0,
    deadline: float = 15.0,
    proxies: Mapping[str, str] | None = None,
    ca_bundle: str | None = None,
) -> ConnectionReport:
    """Resolve the server's name, connect, check its certificate, and ask for an answer.

    The arguments are the client's, and so is the way: proxies, certificates and time-outs are
    those of a real call. What goes out is a HEAD without signature, which is no message; the
    server may answer it with any status. All that takes ``deadline`` seconds at most. Never
    raises for what it finds: the report has the error.
    """
    try:
        parts = urlsplit(api_url)
        host = _place(parts) if parts.hostname else ""
    except ValueError:
        host = ""
    if not host:
        # Without an error's words: they may quote a password or a token.
        return ConnectionReport("", error=_("The URL of the API cannot be read. Correct it."))
    probe = _Probe(host, deadline)
    options = {"connect_timeout": connect_timeout, "proxies": proxies, "ca_bundle": ca_bundle}
    # A thread, since resolving a name has no time limit of its own.
    thread = threading.Thread(
        target=probe.run, args=(api_url, options), name="joinchat-connection", daemon=True
    )
    thread.start()
    thread.join(deadline)
    report = probe.report
    if report.error or not thread.is_alive():
        return report
    return replace(report, error=too_slow(report, deadline))


class _Probe:
    """A request under way. ``report`` is what is known by now; another thread may read it."""

    def __init__(self, host: str, deadline: float) -> None:
        self.report = ConnectionReport(host)
        self._deadline = deadline
        self._end = time.monotonic() + deadline
        self._connect_timeout = deadline
        self.is_connected = False

    @property
    def _patience(self) -> float:
        return self._deadline if self.is_connected else self._connect_timeout

    def run(self, api_url: str, options: dict[str, Any]) -> None:
        """Go the whole way and note what is found on it."""
        self._connect_timeout = min(options["connect_timeout"], self._deadline)
        try:
            transport = _ProbeTransport(api_url, pool_size=1, **options)
            try:
                self._resolve(api_url, transport.proxy)
                transport.ask(self)
            finally:
                transport.close()
        except Exception as error:
            self.note(error=explain(error, self.report, self._patience))

    def note(self, **found: Any) -> None:
        """Add to the report."""
        self.report = replace(self.report, **found)

    def left(self) -> float:
        """Return the seconds that are left. Raises ``TimeoutError`` if none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _resolve(self, api_url: str, proxy: str | None) -> None:
        called = urlsplit(proxy or api_url)
        if proxy:
            self.note(proxy=_place(called))
        begun = time.monotonic()
        found = socket.getaddrinfo(called.hostname, _port(called), type=socket.SOCK_STREAM)
        addresses = tuple(dict.fromkeys(str(address[0]) for *_rest, address in found))
        self.note(resolve_seconds=time.monotonic() - begun, addresses=addresses)


class _ProbeTransport(Transport):
    """A transport that asks for an answer instead of posting, and looks on while it connects."""

    @property
    def proxy(self) -> str | None:
        """The URL of the proxy that the request goes through. Raises ``OSError`` for a bad one."""
        self._open_pool()
        return proxy_of(self.url, self._proxies)

    def ask(self, probe: _Probe) -> None:
        """Send the HEAD, and note what is found on the way to the answer."""
        pool: Any = self._open_pool()
        pool.ConnectionCls = _watched(pool.ConnectionCls, probe)
        left = probe.left()
        begun = time.monotonic()
        response = pool.urlopen(
            "HEAD",
            self._target,
            headers={"Accept": "application/json", "User-Agent": "joinchat-django"},
            timeout=Timeout(total=left, connect=min(self.connect_timeout, left)),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
        )
        response.close()
        found = probe.report
        before = (found.connect_seconds or 0.0) + (found.tls_seconds or 0.0)
        probe.note(
            round_trip_seconds=time.monotonic() - begun - before,
            status=response.status,
            error=no_answer(found.host, response.status),
        )


def _watched(kind: Any, probe: _Probe) -> Any:
    """Return a class of connections that notes how its TCP and TLS connections come about."""

    def _new_conn(self: Any) -> Any:
        begun = time.monotonic()
        sock = kind._new_conn(self)
        probe.note(connect_seconds=time.monotonic() - begun)
        return sock

    def connect(self: Any) -> None:
        begun = time.monotonic()
        kind.connect(self)
        if hasattr(self.sock, "getpeercert"):
            seconds = time.monotonic() - begun - (probe.report.connect_seconds or 0.0)
            expires = (self.sock.getpeercert() or {}).get("notAfter")
            probe.note(
                tls_seconds=seconds,
                tls_version=self.sock.version(),
                certificate_expires=_moment(expires) if expires else None,
            )
        probe.is_connected = True

    return type(kind.__name__, (kind,), {"_new_conn": _new_conn, "connect": connect})


def _moment(expires: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(expires), timezone.utc)


def _place(parts: SplitResult) -> str:
    """Return host and port, without a user's name and password."""
    host = parts.hostname or ""
    return f"[{host}]:{_port(parts)}" if ":" in host else f"{host}:{_port(parts)}"


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS.get(parts.scheme, 80)
