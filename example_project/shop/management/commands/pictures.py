"""``manage.py pictures``: the README's pictures, taken of a demonstration as it runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shop.demo.setting_up import ADMIN, CUSTOMER

FOLDER = settings.BASE_DIR / "pictures"

_SERVING = re.compile(r"The (shop|JoinChat sandbox) listens on (http://[^\s/]+)/")


class Command(BaseCommand):
    """Starts ``manage.py demo`` with a database of its own and walks through it with Chromium."""

    help = (
        "Take the README's pictures of a running demonstration. Needs Chromium, and Playwright "
        "(pip install playwright)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--folder", type=Path, default=FOLDER, help="where to put them")
        parser.add_argument("--chromium", default="", help="its path, unless it is on PATH")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take them all, one after the other."""
        try:
            from shop.demo.pictures import Photographer
        except ImportError as error:
            raise CommandError(f"{error}. Install it with: pip install playwright") from error
        options["folder"].mkdir(parents=True, exist_ok=True)
        with (
            demonstration() as (shop, sandbox),
            Photographer(shop, sandbox, options["folder"], options["chromium"]) as photographer,
        ):
            for path in photographer.take_all(CUSTOMER, ADMIN):
                self.stdout.write(str(path))


@contextmanager
def demonstration() -> Iterator[tuple[str, str]]:
    """Run ``manage.py demo`` beside this process, and give the shop's address and the sandbox's."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(  # noqa: S603  # this very command's interpreter and manage.py
            [sys.executable, sys.argv[0], "demo", "--port=0", "--sandbox-port=0"],
            env={
                **os.environ,
                "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
                "PYTHONIOENCODING": "utf-8",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        said, found = [], {}
        try:
            for line in process.stdout or ():
                said.append(line)
                if match := _SERVING.search(line):
                    found[match[1]] = match[2]
                if "Ctrl-C" in line:
                    break
            else:
                raise CommandError("The demonstration has ended:\n" + "".join(said))
            yield found["shop"], found["JoinChat sandbox"]
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
