"""A certificate for servers of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from .tls import openssl


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 of two days, and its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    assert openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
        f" -addext subjectAltName=IP:127.0.0.1 -keyout {path} -out {path}.crt"
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path
