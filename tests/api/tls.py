"""TLS for the loopback servers."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from tests.programs import require_program


def openssl(arguments: str) -> bool:
    """Run openssl, and tell whether it took the arguments."""
    command = [require_program("openssl"), *arguments.split()]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def tls_of(certificate: Path) -> ssl.SSLContext:
    """Return a server's TLS with the certificate and the key of this file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
