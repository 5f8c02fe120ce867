"""A connection's check as a list of steps for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from joinchat_django.api.connection import ConnectionReport
from joinchat_django.wording import localized


@dataclass(frozen=True)
class Step:
    """A part of the way. ``state`` is ``ok``, ``failed``, or ``missed`` if it was not reached."""

    name: str
    state: str
    took: str = ""
    detail: str = ""

    @property
    def outcome(self) -> str:
        """How it went, in a word."""
        words = {"ok": _("works"), "failed": _("fails"), "missed": _("not reached")}
        return words[self.state]


def steps(report: ConnectionReport, *, is_encrypted: bool) -> Iterator[Step]:
    """Yield the steps of the way, in their order; the one that fails has nothing behind it."""
    is_broken = False
    way = list(_way(report, is_encrypted=is_encrypted))
    for place, (name, seconds, detail) in enumerate(way, start=1):
        if is_broken:
            yield Step(name, "missed")
        elif seconds is None or (report.error and place == len(way)):
            is_broken = True
            yield Step(name, "failed", _took(seconds), localized(report.error))
        else:
            yield Step(name, "ok", _took(seconds), detail)


def _way(report: ConnectionReport, *, is_encrypted: bool) -> Iterator[tuple[str, Any, str]]:
    called = report.proxy or report.host
    resolved = _("Name of the proxy") if report.proxy else _("Name resolution")
    yield resolved, report.resolve_seconds, f"{called}: {', '.join(report.addresses)}"
    yield _("Connection"), report.connect_seconds, called
    if is_encrypted:
        expires = report.certificate_expires
        until = _("certificate valid until %s") % date_format(expires) if expires else ""
        detail = ", ".join(filter(None, [report.tls_version, until]))
        yield _("Encryption (TLS)"), report.tls_seconds, detail
    yield _("Answer"), report.round_trip_seconds, f"HTTP {report.status}"


def _took(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 1:
        return _("%s ms") % number_format(seconds * 1000, 0 if seconds >= 0.01 else 1)
    return _("%s s") % number_format(seconds, 1)
