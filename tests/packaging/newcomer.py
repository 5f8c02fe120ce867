"""A newcomer: an empty environment, a new site, and the README, which is followed to the letter."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.readme.blocks import section
from tests.waiting import PATIENCE

from .distributions import Distributions

#: Seconds that an installation may take, which fetches Django.
INSTALLATION = 300


@dataclass(frozen=True)
class Step:
    """A block of code of the README, and what is said before it."""

    said: str
    language: str
    code: str


def steps(heading: str) -> list[Step]:
    """Return what a section of the README has one do, in its order."""
    blocks = re.findall(r"(.*?)```(\w+)\n(.*?)```", section(heading), re.DOTALL)
    return [Step(" ".join(said.split()), language, code) for said, language, code in blocks]


def canonical(name: str) -> str:
    """Return the name of a package as every spelling of it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


class Newcomer:
    """Works in a folder, in which an environment is made that has nothing but pip."""

    def __init__(self, folder: Path, distributions: Distributions) -> None:
        self.site = folder / "site"
        self.log = folder / "servers.log"
        self._programs = folder / "environment" / "bin"
        constraints = folder / "constraints.txt"
        # pip install joinchat-django takes our wheel, whatever else there is of that name.
        constraints.write_text(f"joinchat-django @ {distributions.wheel.as_uri()}\n")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DJANGO_", "JOINCHAT_", "PYTEST_", "PYTHON"))
        }
        self.environment = {
            **kept,
            "HOME": str(folder),
            "PATH": os.pathsep.join([str(self._programs), os.environ["PATH"]]),
            "PIP_CONSTRAINT": str(constraints),
        }
        self.site.mkdir()
        self.run(f"{sys.executable} -m venv {self._programs.parent}")

    def run(self, command: str, *arguments: str, **environment: str) -> str:
        """Run a script of the shell, whose last command gets arguments; return what it prints."""
        ran = subprocess.run(
            ["sh", "-ec", f'{command.rstrip()} "$@"', "sh", *arguments],
            cwd=self.site,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=INSTALLATION,
            check=False,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    @contextlib.contextmanager
    def running(self, command: str) -> Iterator[None]:
        """Run a server meanwhile."""
        with self.log.open("a") as log:
            server = subprocess.Popen(
                command.split(), cwd=self.site, env=self.environment, stdout=log, stderr=log
            )
        try:
            yield
        finally:
            server.terminate()
            server.wait(PATIENCE)

    def python(self, code: str) -> Any:
        """Run code in the site's shell, and return what it prints last, as JSON."""
        return json.loads(self.run("python manage.py shell -c", code).splitlines()[-1])

    def packages(self) -> dict[str, dict[str, Any]]:
        """Return the metadata of what is installed, by canonical name."""
        report = json.loads(self.run("python -m pip inspect --local", PYTHONWARNINGS=""))
        found = [package["metadata"] for package in report["installed"]]
        return {canonical(one["name"]): one for one in found}

    def do(self, step: Step) -> str:
        """Do what a block of the README says; return what it prints."""
        modules = self.site / "mysite"
        if step.language == "sh":
            self.environment |= dict(re.findall(r"^export (\w+)=(\S+)$", step.code, re.MULTILINE))
            return self.run(step.code)
        assert step.language == "python"
        if title := re.match(r"# (\w+\.py)\n", step.code):
            put(step.code, modules / title[1])
        else:
            assert "these two lines to the bot" in step.said
            put_into_the_bot(step.code, modules / "settings.py")
        return ""


def put(block: str, file: Path) -> None:
    """Put the statements of a block into a module of the site.

    Imports go to the module's others. ``# …`` in a list stands for what is there, and what follows
    it goes behind that. Everything else goes to the end.
    """
    for statement in ast.parse(block).body:
        text = _lines(block)[statement.lineno - 1 : statement.end_lineno]
        lines = _lines(file.read_text())
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            [first, *_] = _places(lines, ast.Import, ast.ImportFrom)
            lines[first.lineno - 1 : first.lineno - 1] = text
        elif [number for number, line in enumerate(text) if line.strip() == "# …"]:
            [there] = [one for one in _places(lines, ast.Assign) if _name(one) == _name(statement)]
            assert there.end_lineno
            lines[there.end_lineno - 1 : there.end_lineno - 1] = text[2:-1]
        else:
            lines += ["\n", *text]
        file.write_text("".join(lines))


def put_into_the_bot(block: str, settings: Path) -> None:
    """Add lines to the one bot that ``JOINCHAT`` has."""
    lines = _lines(settings.read_text())
    [bots] = [one for one in _places(lines, ast.Assign) if _name(one) == "JOINCHAT"]
    assert isinstance(bots, ast.Assign)
    assert isinstance(bots.value, ast.Dict)
    [bot] = bots.value.values
    assert bot.end_lineno
    lines[bot.end_lineno - 1 : bot.end_lineno - 1] = _lines(block)
    settings.write_text("".join(lines))


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _places(lines: list[str], *kinds: type[ast.stmt]) -> list[ast.stmt]:
    return [one for one in ast.parse("".join(lines)).body if isinstance(one, kinds)]


def _name(statement: ast.stmt) -> str:
    assert isinstance(statement, ast.Assign)
    [target] = statement.targets
    assert isinstance(target, ast.Name)
    return target.id
