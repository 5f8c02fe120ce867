"""Trying the way to JoinChat's server out, without sending a message."""

from __future__ import annotations

import errno
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import SplitResult, urlsplit

from requests.utils import select_proxy
from urllib3.exceptions import ProxyError, ReadTimeoutError
from urllib3.util import Timeout

from .client import API_URL
from .transport import Transport

#: Statuses that stand for no answer of the server's own, and what they mean.
NO_ANSWER = {
    407: "the proxy wants a user name and a password: put them into its URL",
    502: "the server behind it is out of order; messages wait and are tried again",
    503: "it is out of order for now; messages wait and are tried again",
    504: "the server behind it does not answer; messages wait and are tried again",
}

NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH)

#: OpenSSL's numbers for what is wrong with a certificate.
NOT_YET_VALID, EXPIRED, OTHER_HOST, OTHER_ADDRESS = 9, 10, 62, 64

ANOTHER_HOST = "The certificate that {} shows is for another host. Check the URL."

_PORTS = {"https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True)
class ConnectionReport:
    """How far a request came on its way to the server, and how long each part took, in seconds.

    ``host`` is the server's name and port, ``proxy`` that of a proxy in between, or None;
    ``addresses`` belong to the one that is called. ``connect_seconds`` is the TCP connection, with
    a name look-up of its own as in any call, ``tls_seconds`` the handshake and a proxy's tunnel,
    ``round_trip_seconds`` the request and its answer with the HTTP ``status``. None stands for
    what was not reached, and for TLS where the URL is plain http. ``error`` says what went wrong
    and what to do; it is empty if nothing did.
    """

    host: str
    proxy: str | None = None
    addresses: tuple[str, ...] = ()
    resolve_seconds: float | None = None
    connect_seconds: float | None = None
    tls_seconds: float | None = None
    tls_version: str | None = None
    certificate_expires: datetime | None = None
    round_trip_seconds: float | None = None
    status: int | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the server answered. That says nothing of page and secret."""
        return not self.error


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
        return ConnectionReport("", error="The URL of the API cannot be read. Correct it.")
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
    return replace(report, error=probe.too_slow(deadline))


class _Probe:
    """A request under way. ``report`` is what is known by now; another thread may read it."""

    def __init__(self, host: str, deadline: float) -> None:
        self.report = ConnectionReport(host)
        self._deadline = deadline
        self._end = time.monotonic() + deadline
        self._connect_timeout = deadline
        self.is_connected = False

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
            self.note(error=re.sub(r"\S+@", "", self._explain(error))[:500])

    def note(self, **found: Any) -> None:
        """Add to the report."""
        self.report = replace(self.report, **found)

    def left(self) -> float:
        """Return the seconds that are left. Raises ``TimeoutError`` if none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    @property
    def called(self) -> str:
        """Who is called: the proxy, if there is one."""
        return f"the proxy {self.report.proxy}" if self.report.proxy else self.report.host

    def too_slow(self, seconds: float) -> str:
        """Say what was under way when that many seconds were over."""
        limit = f"within {seconds:g} seconds"
        if self.report.resolve_seconds is None:
            return f"No address of {self.called} was found {limit}. Check this machine's DNS."
        if self.report.connect_seconds is None:
            return (
                f"No connection to {self.called} came about {limit}. A firewall may drop what "
                "goes there."
            )
        return f"A connection to {self.called} came about, but no answer {limit}."

    def _resolve(self, api_url: str, proxy: str | None) -> None:
        called = urlsplit(api_url)
        if proxy:
            try:
                called = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
                self.note(proxy=_place(called))
            except ValueError:
                raise OSError("the proxy's URL cannot be read; correct it") from None
        begun = time.monotonic()
        found = socket.getaddrinfo(called.hostname, _port(called), type=socket.SOCK_STREAM)
        addresses = tuple(dict.fromkeys(str(address[0]) for *_rest, address in found))
        self.note(resolve_seconds=time.monotonic() - begun, addresses=addresses)

    def _explain(self, error: Exception) -> str:
        """Say in words what went wrong and what to do."""
        host, causes = self.report.host, list(_causes(error))
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return _explain_certificate(cause, host)
            if type(cause).__name__ == "CertificateError":  # An older urllib3 looks by itself.
                return ANOTHER_HOST.format(host)
            if isinstance(cause, ssl.SSLError):
                reason = cause.reason or str(cause)
                return f"{host} does not speak TLS as it should ({reason}). Check host and port."
            if isinstance(cause, socket.gaierror):
                return (
                    f"The name of {self.called} cannot be resolved. Check its spelling and this "
                    "machine's DNS."
                )
            if isinstance(cause, ConnectionRefusedError):
                return (
                    f"Connections to {self.called} are refused. Check host and port, and whether "
                    "the server runs."
                )
            if isinstance(cause, (TimeoutError, ReadTimeoutError)):
                return self.too_slow(self._deadline if self.is_connected else self._connect_timeout)
            if isinstance(cause, OSError) and cause.errno in NO_WAY:
                return f"No way leads from this machine to {self.called}: {cause.strerror}."
        words = str(causes[-1]).rstrip(".") or type(causes[-1]).__name__
        if any(isinstance(cause, ProxyError) for cause in causes):
            return f"By {self.called} no connection to {host} came about: {words}."
        if self.report.connect_seconds is not None:
            return f"A connection to {self.called} came about, but no answer: {words}."
        return f"No connection to {self.called} came about: {words}."


class _ProbeTransport(Transport):
    """A transport that asks for an answer instead of posting, and looks on while it connects."""

    @property
    def proxy(self) -> str | None:
        """The URL of the proxy that the request goes through."""
        return select_proxy(self.url, self._proxies)

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
        meaning = NO_ANSWER.get(response.status)
        probe.note(
            round_trip_seconds=time.monotonic() - begun - before,
            status=response.status,
            error=f"{found.host} answers {response.status}: {meaning}." if meaning else "",
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


def _explain_certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    if error.verify_code == EXPIRED:
        return f"The certificate of {host} has expired, if this machine's clock is right."
    if error.verify_code == NOT_YET_VALID:
        return f"The certificate of {host} is not valid yet. Check this machine's clock."
    if error.verify_code in (OTHER_HOST, OTHER_ADDRESS):
        return ANOTHER_HOST.format(host)
    return (
        f"The certificate of {host} is not trusted ({error.verify_message}). If it is your own, or "
        "that of a proxy or firewall which opens TLS, name its file in ca_bundle."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it came of, whichever way the libraries keep that."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if not any(one is other for other in seen):
            seen.append(one)
            yield one
            context = None if one.__suppress_context__ else one.__context__
            inner = [one.__cause__, context, getattr(one, "reason", None), *one.args]
            waiting.extend(found for found in inner if isinstance(found, BaseException))


def _place(parts: SplitResult) -> str:
    """Return host and port, without a user's name and password."""
    host = parts.hostname or ""
    return f"[{host}]:{_port(parts)}" if ":" in host else f"{host}:{_port(parts)}"


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS.get(parts.scheme, 80)
