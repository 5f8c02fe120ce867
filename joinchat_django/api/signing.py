"""The signature of a request: ``base64(HMAC-SHA256(key = API secret, message = body bytes))``."""

from __future__ import annotations

import base64
import hmac
import html
import json
import re
from urllib.parse import quote, unquote

REMOVED = "[removed]"


class MaskedText(str):
    """A text whose repr does not show it, so that a traceback with locals does not either."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class MaskedBytes(bytes):
    """Bytes whose repr does not show them; see :class:`MaskedText`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'***'"


class Signer:
    """Signs bodies with one bot's API secret and keeps that secret out of every repr.

    The key is hashed once; each signature copies the keyed state. Safe to share among threads.

    Raises ``TypeError`` for a secret that is not a non-empty string.
    """

    def __init__(self, secret: str) -> None:
        valid = isinstance(secret, str) and secret != ""
        self._secret = MaskedText(secret) if valid else MaskedText()
        del secret  # A traceback that shows locals must not find it in a frame of ours.
        if not valid:
            raise TypeError("The API secret must be a non-empty string.")
        self._keyed = hmac.new(self._secret.encode("utf-8", "surrogatepass"), digestmod="sha256")

    def __repr__(self) -> str:
        return "<Signer>"

    def sign(self, body: bytes) -> str:
        """Return the signature of exactly these bytes: standard base64 with padding."""
        keyed = self._keyed.copy()
        keyed.update(body)
        return base64.b64encode(keyed.digest()).decode("ascii")

    def verify(self, body: bytes, signature: str) -> bool:
        """Compare in constant time. Anything that is not the right signature is False."""
        if not isinstance(signature, str) or not isinstance(body, bytes):
            return False
        given = signature.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(self.sign(body).encode("ascii"), given)

    def scrub(self, text: str, signature: str = "") -> str:
        """Return the text without the secret and the signature, however the peer escaped them.

        Nothing of the text is left if one of them is in it in a way that cannot be cut out. NUL
        characters go too: they could stand between the letters, and databases refuse them.
        """
        text = text.replace("\0", "")
        for hidden in filter(None, (self._secret, signature)):
            if len(hidden) > len(text):
                continue
            for spelling in _spellings(hidden, escaped=_has_escapes(text)):
                text = text.replace(spelling, REMOVED)
            bare = _bare(hidden)
            if bare and bare in _bare(text):
                return REMOVED
        return text


def _spellings(hidden: str, *, escaped: bool) -> list[str]:
    """How a hidden text may come back in JSON, in JSON as PHP writes it, in HTML or in a URL.

    Those that escape something only if asked for, longest first.
    """
    as_form = hidden.replace("+", " ")  # What a server makes of it that decodes it as a form.
    if not escaped:
        return [hidden, as_form]
    in_json = json.dumps(hidden)[1:-1]
    unescaped = json.dumps(hidden, ensure_ascii=False)[1:-1]
    found = {
        hidden,
        in_json,
        unescaped,
        in_json.replace("/", "\\/"),
        unescaped.replace("/", "\\/"),
        html.escape(hidden),
        quote(hidden),
        quote(hidden, safe=""),
        as_form,
    }
    return sorted(found, key=len, reverse=True)


def _bare(text: str) -> str:
    """Undo escapes of JSON, HTML and URLs, one inside the other too."""
    for _ in range(3):
        if not _has_escapes(text):
            break
        text = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        text = html.unescape(unquote(text)).replace("\\", "")
    return text


def _has_escapes(text: str) -> bool:
    """Tell whether something in a text may stand for something else in JSON, HTML or a URL."""
    return "\\" in text or "%" in text or "&" in text


_JSON_ESCAPE = re.compile(r"\\{1,4}u([0-9A-Fa-f]{4})")


def sign(secret: str, body: bytes) -> str:
    """Return the value of ``x_joinchat_signature`` for exactly these bytes.

    Standard base64 alphabet with padding (contract, "Request"). Raises ``TypeError`` for a secret
    that is not a non-empty string.
    """
    try:
        signer = Signer(secret)
    finally:
        del secret
    return signer.sign(body)


def verify(secret: str, body: bytes, signature: str) -> bool:
    """Tell, in constant time, whether the signature is this body's.

    False for anything malformed: an empty secret, a body that is not bytes, a signature that is
    no text or no base64.
    """
    try:
        signer = Signer(secret)
    except TypeError:
        return False
    finally:
        del secret
    return signer.verify(body, signature)
