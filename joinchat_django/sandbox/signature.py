"""The signature of one request to the sandbox, checked and spelled out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from joinchat_django.api.signing import sign, verify

from .diagnosis import diagnose

HEADERS = ("x_joinchat_signature", "x-joinchat-signature")
"""The two names that a signature may come under."""

_LONGEST_SHOWN = 500

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class SignatureCheck:
    """What came as a signature, what was expected, and whether the two agree.

    ``came`` holds each signature header as it was spelled, with its value. ``expected`` is the one
    right value; it is empty where others may look, since it would sign anything for them. ``why``
    says what is wrong and what to do, and is empty if nothing is. What was signed is the body,
    which is kept beside this.
    """

    came: tuple[tuple[str, str], ...]
    expected: str
    matches: bool
    why: str = ""


def check_signature(
    secret: str, headers: Headers, body: bytes, *, reveal: bool = True
) -> SignatureCheck:
    """Check the signature that the headers hold against exactly these bytes.

    It matches only if it came once under either name, or once and alike under both. ``reveal``
    says whether the expected value may be told. Never raises for anything that a client can send.
    """
    headers = tuple(headers)
    came = tuple((name, value) for name, value in headers if name.lower() in HEADERS)
    why = _why_unreadable(headers, came)
    matches = not why and verify(secret, body, came[0][1].strip(" \t"))
    if not matches and not why:
        why = diagnose(secret, body, came[0][1])
    return SignatureCheck(
        came=tuple((name, value[:_LONGEST_SHOWN]) for name, value in came),
        expected=sign(secret, body) if reveal else "",
        matches=matches,
        why=why,
    )


def _why_unreadable(headers: Headers, came: Headers) -> str:
    """Say why the headers do not hold one signature; empty if they do."""
    names = [name.lower() for name, _value in came]
    if not names:
        return _why_missing(headers)
    for name in HEADERS:
        if names.count(name) > 1:
            return f"the header {name} is there {names.count(name)} times; send it once"
    if len({value.strip(" \t") for _name, value in came}) > 1:
        return "the two signature headers hold different values; send the same in both"
    return ""


def _why_missing(headers: Headers) -> str:
    for name, _value in headers:
        if "signature" in name.lower():
            return (
                f"no signature: the header {name[:60]!a} is there, but the name must be "
                "x_joinchat_signature or x-joinchat-signature"
            )
    return (
        "no signature: send the header x_joinchat_signature or x-joinchat-signature "
        "(a proxy in between may have dropped the name with underscores)"
    )
