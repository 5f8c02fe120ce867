"""PHP, which JoinChat's page is written for, checks our signature and reads what was meant."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from joinchat_django.api import Client, MessageTag, Recipient, Unauthorized
from tests.programs import require_program
from tests.servers import free_port

from .clients import SECRET
from .examples import FULL, FULL_JSON

SCRIPT = Path(__file__).with_name("php") / "verify.php"
SPELLINGS = ("x_joinchat_signature", "x-joinchat-signature")


@pytest.fixture(scope="module")
def php_url() -> Iterator[str]:
    """The address of a PHP server that checks signatures as JoinChat's page does."""
    php, port = require_program("php"), free_port()
    server = subprocess.Popen(
        [php, "-S", f"127.0.0.1:{port}", str(SCRIPT)],
        env={**os.environ, "JOINCHAT_API_SECRET": SECRET},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_it_listens(server, port)
        yield f"http://127.0.0.1:{port}/api/send_message"
    finally:
        server.terminate()
        server.wait(10)


def wait_until_it_listens(server: subprocess.Popen[bytes], port: int) -> None:
    patience_ends = time.monotonic() + 10
    while server.poll() is None and time.monotonic() < patience_ends:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("PHP's server did not start.")


@pytest.mark.parametrize("headers", [SPELLINGS, SPELLINGS[:1], SPELLINGS[1:]], ids=str)
@pytest.mark.parametrize("kind", FULL)
def test_php_verifies_every_type_of_message_and_reads_what_was_meant(
    php_url: str, kind: str, headers: tuple[str, ...]
) -> None:
    with Client(
        page_id=12345, api_secret=SECRET, api_url=php_url, signature_headers=headers, proxies={}
    ) as client:
        result = client.send(
            Recipient(uuid="小琳 🌸"), FULL[kind], tag=MessageTag.ISSUE_RESOLUTION, delay=10
        )
    assert json.loads(result.answer) == {
        "success": True,
        "read": {
            "page_id": 12345,
            "recipient": {"uuid": "小琳 🌸"},
            "message": FULL_JSON[kind],
            "tag": "ISSUE_RESOLUTION",
            "delay": 10,
        },
    }


@pytest.mark.parametrize("secret", [SECRET + " ", "another"])
def test_php_refuses_a_wrong_secret(php_url: str, secret: str) -> None:
    client = Client(page_id=12345, api_secret=secret, api_url=php_url, proxies={})
    with client, pytest.raises(Unauthorized, match="wrong signature") as refused:
        client.send(Recipient(uuid="1"), FULL["text"])
    assert refused.value.status == 401
