"""``joinchat_sandbox``: what it prints, when it ends, and what it cannot serve."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
from django.conf import settings
from django.core.management import CommandError, call_command

from joinchat_django.api.signing import sign
from tests.scripts import ROOT

COMMAND = [sys.executable, "-m", "django", "joinchat_sandbox"]


@contextlib.contextmanager
def running(*options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.thorough
def test_it_prints_its_addresses_serves_and_stops_cleanly() -> None:
    with running("--port", "0") as first, running("--port", "0") as second:
        for process, number in ((first, signal.SIGINT), (second, signal.SIGTERM)):
            assert process.stdout
            lines = [process.stdout.readline() for _ in range(4)]
            inbox = re.search(r"http://127\.0\.0\.1:\d+/", lines[1])
            assert inbox
            assert "/api/send_message" in lines[2]
            assert "/js/analytics/sdk/{key}.js" in lines[3]
            assert requests.get(inbox[0], timeout=30).status_code == 200
            refused = requests.post(f"{inbox[0]}api/send_message", data=b"{}", timeout=30)
            assert refused.status_code == 401
            assert "refused (401)" in process.stdout.readline()
            process.send_signal(number)
            rest, errors = process.communicate(timeout=30)
            assert (process.returncode, errors) == (0, "")
            assert "stopped" in rest


@pytest.mark.thorough
def test_a_lenient_sandbox_says_so_and_what_it_overlooks() -> None:
    secret = settings.JOINCHAT["default"]["API_SECRET"]
    page_id = settings.JOINCHAT["default"]["PAGE_ID"]
    payload = {"page_id": page_id, "recipient": {"uuid": "tom"}, "message": {"text": "x"}}
    body = json.dumps(payload).encode()
    with running("--port", "0", "--lenient") as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(5)]
        assert "Lenient" in lines[4]
        url = lines[2].split('"')[1]
        headers = {"x_joinchat_signature": sign(secret, body)}
        assert requests.post(url, data=body, headers=headers, timeout=30).json()["success"] is True
        line = process.stdout.readline()
        assert "accepted a message of no type for 'uuid tom', overlooking:" in line
        assert "message.template_type: required" in line


def test_a_busy_port_is_an_error_that_names_the_option() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is in use already.*--port"):
            call_command("joinchat_sandbox", port=port)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"host": "0.0.0.0"}, "--allow-remote"),
        ({"host": "192.0.2.1", "allow_remote": True}, "cannot listen"),
        ({"port": 70000}, "cannot listen"),
        ({"bot": "nobody"}, "no bot 'nobody'"),
    ],
)
def test_what_cannot_be_served_is_an_error(options: dict[str, object], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("joinchat_sandbox", **{"port": 0, **options})
