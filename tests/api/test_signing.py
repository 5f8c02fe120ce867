"""The signature: right by other people's reckoning, and never in sight."""

from __future__ import annotations

import base64
import hashlib
import hmac
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.api import Client, Envelope, Recipient, Text, sign, signing, verify
from joinchat_django.api.signing import Signer
from tests.programs import require_program

from .clients import SECRET
from .examples import FULL
from .tracebacks import everything_shown

each = pytest.mark.parametrize
BODIES = [
    b"",
    b"\0\xff\r\n",
    Envelope.seal(Recipient(id="123456"), Text("Hello World")).body(12345),
    *(Envelope.seal(Recipient(uuid="小琳"), message).body(12345) for message in FULL.values()),
]


@each(
    ("key", "data", "digest"),
    [
        (
            "Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            "\x0b" * 20,
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
    ],
    ids=["case 2", "case 1"],
)
def test_the_signature_is_that_of_the_published_vectors(key: str, data: bytes, digest: str) -> None:
    """Test cases of RFC 4231."""
    signature = base64.b64encode(bytes.fromhex(digest)).decode()
    assert sign(key, data) == signature
    assert verify(key, data, signature)


@each("secret", [SECRET, "短", "x" * 200])
@each("body", BODIES, ids=range(len(BODIES)))
def test_openssl_computes_the_same_signature(secret: str, body: bytes) -> None:
    openssl = require_program("openssl")
    digest = subprocess.run(
        [openssl, "dgst", "-sha256", "-hmac", secret, "-binary"],
        input=body,
        stdout=subprocess.PIPE,
        check=True,
    )
    text = subprocess.run(
        [openssl, "base64", "-A"], input=digest.stdout, stdout=subprocess.PIPE, check=True
    )
    assert sign(secret, body) == text.stdout.decode("ascii")


@given(st.text(min_size=1), st.binary())
def test_what_is_signed_verifies_and_nothing_else_does(secret: str, body: bytes) -> None:
    signature = sign(secret, body)
    assert verify(secret, body, signature)
    assert not verify(secret, body + b" ", signature)
    assert not verify(secret + " ", body, signature)
    for wrong in (signature[:-1], signature + "=", signature + "\n", " " + signature, ""):
        assert not verify(secret, body, wrong)


@given(
    st.none() | st.integers() | st.binary() | st.text() | st.lists(st.text()),
    st.none() | st.integers() | st.binary() | st.text() | st.builds(bytearray, st.binary()),
    st.none() | st.integers() | st.binary() | st.text() | st.characters(categories=["Cs"]),
)
def test_anything_malformed_is_a_wrong_signature(secret: Any, body: Any, signature: Any) -> None:
    assert verify(secret, body, signature) is False


def test_other_spellings_of_the_right_signature_are_wrong() -> None:
    digest = hmac.new(SECRET.encode(), b"\x03", hashlib.sha256).digest()
    right = base64.b64encode(digest).decode()
    assert verify(SECRET, b"\x03", right)
    others = [digest.hex(), right.rstrip("="), right.lower(), right.encode(), digest]
    others.append(base64.urlsafe_b64encode(digest).decode())
    assert {"/", "+"} & set(right)
    assert not any(verify(SECRET, b"\x03", other) for other in others)  # type: ignore[arg-type]


@each("secret", ["", None, 5, b"secret", ["secret"]])
def test_a_secret_is_a_text_that_is_not_empty(secret: Any) -> None:
    with pytest.raises(TypeError, match="API secret must be a non-empty string"):
        sign(secret, b"body")
    with pytest.raises(TypeError, match="API secret must be a non-empty string"):
        Client(page_id=1, api_secret=secret)


def test_no_repr_shows_the_secret() -> None:
    client = Client(page_id=1, api_secret=SECRET)
    signer = Signer(SECRET)
    for thing in (signer, client):
        assert SECRET not in repr(thing)
        assert SECRET not in repr(vars(thing))


@each(
    "misuse",
    [
        lambda: sign(SECRET, "text"),  # type: ignore[arg-type]
        lambda: sign(SECRET.encode(), b""),  # type: ignore[arg-type]
        lambda: sign([SECRET], b""),  # type: ignore[arg-type]
        lambda: Client(page_id="1", api_secret=SECRET),  # type: ignore[arg-type]
        lambda: Client(page_id=1, api_secret=SECRET.encode()),  # type: ignore[arg-type]
        lambda: Client(page_id=1, api_secret=SECRET, deadline=0),
        lambda: Client(page_id=1, api_secret=SECRET, signature_headers=[]),
        lambda: Client(page_id=1, api_secret=SECRET).post("text"),  # type: ignore[arg-type]
    ],
)
def test_no_traceback_shows_the_secret_even_with_the_locals_of_its_frames(misuse: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as raised:
        misuse()
    assert SECRET not in everything_shown(raised.value)


SIGNATURE = "aB/cD+eF==" * 4
HIDDEN = [SECRET, SIGNATURE]


@each("hidden", HIDDEN)
@each(
    "spelled",
    [
        lambda text: text,
        lambda text: text.replace("/", r"\/"),
        lambda text: text.replace("/", r"\\\/"),
        lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
        lambda text: "".join(f"\\u{ord(letter):04X}" for letter in text),
        lambda text: text.replace("+", r"\u002B").replace("&", r"\u0026").replace("<", r"\u003C"),
        lambda text: text.replace("+", r"\\u002b").replace("=", r"\\u003d"),
        lambda text: "".join(f"%{ord(letter):02x}" for letter in text),
        lambda text: text.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D"),
        lambda text: text.replace("/", "%252F").replace("+", "%252B").replace("=", "%253D"),
        lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        lambda text: "".join(f"&#{ord(letter)};" for letter in text),
        lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
        lambda text: "\0".join(text),
    ],
)
def test_scrubbing_finds_secret_and_signature_however_they_are_spelled(
    hidden: str, spelled: Any
) -> None:
    spelling = spelled(hidden)
    scrubbed = Signer(SECRET).scrub(f"before {spelling} after", SIGNATURE)
    assert spelling not in scrubbed
    assert "[removed]" in scrubbed
    longest = max(spelling.split("\0"), key=len) if "\0" in spelling else spelling[3:-3]
    assert len(longest) < 4 or longest not in scrubbed


def test_scrubbing_leaves_the_rest_of_an_answer_as_it_is() -> None:
    answer = r'{"success":false,"msg":"\u7b7e\u540d 100% & \"more\" <b>https:\/\/x\/</b>"}'
    assert Signer(SECRET).scrub(answer, SIGNATURE) == answer
    assert Signer(SECRET).scrub(f"a {SECRET} b {SIGNATURE} c", SIGNATURE) == (
        "a [removed] b [removed] c"
    )


@given(
    st.text('ab/+&%\\"<é ', min_size=1, max_size=4),
    st.text('ab/+<é "', max_size=30),
)
def test_a_text_without_escapes_is_scrubbed_like_one_that_may_have_some(
    secret: str, text: str
) -> None:
    quickly = Signer(secret).scrub(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "_has_escapes", lambda text: True)
        assert Signer(secret).scrub(text) == quickly


def test_masked_bytes_do_not_show_what_they_are() -> None:
    masked = signing.MaskedBytes(b"secret")
    assert masked == b"secret"
    assert "secret" not in repr([masked])
