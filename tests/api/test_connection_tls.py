"""The way to the server over TLS: what is told of its certificate, and what may be wrong."""

from __future__ import annotations

import datetime
from pathlib import Path

from tests.servers import LoopbackServer

from .probes import answering, check, saying
from .tls import openssl, tls_of


def test_tls_is_checked_and_its_facts_are_told(certificate: Path) -> None:
    with LoopbackServer(answering(), tls=tls_of(certificate)) as server:
        report = check(f"https://{server.place}/", ca_bundle=str(certificate))
    assert report.ok, report.error
    assert str(report.tls_version).startswith("TLSv1.")
    assert report.tls_seconds is not None
    assert report.certificate_expires is not None
    left = report.certificate_expires - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=1) < left <= datetime.timedelta(days=2)


def test_a_certificate_that_nobody_vouches_for_points_to_ca_bundle(certificate: Path) -> None:
    with LoopbackServer(answering(), tls=tls_of(certificate)) as server:
        report = check(f"https://{server.place}/")
    assert "is not trusted (self" in report.error
    assert "ca_bundle" in report.error
    assert not server.requests


def test_a_certificate_of_another_host(certificate: Path) -> None:
    with LoopbackServer(answering(), tls=tls_of(certificate)) as server:
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
    with LoopbackServer(answering(), tls=tls_of(expired)) as server:
        report = check(f"https://{server.place}/", ca_bundle=str(expired))
    assert "has expired" in report.error


def test_a_server_without_tls_where_tls_was_meant() -> None:
    with saying(b"HTTP/1.1 400 Bad Request\r\n\r\n") as place:
        report = check(f"https://{place}/")
    assert f"{place} does not speak TLS as it should" in report.error


def test_a_ca_bundle_that_is_not_there() -> None:
    report = check("https://127.0.0.1:9/", ca_bundle="/no/such/file.pem")
    assert "/no/such/file.pem" in report.error
