"""The check of a signature, spelled out, with what is probably wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import SandboxServer
from joinchat_django.sandbox.signature import SignatureCheck, check_signature

from .calling import Call
from .examples import FULL, PAGE_ID, SECRET, request

PAYLOAD = request({**FULL["text"], "text": "嗨 https://shop.example/"})
BODY = json.dumps(PAYLOAD).encode()
RIGHT = sign(SECRET, BODY)
NAME = "x_joinchat_signature"


def check(signature: str, *, body: bytes = BODY, secret: str = SECRET) -> SignatureCheck:
    return check_signature(secret, [("Host", "localhost"), (NAME, signature)], body)


def digest(key: str | bytes = SECRET, body: bytes = BODY, name: str = "sha256") -> bytes:
    return hmac.new(key.encode() if isinstance(key, str) else key, body, name).digest()


def base64_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_the_right_signature_matches_and_is_told_as_it_came() -> None:
    check = check_signature(SECRET, [("Host", "x"), ("X-JoinChat-Signature", RIGHT)], BODY)
    assert check == SignatureCheck((("X-JoinChat-Signature", RIGHT),), RIGHT, matches=True)


def test_what_was_expected_is_not_told_where_others_may_look() -> None:
    hidden = check_signature(SECRET, [(NAME, "AAAA")], BODY, reveal=False)
    assert (hidden.expected, hidden.matches) == ("", False)
    for remote, expected in ((True, ""), (False, RIGHT)):
        with SandboxServer(page_id=PAGE_ID, api_secret=SECRET, allow_remote=remote) as server:
            requests.post(server.api_url, data=BODY, headers={NAME: "AAAA"}, timeout=30)
        [entry] = server.inbox.refused()
        assert entry.signature
        assert entry.signature.expected == expected


OTHER_JSON = json.dumps(PAYLOAD, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
AS_PHP_WRITES = json.dumps(PAYLOAD, separators=(",", ":")).replace("/", "\\/").encode()
URL_SAFE_BODY = next(
    body
    for body in (BODY + b" " * count for count in range(99))
    if {"+", "/"} & set(sign(SECRET, body))
)


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (digest().hex(), "hex"),
        (digest().hex().upper(), "hex"),
        (base64_of(digest().hex().encode()), "base64 of the digest's hex text"),
        (RIGHT.rstrip("="), "lacks its padding"),
        (f"sha256={digest().hex()}", "the name of the digest stands before it"),
        (f"sha256={RIGHT}", "the name of the digest stands before it"),
        (f'"{RIGHT}"', "in quotes"),
        (f"b'{RIGHT}'", "Python's spelling of bytes"),
        (RIGHT.replace("=", "%3D"), "percent-encoded"),
        (base64_of(digest(name="sha1")), "HMAC-SHA-1; use HMAC-SHA256"),
        (digest(name="sha1").hex(), "HMAC-SHA-1; use HMAC-SHA256 and it is hex"),
        (base64_of(digest(name="sha512")), "SHA-512"),
        (digest(name="md5").hex(), "MD5"),
        (base64_of(hashlib.sha256(BODY).digest()), "plain SHA-256"),
        (base64_of(hashlib.sha256(SECRET.encode() + BODY).digest()), "plain SHA-256"),
        (base64_of(digest(key=BODY, body=SECRET.encode())), "changed places"),
        (sign(f"{SECRET}\n", BODY), "white space around the secret"),
        (sign(f" {SECRET} ", BODY), "white space around the secret"),
        (sign(f"'{SECRET}'", BODY), "quotes around the secret"),
        (base64_of(digest(key=b"")), "empty secret"),
        (sign(SECRET, b""), "an empty body was signed"),
        (sign(SECRET, BODY + b"\n"), "a line end after it"),
        (sign(SECRET, base64.b64encode(BODY)), "the base64 of the body was signed"),
        (sign(SECRET, hashlib.sha256(BODY).digest()), "a digest of the body was signed"),
        (sign(SECRET, OTHER_JSON), "serialised a second time"),
        (sign(SECRET, AS_PHP_WRITES), "serialised a second time"),
        (sign(SECRET, json.dumps(PAYLOAD, indent=2).encode()), "serialised a second time"),
        (digest(body=OTHER_JSON).hex(), "serialised a second time"),
        (sign(SECRET, json.dumps(PAYLOAD["message"]).encode()), "the message alone was signed"),
        (f"{RIGHT}, {RIGHT}", "joined two headers"),
        ("", "it is empty"),
        (sign("another", BODY), "compare API_SECRET"),
        ("nonsense", "compare API_SECRET"),
    ],
)
def test_the_commonest_slips_are_told_apart(signature: str, words: str) -> None:
    found = check(signature)
    assert not found.matches
    assert words in found.why
    assert SECRET not in found.why
    assert RIGHT not in found.why


def test_the_url_safe_alphabet_and_lost_plus_signs_are_told() -> None:
    right = sign(SECRET, URL_SAFE_BODY)
    url_safe = right.replace("+", "-").replace("/", "_")
    assert "URL-safe alphabet" in check(url_safe, body=URL_SAFE_BODY).why
    with_plus = next(
        body
        for body in (BODY + b" " * count for count in range(99))
        if "+" in sign(SECRET, body)[1:-2]
    )
    lost = sign(SECRET, with_plus).replace("+", " ")
    assert "plus signs have become spaces" in check(lost, body=with_plus).why


def test_a_secret_that_is_wrong_on_the_sandbox_s_side_is_told() -> None:
    assert "the sandbox's secret has white space" in check(RIGHT, secret=f"{SECRET}\n").why
    raw = bytes(range(32))
    for text in (raw.hex(), base64_of(raw)):
        assert "was decoded" in check(base64_of(digest(key=raw)), secret=text).why


def test_white_space_around_the_body_is_told() -> None:
    assert "without the white space" in check(RIGHT, body=BODY + b"\r\n").why


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ([], "a proxy in between may have dropped"),
        ([("joinchat_signature", RIGHT)], "'joinchat_signature' is there, but the name must be"),
        ([("X-Hub-Signature-256", RIGHT)], "'X-Hub-Signature-256' is there"),
        ([(NAME, RIGHT), (NAME, RIGHT)], "2 times"),
        ([(NAME, RIGHT), ("x-joinchat-signature", "AAAA")], "different values"),
    ],
)
def test_a_signature_that_is_not_there_once_is_told(
    headers: list[tuple[str, str]], words: str
) -> None:
    found = check_signature(SECRET, headers, BODY)
    assert not found.matches
    assert words in found.why
    assert found.expected == RIGHT


def test_a_refused_request_keeps_what_came(send: Call, sandbox: SandboxServer) -> None:
    send(BODY, {"X_JoinChat_Signature": digest().hex(), "X-Trace": "7"})
    [entry] = sandbox.inbox.refused()
    assert entry.body == BODY
    assert ("X-Trace", "7") in entry.headers
    assert entry.signature
    assert entry.signature.came == (("X_JoinChat_Signature", digest().hex()),)
    assert entry.reasons == (entry.signature.why,)


def test_an_accepted_request_keeps_what_came(send: Call, sandbox: SandboxServer) -> None:
    send(BODY)
    [entry] = sandbox.inbox.accepted()
    assert entry.body == BODY
    assert entry.signature == SignatureCheck(((NAME, RIGHT),), RIGHT, matches=True)


@pytest.mark.thorough
@settings(max_examples=100, deadline=None)
@given(
    body=st.binary()
    | st.sampled_from([BODY, b"[" * 900 + b"]" * 900, b"[" * 50_000, b'{"a":1e999}']),
    signature=st.text(max_size=60)
    | st.sampled_from(["%", "=", "b''", "''", "é", "\ud800", "0" * 2000]),
)
def test_nothing_but_the_right_signature_matches_and_nothing_raises(
    body: bytes, signature: str
) -> None:
    found = check(signature, body=body)
    assert found.matches is (signature.strip(" \t") == sign(SECRET, body))
    assert bool(found.why) is not found.matches
