"""How far a request came on its way to JoinChat's server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
