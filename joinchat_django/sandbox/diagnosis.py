"""Why a signature does not match, as far as the commonest slips can be told from it.

Each way to get the signature wrong is tried: which text was signed, with which key, by which
digest, and how the result was written down. What fits is named together with the remedy.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

_LARGEST_REWRITTEN = 64 * 1024
_LONGEST_SIGNATURE = 1000
_UNKNOWN = (
    "the signature does not match: it must be base64(HMAC-SHA256(API secret, body)) over "
    "exactly the bytes that were sent; compare API_SECRET in the JOINCHAT setting"
)


def diagnose(secret: str, body: bytes, signature: str) -> str:
    """Say what is wrong with a signature that is not this body's, and what to do. Never raises."""
    signature = signature[:_LONGEST_SIGNATURE].strip()
    if not signature:
        return "the signature does not match: it is empty"
    if "," in signature:
        return (
            "the signature holds a comma: something in between has joined two headers; "
            "send one spelling only"
        )
    spelled = list(_spellings(signature))
    for made, digest in _digests(secret, body):
        for written, found in spelled:
            if hmac.compare_digest(found, digest):
                slips = " and ".join(filter(None, (made, written)))
                return f"the signature does not match: {slips or 'it is spelled otherwise'}"
    return _UNKNOWN


def _spellings(signature: str) -> Iterator[tuple[str, bytes]]:
    """Yield what the text may stand for as bytes, each with what is wrong about writing it so."""
    standard = "send standard base64 with padding"
    if (raw := _base64(signature)) is not None:
        yield "", raw
        if (text := _hex(raw.decode("latin-1"))) is not None:
            yield "it is base64 of the digest's hex text; encode the digest's raw bytes", text
    if (raw := _hex(signature)) is not None:
        yield f"it is hex; {standard}", raw
    if re.search("[-_]", signature):
        plain = _padded(signature.replace("-", "+").replace("_", "/"))
        if (raw := _base64(plain)) is not None:
            yield f"it uses the URL-safe alphabet; {standard}", raw
    elif (raw := _base64(_padded(signature))) is not None:
        yield f"it lacks its padding; {standard}", raw
    for wrong, unwrapped in _unwrapped(signature):
        for raw in (_hex(unwrapped), _base64(_padded(unwrapped))):
            if raw is not None:
                yield f"{wrong}; {standard} and nothing else", raw


def _unwrapped(signature: str) -> Iterator[tuple[str, str]]:
    if match := re.fullmatch(r"(?i)(?:hmac-)?sha-?(?:1|256)[=: ]\s*(.+)", signature):
        yield "the name of the digest stands before it", match[1]
    if match := re.fullmatch(r"""(["'])(.*)\1""", signature):
        yield "it stands in quotes", match[2]
    if match := re.fullmatch(r"b(['\"])(.*)\1", signature):
        yield "it is Python's spelling of bytes; decode them to text", match[2]
    if "%" in signature:
        yield "it is percent-encoded", unquote(signature)
    if " " in signature:
        yield "its plus signs have become spaces", signature.replace(" ", "+")


def _digests(secret: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what a signature may have been made as, the right one first."""
    key = secret.encode("utf-8", "surrogatepass")
    yield "", _hmac(key, body)
    for wrong, name in (("SHA-1", "sha1"), ("SHA-512", "sha512"), ("MD5", "md5")):
        yield f"it was made with HMAC-{wrong}; use HMAC-SHA256", _hmac(key, body, name)
    for text in (body, key + body, body + key):
        yield "it is a plain SHA-256; use HMAC-SHA256 with the API secret as key", _sha256(text)
    yield "key and message have changed places; the API secret is the key", _hmac(body, key)
    for wrong, other in _keys(key):
        yield wrong, _hmac(other, body)
    for wrong, text in _bodies(body):
        yield wrong, _hmac(key, text)


def _keys(key: bytes) -> Iterator[tuple[str, bytes]]:
    compare = "compare API_SECRET in the JOINCHAT setting on both sides"
    if (stripped := key.strip()) != key:
        yield f"the sandbox's secret has white space around it; {compare}", stripped
    for space in (b"\n", b"\r\n", b" "):
        for other in (key + space, space + key, space + key + space):
            yield f"it was signed with white space around the secret; {compare}", other
    for mark in (b'"', b"'"):
        yield f"it was signed with quotes around the secret; {compare}", mark + key + mark
    yield f"it was signed with an empty secret; {compare}", b""
    text = key.decode("latin-1")
    for form, raw in (("hex", _hex(text)), ("base64", _base64(text))):
        if raw is not None:
            yield f"the secret was decoded from {form} first; use it as the text that it is", raw


def _bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    sent = "sign exactly the bytes that are sent"
    yield f"an empty body was signed; {sent}", b""
    if (stripped := body.strip()) != body:
        yield f"the body was signed without the white space around it; {sent}", stripped
    for space in (b"\n", b"\r\n"):
        yield f"the body was signed with a line end after it; {sent}", body + space
    yield f"the base64 of the body was signed; {sent}", base64.b64encode(body)
    yield f"a digest of the body was signed; {sent}", hashlib.sha256(body).digest()
    if len(body) > _LARGEST_REWRITTEN:
        return
    try:
        payload = json.loads(body)
        for text in _rewritten(payload):
            yield f"the body was serialised a second time between signing and sending; {sent}", text
        if isinstance(payload, dict) and "message" in payload:
            for text in _rewritten(payload["message"]):
                yield f"the message alone was signed, not the whole body; {sent}", text
    except (ValueError, RecursionError):
        return


def _rewritten(payload: Any) -> Iterator[bytes]:
    """Yield the JSON that other ways of writing it would have made of the same value."""
    for ascii_only in (True, False):
        for separators in ((",", ":"), (", ", ": ")):
            for ordered in (False, True):
                text = json.dumps(
                    payload, ensure_ascii=ascii_only, separators=separators, sort_keys=ordered
                )
                yield text.encode("utf-8", "surrogatepass")
                if "/" in text:  # As PHP's json_encode writes it.
                    yield text.replace("/", "\\/").encode("utf-8", "surrogatepass")
        for indent in (2, 4):
            text = json.dumps(payload, ensure_ascii=ascii_only, indent=indent)
            yield text.encode("utf-8", "surrogatepass")


def _hmac(key: bytes, message: bytes, digest: str = "sha256") -> bytes:
    return hmac.new(key, message, digest).digest()


def _sha256(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def _padded(text: str) -> str:
    text = text.rstrip("=")
    return text + "=" * (-len(text) % 4)


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None


def _hex(text: str) -> bytes | None:
    return bytes.fromhex(text) if re.fullmatch("(?:[0-9a-fA-F]{2})+", text) else None
