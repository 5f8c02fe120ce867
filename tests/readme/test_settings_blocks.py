"""The README's settings, each block in a site of its own, which Django checks."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType
from typing import Any

import django
import pytest
from django.core.management import load_command_class
from django.urls import reverse

from joinchat_django.sandbox import SandboxServer
from tests.programs import require_packages

from .blocks import ROOT, Block, block, every

#: A site; the block comes on top of it, and adds to the lists that are there.
SITE = """
import json, sys
import django
from django.conf import settings
from django.core.checks import run_checks

site = {
    "INSTALLED_APPS": [
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
        "joinchat_django",
    ],
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "JOINCHAT": {"default": {"PAGE_ID": 1, "API_SECRET": "s"}},
}
block = {}
exec(sys.stdin.read(), block)
if "joinchat_django" in block.get("INSTALLED_APPS", []):
    site["INSTALLED_APPS"].remove("joinchat_django")
for name, value in block.items():
    if name.isupper():
        site[name] = site.get(name, []) + value if name == "INSTALLED_APPS" else value
settings.configure(**site)
django.setup()
print(json.dumps([message.id for message in run_checks()]))
"""

#: The package that a block needs, by words that it has.
NEEDED = {"from csp.": "csp", "CELERY_BEAT": "celery", "django_tasks_db": "django_tasks_db"}
#: What Django says of a block alone: Celery's app stands in another file of the site.
SAID = {"CELERY_BEAT": "joinchat.W003"}


def checks(source: str) -> Any:
    """Return the ids of what Django finds in a site with these settings."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-X", "utf8", "-c", SITE],
        input=source,
        cwd=ROOT,
        env={"JOINCHAT_API_SECRET": "the-secret", "PATH": ""},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.parametrize("one", every("python", "# settings.py"), ids=str)
def test_a_site_that_has_them_passes_its_checks(one: Block) -> None:
    if "django.utils.csp" in one.code and django.VERSION < (6,):
        pytest.skip("Django 6 has policies of its own.")
    require_packages(*(package for words, package in NEEDED.items() if words in one.code))
    assert checks(one.code) == [check for words, check in SAID.items() if words in one.code]


def test_a_mistake_would_be_found() -> None:
    mistaken = block("python", "JOINCHAT_TEMPLATES").replace("USER_LANGUAGE", "USER_LANGUAGES")
    assert checks(mistaken) == ["joinchat.E005"]


def test_the_beat_sends_the_task_to_the_queue_that_the_setting_names() -> None:
    require_packages("celery")
    from joinchat_django.delivery.dispatchers.celery import deliver_due_task

    found: dict[str, Any] = {}
    exec(block("python", "CELERY_BEAT_SCHEDULE"), found)
    [entry] = found["CELERY_BEAT_SCHEDULE"].values()
    assert entry["task"] == deliver_due_task.name
    queue = found["JOINCHAT_DELIVERY"]["TASK_QUEUE"]
    assert entry["options"] == {"queue": queue}
    assert f"--queues {queue}\n" in block("sh", "celery -A")
    assert f"--queue-name {queue}\n" in block("sh", "db_worker")


def test_the_sandboxs_two_lines_are_where_it_listens() -> None:
    bot = eval("{" + block("python", '"API_URL": "http') + "}")
    parser = load_command_class("joinchat_django", "joinchat_sandbox").create_parser("", "")
    usual = parser.parse_args([])
    with SandboxServer(page_id=1, api_secret="s") as sandbox:  # on a free port
        there = {"API_URL": sandbox.api_url, "SDK_URL": sandbox.sdk_url}
        free = sandbox.url
    assert bot == {
        name: url.replace(free, f"http://{usual.host}:{usual.port}") for name, url in there.items()
    }


def test_the_addresses_are_mounted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = ModuleType("urls_of_the_readme")
    exec(block("python", "# urls.py"), vars(urls))
    monkeypatch.setitem(sys.modules, urls.__name__, urls)
    settings.ROOT_URLCONF = urls.__name__
    assert reverse("joinchat:save-uuid") == "/joinchat/save-uuid"
