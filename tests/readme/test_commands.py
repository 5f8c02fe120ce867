"""The README's commands exist with the options that it shows, and do what they are for."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from joinchat_django.sandbox import SandboxServer
from tests.programs import require_packages, require_program

from .blocks import Block, block, every
from .programs import calls, check, of_django

#: A crontab's five fields, and what follows them.
FIELDS = 5


@pytest.fixture
def with_apps(settings: Any) -> None:
    """The apps that bring the README's commands of other packages."""
    if find_spec("django_tasks_db"):
        found: dict[str, Any] = {}
        exec(block("python", "django_tasks_db"), found)
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, *found["INSTALLED_APPS"]]
        settings.TASKS = found["TASKS"]


@pytest.mark.parametrize("one", every("sh"), ids=str)
def test_every_call_is_one_that_its_program_takes(one: Block, with_apps: None) -> None:
    found = list(calls(one.code))
    assert found
    for words, folder in found:
        if "db_worker" in words:
            require_packages("django_tasks_db")
        check(words, folder)


@pytest.mark.parametrize(
    "line",
    [
        "python manage.py joinchat_worker --twice",
        "python manage.py joinchat_wroker",
        "python -m django makemessages --no-fuzz",
        "pip install -e '.[nothing]'",
        "pip install joinchat",
        "bash .ci/walk",
        "rm -r .",
    ],
)
def test_a_mistake_would_be_found(line: str) -> None:
    [(words, folder)] = calls(line)
    with pytest.raises((AssertionError, CommandError, KeyError)):
        check(words, folder)


def crontab() -> Iterator[tuple[list[str], list[str]]]:
    """Yield for each line of the crontab its fields, and what it calls."""
    for line in block("cron", "joinchat_prune").splitlines():
        *fields, command = line.split(maxsplit=FIELDS)
        [(words, _folder)] = calls(command)
        yield fields, words


def test_the_crontab_has_five_fields_and_calls_commands_that_there_are() -> None:
    for fields, (program, script, *arguments) in crontab():
        assert len(fields) == FIELDS
        assert all(field == "*" or field.isdecimal() for field in fields)
        assert (program, script) == (".venv/bin/python", "manage.py")
        of_django(arguments)


#: Management commands that end by themselves and need nothing but this site.
CHEAP = ("check", "clearsessions", "joinchat_check", "joinchat_prune", "migrate")


def cheap() -> list[list[str]]:
    """Return the README's calls of such commands."""
    shown = [words for one in every("sh") for words, _folder in calls(one.code)]
    shown += [words for _fields, words in crontab()]
    called = [words[2:] for words in shown if words[1:2] == ["manage.py"]]
    return [one for one in called if one[0] in CHEAP or one == ["joinchat_worker", "--once"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("arguments", cheap(), ids=shlex.join)
def test_the_cheap_ones_run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    call_command(*arguments)
    if "--json" in arguments:
        assert json.loads(capsys.readouterr().out)["ok"] is True


@pytest.mark.django_db(transaction=True)
def test_a_data_request_is_answered(
    lin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    export, erase = [words[2:] for words, _folder in calls(block("sh", "joinchat_data"))]
    call_command(*export)
    assert "uuid" in (tmp_path / "lin.json").read_text()
    monkeypatch.setattr("builtins.input", lambda question: "yes")
    call_command(*erase)
    assert not lin.messenger_links.exists()


def test_the_sandbox_takes_the_faults() -> None:
    program = require_program("curl")
    with SandboxServer(page_id=1, api_secret="s") as sandbox:
        found: list[Any] = []
        for words, _folder in calls(block("sh", "curl")):
            here = [word.replace("http://127.0.0.1:8765", sandbox.url) for word in words[1:]]
            ran = subprocess.run(
                [program, "--silent", "--fail", "--noproxy", "*", *here],
                capture_output=True,
                encoding="utf-8",
                timeout=30,
                check=True,
            )
            found.append(json.loads(ran.stdout))
    assert found[-1] == {"cleared": 3}
