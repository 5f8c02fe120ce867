"""Clients for the loopback servers, with a secret that a test can look for."""

from __future__ import annotations

from typing import Any

from joinchat_django.api import Client
from tests.servers import LoopbackServer

SECRET = "5ecr3t/with+all=kinds&of<signs>"


def client_of(server: LoopbackServer, **options: Any) -> Client:
    """Return a client of page 12345 that calls this server, whatever proxies the machine has."""
    given = {"page_id": 12345, "deadline": 5, "proxies": {}, **options}
    return Client(api_secret=SECRET, api_url=server.url, **given)
