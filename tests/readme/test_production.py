"""What the README says of a site in production is so."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader

from joinchat_django.conf import BotOptions
from joinchat_django.delivery import pauses
from joinchat_django.delivery.databases import STOP_PATIENCE
from joinchat_django.delivery.dispatchers import NAMES
from joinchat_django.delivery.pauses import PROBES
from joinchat_django.delivery.worker import LONGEST_REST
from joinchat_django.migrations._concurrently import AddIndex, DropIndexOfKey, RemoveIndex
from joinchat_django.models import BotState, Broadcast, OutboxMessage
from tests.servers import free_port

from .blocks import block, section, table
from .programs import PROJECT, of_django

HTTP = "joinchat_django.backends.http.HTTPBackend"


def unit() -> configparser.ConfigParser:
    """Return the unit of systemd, as far as an ini file says what it does."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read_string(block("ini", "[Service]"))
    return parser


def test_the_unit_runs_the_worker_and_lets_it_finish() -> None:
    service = unit()["Service"]
    python, script, *arguments = service["ExecStart"].split()
    assert python.startswith(service["WorkingDirectory"])
    assert script == "manage.py"
    of_django(arguments)
    assert arguments == ["joinchat_worker"]
    assert float(service["TimeoutStopSec"]) > BotOptions().deadline + STOP_PATIENCE


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if not (analyze := shutil.which("systemd-analyze")):
        pytest.skip("This test needs systemd-analyze on PATH.")
    service = unit()["Service"]
    (tmp_path / "manage.py").touch()
    source = block("ini", "[Service]").replace(service["WorkingDirectory"], str(tmp_path))
    source = source.replace(f"{tmp_path}/.venv/bin/python", "/bin/true")
    file = tmp_path / "joinchat-worker.service"
    file.write_text(source.replace(f"User={service['User']}\n", ""))
    ran = subprocess.run(
        [analyze, "verify", "--man=no", str(file)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert [line for line in ran.stderr.splitlines() if file.name in line] == []


def test_every_dispatcher_is_in_the_table() -> None:
    *named, own = [row[0].strip('`"') for row in table("### How messages leave")]
    assert sorted(named) == sorted(NAMES)
    assert own == "a dotted path"
    assert f"within {LONGEST_REST:g} seconds" in section("### How messages leave")


@pytest.mark.django_db
def test_the_monitor_gets_every_key_that_the_table_names(
    capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    # A connection that is refused is a report, too.
    refusing = {"API_URL": f"http://127.0.0.1:{free_port()}/", "BACKEND": HTTP}
    settings.JOINCHAT = {"default": {**settings.JOINCHAT["default"], **refusing}}
    pauses.pause("default", 30, "refused")
    with pytest.raises(CommandError, match="2 problems"):
        call_command("joinchat_check", "--json")
    found = json.loads(capsys.readouterr().out)
    for names, _meaning in table("### Monitoring"):
        for name in names.replace("`", "").split(", "):
            place = found if name in found else found["bots"]["default"]
            for part in name.split("."):
                assert part in place, name
                place = place[part]


def test_probes_come_as_it_says() -> None:
    text = " ".join(section("### Replacing a secret").split())
    assert f"{PROBES.after(1):g} seconds later" in text
    assert f"up to {PROBES.after(100) / 60:g} minutes" in text


def migrations() -> dict[str, Any]:
    """Return the app's migrations by their numbers."""
    names = sorted(MigrationLoader(None).disk_migrations)
    ours = [name for app, name in names if app == "joinchat_django"]
    return {
        name[:4]: import_module(f"joinchat_django.migrations.{name}").Migration for name in ours
    }


def test_the_migrations_that_are_not_atomic_are_named() -> None:
    text = " ".join(section("## Upgrading").split())
    apart = [number for number, one in migrations().items() if not one.atomic]
    assert f"{' and '.join(f'`{number}`' for number in apart)} build indexes" in text
    for number in apart:
        operations = migrations()[number].operations
        assert all(isinstance(one, (AddIndex, RemoveIndex, DropIndexOfKey)) for one in operations)


def test_no_migration_goes_through_rows() -> None:
    assert "So far none goes through rows." in section("## Upgrading")
    operations = [operation for one in migrations().values() for operation in one.operations]
    assert not [one for one in operations if isinstance(one, (RunPython, RunSQL))]


def test_the_versions_are_those_of_the_package() -> None:
    text = " ".join(section("## Upgrading").split())
    told = {
        kind: [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if name.startswith(kind)]
        for kind in ("Framework :: Django :: ", "Programming Language :: Python :: 3.")
    }
    *earlier, last = told["Framework :: Django :: "]
    pythons = told["Programming Language :: Python :: 3."]
    versions = f"Python {pythons[0]} to {pythons[-1]} and Django {', '.join(earlier)} and {last}"
    assert versions in text


def test_the_permissions_of_the_table_are_all_that_are_not_djangos() -> None:
    named = {row[0].strip("`") for row in table("## The admin", "permission")}
    ours = {
        name
        for model in (OutboxMessage, Broadcast, BotState)
        for name, _words in model._meta.permissions
    }
    assert named == {*ours, "change_triggerstate"}
