"""``joinchat_data``: everything about a person, to hand over or to erase."""

from __future__ import annotations

import io
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import MessengerLink, OutboxMessage

from .terminals import Interrupting, Terminal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def message(left_to_a_worker: None, linked_user: Any) -> OutboxMessage:
    """A message to Tom that has been sent."""
    row = outbox.send(linked_user, Text("Hello 小琳 \x9b31m"))
    OutboxMessage.objects.update(status="sent")
    return row


def run(*arguments: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    call_command("joinchat_data", *arguments, stdout=out, no_color=True)
    return out.getvalue().strip()


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let somebody type this when asked."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def texts(exported: str) -> list[str]:
    return [message["content"]["text"] for message in json.loads(exported)["messages"]]


class TestExport:
    def test_goes_to_standard_output_and_does_nothing_to_a_terminal(self) -> None:
        exported = run("export", "tom")
        assert texts(exported) == ["Hello 小琳 \x9b31m"]
        assert exported.isascii()

    def test_goes_to_a_new_file_that_only_its_owner_may_read(self, tmp_path: Path) -> None:
        path = tmp_path / "tom.json"
        said = run("export", "tom", "--output", str(path))
        assert said == f"Everything about 'tom' is in {path}."
        assert texts(path.read_text("utf-8")) == ["Hello 小琳 \x9b31m"]
        assert "小琳" in path.read_text("utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(CommandError, match=r"is there already\. Name another file"):
            run("export", "tom", "--output", str(path))
        with pytest.raises(CommandError, match="cannot be written: No such file"):
            run("export", "tom", "--output", str(tmp_path / "missing" / "tom.json"))

    def test_leaves_no_half_of_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "tom.json"
        with pytest.MonkeyPatch.context() as patched:
            # A database whose migrations have not run.
            patched.setattr(OutboxMessage._meta, "db_table", "a_table_that_is_not_there")
            with pytest.raises(Exception, match="a_table_that_is_not_there"):
                run("export", "tom", "--output", str(path))
        assert not path.exists()

    def test_names_a_user_by_primary_key(self, user: Any) -> None:
        assert texts(run("export", "--pk", str(user.pk))) == ["Hello 小琳 \x9b31m"]

    def test_names_somebody_who_is_no_user(self) -> None:
        outbox.send(Recipient(email="lin@example.com"), Text("by mail"))
        outbox.send(Recipient(phone="+886 2"), Text("by phone"))
        both = ["--email", "lin@example.com", "--phone", "+886 2"]
        assert texts(run("export", *both)) == ["by mail", "by phone"]
        assert len(texts(run("export", "tom", *both))) == 3


class TestAddresses:
    def test_one_that_finds_nothing_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        outbox.send(Recipient(email="lin@example.com"), Text("by mail"))
        for side, *options in (["export"], ["erase", "--no-input"]):
            exact, other = "--email=lin@example.com", "--email=Lin@example.com"
            run(side, "tom", exact, other, *options)
            said = capsys.readouterr().err
            assert said.startswith("No message without a user went to email 'Lin@example.com'.")
            assert said.count("\n") == 1

    def test_their_uuids_are_left_out_and_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        link = MessengerLink.objects.get()
        outbox.send(Recipient(uuid=link.uuid), Text("to whom it belongs"))
        assert len(texts(run("export", "tom"))) == 1
        said = capsys.readouterr().err
        assert f"Left out: 1 message without a user to the uuid '{link.uuid}'" in said
        assert f"--uuid={link.uuid}" in said
        assert len(texts(run("export", "tom", f"--uuid={link.uuid}"))) == 2
        assert capsys.readouterr().err == ""
        run("erase", "tom", "--dry-run")
        assert "Left out: 1 message" in capsys.readouterr().err

    def test_the_help_says_how_they_are_compared(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            call_command("joinchat_data", "--help")
        shown = " ".join(capsys.readouterr().out.split())
        assert "exactly as it was sent to; repeat it for each spelling" in shown


class TestErase:
    def test_asks_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer(monkeypatch, "yes\n")
        first, last = run("erase", "tom").splitlines()
        parts = "1 link, 1 message, 0 selections of broadcasts, the name from 0 requests."
        assert first == f"Would erase of 'tom': {parts}"
        assert last.endswith(f"Erased of 'tom': {parts}")
        assert not OutboxMessage.objects.exists()
        assert not MessengerLink.objects.exists()

    @pytest.mark.parametrize("typed", ["no\n", "\n", "y\n", ""])
    def test_erases_nothing_without_a_yes(
        self, monkeypatch: pytest.MonkeyPatch, typed: str
    ) -> None:
        answer(monkeypatch, typed)
        with pytest.raises(CommandError, match=r"Nothing was erased\. Type yes, or pass"):
            run("erase", "tom")
        assert OutboxMessage.objects.exists()

    def test_does_not_ask_if_it_is_told_so(self) -> None:
        assert run("erase", "tom", "--no-input").startswith("Erased of 'tom': 1 link, 1 message")
        assert run("erase", "tom", "--no-input").startswith("Erased of 'tom': 0 links, 0 messages")
        assert run("erase", "tom", "--no-input", "--verbosity", "0") == ""

    def test_a_dry_run_erases_nothing(self) -> None:
        assert run("erase", "tom", "--dry-run").startswith("Would erase of 'tom': 1 link")
        assert OutboxMessage.objects.exists()

    def test_of_somebody_who_is_no_user(self) -> None:
        outbox.send(Recipient(email="lin@example.com"), Text("by mail"))
        said = run("erase", "--email", "lin@example.com", "--no-input")
        assert said.startswith("Erased of email 'lin@example.com': 0 links, 1 message")
        assert OutboxMessage.objects.count() == 1

    def test_names_what_is_being_sent_and_ends_with_status_1(self, message: OutboxMessage) -> None:
        later = timezone.now() + timedelta(minutes=1)
        OutboxMessage.objects.update(status="sending", lease_until=later)
        with pytest.raises(CommandError) as left:
            run("erase", "tom", "--no-input")
        assert str(left.value) == (
            f"1 message is being sent right now (#{message.pk}) and cannot be called back. "
            "Run this again in a minute to erase what is left."
        )

    def test_a_terminal_sees_how_far_it_is(self) -> None:
        shown = run("erase", "tom", "--no-input", out=Terminal())
        assert "1 message ..." in shown
        assert "\x1b[KErased of 'tom'" in shown

    def test_ctrl_c_says_that_it_can_be_run_again(self) -> None:
        with pytest.raises(
            CommandError, match=r"Stopped after 1 message\. Run it again"
        ) as stopped:
            run("erase", "tom", "--no-input", out=Interrupting())
        assert stopped.value.returncode == 130


@pytest.mark.parametrize("side", ["export", "erase"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "Name a user, .* or by --pk. For somebody who is no user"),
        ("nobody", r"No user has the username 'nobody'.*--uuid"),
        ("--pk 7", "No user has the primary key '7'"),
        ("tom --pk 7", "Name the user once"),
        ("tom --email=", "names nobody: email"),
    ],
)
def test_a_mistake_says_the_way_out(side: str, arguments: str, said: str) -> None:
    with pytest.raises(CommandError, match=f"(?s){said}"):
        run(side, *arguments.split())
    assert OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "required: side"),
        ("forget tom", "invalid choice: 'forget'"),
        ("export tom --no-input", "--no-input means nothing to export"),
        ("export tom --dry-run", "--dry-run means nothing to export"),
        ("erase tom --output tom.json", "--output means nothing to erase"),
    ],
)
def test_each_side_has_its_options(arguments: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*arguments.split())
    assert OutboxMessage.objects.exists()
