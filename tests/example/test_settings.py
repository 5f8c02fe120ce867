"""The shop is configured by the environment and by a file ``.env``, and works without."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.example.project import PATIENCE, PROJECT, environment

SHOW = """
import json
from django.conf import settings
print(json.dumps([settings.JOINCHAT["default"], settings.DATABASES["default"]["NAME"]]))
"""


def show_settings(project: Path, folder: Path) -> tuple[dict[str, object], str]:
    """Return the bot and the database's name as the project's settings have them."""
    variables = environment(folder, DJANGO_SETTINGS_MODULE="example.settings")
    del variables["DATABASE_URL"], variables["DEBUG"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SHOW],
        cwd=project,
        env=variables,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=True,
    )
    bot, database = json.loads(done.stdout)
    return bot, database


def test_the_settings_come_from_the_env_file_beside_manage_py(tmp_path: Path) -> None:
    project = tmp_path / "a project #1"
    shutil.copytree(PROJECT / "example", project / "example")
    without = show_settings(project, tmp_path)
    shutil.copy(PROJECT / ".env.example", project / ".env")
    with_example = show_settings(project, tmp_path)
    (project / ".env").write_text(
        "JOINCHAT_PAGE_ID=77\n"
        "JOINCHAT_API_SECRET=\\$ecret\n"
        "JOINCHAT_SDK_URL=https://joinchat.ai/js/analytics/sdk/{key}.js\n"
        "DATABASE_URL=sqlite:////srv/shop.sqlite3\n",
        encoding="utf-8",
    )
    bot, database = show_settings(project, tmp_path)
    assert without == with_example
    assert without[0]["API_URL"] == "http://127.0.0.1:8765/api/send_message"
    assert without[1] == str(project / "db.sqlite3")
    assert (bot["PAGE_ID"], bot["API_SECRET"]) == (77, "$ecret")
    assert bot["SDK_URL"] == "https://joinchat.ai/js/analytics/sdk/{key}.js"
    assert database == "/srv/shop.sqlite3"


def test_the_example_env_file_names_every_variable() -> None:
    settings = (PROJECT / "example/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    assert read == named
