"""Which host names mean this machine alone."""

from __future__ import annotations

import ipaddress
import re


def is_loopback_name(host: str) -> bool:
    """Tell whether a host name or address can mean this machine alone."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def without_port(host: str) -> str:
    """Return the host of a ``Host`` header, an IPv6 address without its brackets."""
    if match := re.fullmatch(r"\[([^\]]*)\](?::[0-9]*)?", host):
        return match[1]
    return re.sub(":[0-9]*$", "", host)
