"""What may stand between a request and its answer, in words that say what to do."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

from urllib3.exceptions import ProxyError, ReadTimeoutError

from .connection_report import ConnectionReport

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


def explain(error: Exception, report: ConnectionReport, limit: float) -> str:
    """Say in words what went wrong and what to do.

    ``report`` tells how far the request had come, ``limit`` how many seconds it had for that.
    """
    host, causes = report.host, list(_causes(error))
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
                f"The name of {report.called} cannot be resolved. Check its spelling and this "
                "machine's DNS."
            )
        if isinstance(cause, ConnectionRefusedError):
            return (
                f"Connections to {report.called} are refused. Check host and port, and whether "
                "the server runs."
            )
        if isinstance(cause, (TimeoutError, ReadTimeoutError)):
            return too_slow(report, limit)
        if isinstance(cause, OSError) and cause.errno in NO_WAY:
            return f"No way leads from this machine to {report.called}: {cause.strerror}."
    words = str(causes[-1]).rstrip(".") or type(causes[-1]).__name__
    if any(isinstance(cause, ProxyError) for cause in causes):
        return f"By {report.called} no connection to {host} came about: {words}."
    if report.connect_seconds is not None:
        return f"A connection to {report.called} came about, but no answer: {words}."
    return f"No connection to {report.called} came about: {words}."


def too_slow(report: ConnectionReport, seconds: float) -> str:
    """Say what was under way when that many seconds were over."""
    limit = f"within {seconds:g} seconds"
    if report.resolve_seconds is None:
        return f"No address of {report.called} was found {limit}. Check this machine's DNS."
    if report.connect_seconds is None:
        return (
            f"No connection to {report.called} came about {limit}. A firewall may drop what "
            "goes there."
        )
    return f"A connection to {report.called} came about, but no answer {limit}."


def out_of_order(host: str, status: int) -> str:
    """Say what an answer means that is not the server's own; empty for one that is."""
    meaning = NO_ANSWER.get(status)
    return f"{host} answers {status}: {meaning}." if meaning else ""


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
