"""What the README tells contributors: the house, and a dispatcher that works."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends import Backend
from joinchat_django.checks import check_settings
from joinchat_django.delivery.dispatchers import Dispatcher
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox import SandboxServer
from tests.delivery.conftest import PAGE_ID, SECRET
from tests.delivery.dispatchers.processes import Site, redis_server
from tests.delivery.rows import texts
from tests.programs import require_packages
from tests.servers import free_port
from tests.test_architecture import BESIDE, FLOORS

from .blocks import BLOCKS, ROOT, Block, block, section, table

PATH = "shop.rq_dispatcher.RQDispatcher"
DELIVERY = {"DISPATCHER": PATH, "TASK_QUEUE": "messenger"}


def test_the_floors_are_those_of_the_house() -> None:
    rows = table("### The house")
    told = {room: int(floor) for floor, rooms, _what in rows for room in rooms.split(", ")}
    assert told == {f"`{room}`": floor for room, floor in FLOORS.items()}
    [(outsider, rooms)] = BESIDE.items()
    text = " ".join(section("### The house").split())
    assert f"`{outsider}` stands beside it: it uses `preview` and `api.signing` alone" in text
    assert rooms == {"preview", "api.signing"}


def test_all_tests_that_ci_names_are_there() -> None:
    script = ROOT / ".ci/run"
    if not script.exists():
        pytest.skip("A source distribution has no CI.")
    named = set(re.findall(r"\btests/[\w/.]+", script.read_text()))
    assert len(named) > 10
    # A folder of the script's own.
    assert {name for name in named - {"tests/home"} if not (ROOT / name).exists()} == set()


def redis_url(port: int) -> str:
    """Return the URL of a Redis as the guide has it."""
    text = section("### A new dispatcher or backend")
    [url] = [word for word in text.split("`") if word.startswith("redis://")]
    return url.replace("localhost", f"127.0.0.1:{port}")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, settings: Any) -> ModuleType:
    """The guide's module in this site, under the name that the guide has for it there."""
    require_packages("django_rq")
    assert f'"DISPATCHER": "{PATH}"' in section("### A new dispatcher or backend")
    queues = {"messenger": {"URL": redis_url(free_port())}}  # where nothing listens
    settings.RQ_QUEUES = queues
    import django_rq.settings

    monkeypatch.setattr(django_rq.settings, "QUEUES", queues)  # it reads them once
    package, module = ModuleType("shop"), ModuleType("shop.rq_dispatcher")
    monkeypatch.setitem(sys.modules, "shop", package)
    monkeypatch.setitem(sys.modules, "shop.rq_dispatcher", module)
    exec(block("python", "class RQDispatcher("), vars(module))
    package.rq_dispatcher = module  # type: ignore[attr-defined]
    settings.JOINCHAT_DELIVERY = DELIVERY
    return module


def test_the_guides_dispatcher_checks_its_queue(shop: ModuleType, settings: Any) -> None:
    assert check_settings(None) == []
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": PATH}
    [error] = check_settings(None)
    assert error.id == "joinchat.E009"
    assert "'default'" in error.msg


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_loses_nothing(
    shop: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    row = outbox.send(Recipient(uuid="me"), Text("Hello"))
    assert row.status == OutboxMessage.Status.QUEUED
    assert "redis.exceptions.ConnectionError" in caplog.text


@pytest.mark.processes
def test_the_guides_dispatcher_delivers_by_real_workers(tmp_path: Path) -> None:
    require_packages("django_rq")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/rq_dispatcher.py").write_text(block("python", "class RQDispatcher("))
    port = free_port()
    sent = [str(number) for number in range(10)]
    with (
        SandboxServer(page_id=PAGE_ID, api_secret=SECRET) as sandbox,
        redis_server(port, tmp_path),
        Site(
            tmp_path,
            sandbox.api_url,
            INSTALLED_APPS=[
                *("django.contrib.auth", "django.contrib.contenttypes"),
                *("django_rq", "joinchat_django"),
            ],
            RQ_QUEUES={"messenger": {"URL": redis_url(port)}},
            JOINCHAT_DELIVERY=DELIVERY,
        ) as site,
    ):
        assert set(site.send(*sent)) == {"queued"}
        assert texts(sandbox) == []
        site.run("django", "rqworker", "messenger", "--burst")
        assert texts(sandbox) == sent
    assert "Traceback" not in site.log.read_text()


def test_what_the_guide_leans_on_is_there() -> None:
    assert {"wake", "go_on", "check"} <= set(vars(Dispatcher))
    assert "send" in vars(Backend)
    package = ROOT / "joinchat_django"
    assert "NAMES" in (package / "delivery/dispatchers/names.py").read_text()
    assert len((package / "backends/console.py").read_text().splitlines()) < 30
    assert (ROOT / "tests/delivery/dispatchers").is_dir()
    assert (ROOT / "tests/backends").is_dir()


@pytest.mark.parametrize("one", [one for one in BLOCKS if one.language == "python"], ids=str)
def test_python_is_written_as_ruff_formats_it(one: Block) -> None:
    if not find_spec("ruff"):
        pytest.skip("This test needs ruff: pip install -e '.[dev]'.")
    if not one.code.lstrip().startswith('"'):  # two lines of a dictionary are no Python alone
        command = [sys.executable, "-m", "ruff", "format", "--check", "--stdin-filename", "x.py"]
        ran = subprocess.run([*command, "-"], input=one.code, cwd=ROOT, text=True, check=False)
        assert ran.returncode == 0
