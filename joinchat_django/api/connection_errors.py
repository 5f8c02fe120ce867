"""What went wrong on the way to JoinChat's server, in words, and what to do about it."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator

from urllib3.exceptions import ProxyError, ReadTimeoutError

from .connection_report import ConnectionReport
from .wording import Wording
from .wording import worded as _

#: Statuses that stand for no answer of the server's own, and what they mean.
NO_ANSWER = {
    407: _("the proxy wants a user name and a password: put them into its URL"),
    502: _("the server behind it is out of order; messages wait and are tried again"),
    503: _("it is out of order for now; messages wait and are tried again"),
    504: _("the server behind it does not answer; messages wait and are tried again"),
}

NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH)

#: OpenSSL's numbers for what is wrong with a certificate.
NOT_YET_VALID, EXPIRED, OTHER_HOST, OTHER_ADDRESS = 9, 10, 62, 64

#: Characters of what a library says of an error.
LONGEST = 300


def explain(error: Exception, report: ConnectionReport, patience: float) -> str:
    """Say in words what went wrong on the way that a report is about, and what to do.

    ``patience`` is how many seconds there were for what was under way.
    """
    return _without_passwords(_explained(error, report, patience))


def _explained(error: Exception, report: ConnectionReport, patience: float) -> str:
    host, causes = report.host, list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _explain_certificate(cause, host)
        if type(cause).__name__ == "CertificateError":  # An older urllib3 looks by itself.
            return _another_host(host)
        if isinstance(cause, ssl.SSLError):
            reason = cause.reason or str(cause)
            return _(
                "%(host)s does not speak TLS as it should (%(reason)s). Check host and port.",
                host=host,
                reason=reason,
            )
        if isinstance(cause, socket.gaierror):
            return _(
                "The name of %(called)s cannot be resolved. Check its spelling and this "
                "machine's DNS.",
                called=_called(report),
            )
        if isinstance(cause, ConnectionRefusedError):
            return _(
                "Connections to %(called)s are refused. Check host and port, and whether the "
                "server runs.",
                called=_called(report),
            )
        if isinstance(cause, (TimeoutError, ReadTimeoutError)):
            return too_slow(report, patience)
        if isinstance(cause, OSError) and cause.errno in NO_WAY:
            return _(
                "No way leads from this machine to %(called)s: %(why)s.",
                called=_called(report),
                why=cause.strerror,
            )
    words = str(causes[-1]).rstrip(".") or type(causes[-1]).__name__
    if any(isinstance(cause, ProxyError) for cause in causes):
        return _(
            "By %(called)s no connection to %(host)s came about: %(why)s.",
            called=_called(report),
            host=host,
            why=words,
        )
    if report.connect_seconds is not None:
        pattern = _("A connection to %(called)s came about, but no answer: %(why)s.")
    else:
        pattern = _("No connection to %(called)s came about: %(why)s.")
    return Wording(pattern, called=_called(report), why=words)


def too_slow(report: ConnectionReport, seconds: float) -> str:
    """Say what was under way when that many seconds were over."""
    if report.resolve_seconds is None:
        pattern = _(
            "No address of %(called)s was found within %(seconds)s seconds. Check this "
            "machine's DNS."
        )
    elif report.connect_seconds is None:
        pattern = _(
            "No connection to %(called)s came about within %(seconds)s seconds. A firewall "
            "may drop what goes there."
        )
    else:
        pattern = _(
            "A connection to %(called)s came about, but no answer within %(seconds)s seconds."
        )
    return Wording(pattern, called=_called(report), seconds=f"{seconds:g}")


def no_answer(host: str, status: int) -> str:
    """Say what an answer's status means that is not the server's own; empty for any other."""
    meaning = NO_ANSWER.get(status)
    if meaning is None:
        return ""
    return _(
        "%(host)s answers %(status)s: %(meaning)s.",
        host=host,
        status=str(status),
        meaning=meaning,
    )


def _called(report: ConnectionReport) -> str:
    """Who is called: the proxy, if there is one."""
    return _("the proxy %(proxy)s", proxy=report.proxy) if report.proxy else report.host


def _explain_certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    if error.verify_code == EXPIRED:
        return _(
            "The certificate of %(host)s has expired, if this machine's clock is right.", host=host
        )
    if error.verify_code == NOT_YET_VALID:
        return _(
            "The certificate of %(host)s is not valid yet. Check this machine's clock.", host=host
        )
    if error.verify_code in (OTHER_HOST, OTHER_ADDRESS):
        return _another_host(host)
    return _(
        "The certificate of %(host)s is not trusted (%(why)s). If it is your own, or that of a "
        "proxy or firewall which opens TLS, name its file in ca_bundle.",
        host=host,
        why=error.verify_message,
    )


def _another_host(host: str) -> str:
    return _("The certificate that %(host)s shows is for another host. Check the URL.", host=host)


def _without_passwords(text: str) -> str:
    """Return what is to be said of an error without names and passwords of URLs, and not long."""
    if not isinstance(text, Wording):
        return re.sub(r"\S+@", "", text)[:LONGEST]
    if not text.values:
        return text
    # Not by str(), which would make plain text of a wording within.
    said = {
        name: _without_passwords(value) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return Wording(text.pattern, **said)


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
