"""Type checkers, and what they report of a site beside an installed package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.programs import require_packages

#: What is said of a place: a file, by its path inside the site, and a line.
Report = dict[tuple[str, int], str]


@dataclass(frozen=True)
class Site:
    """A site's folder, and the folder that this package is installed in."""

    folder: Path
    installed: Path


def pyright(site: Site) -> Report:
    """Pyright at its strictest, which ``pyrightconfig.json`` asks for."""
    require_packages("basedpyright")
    # django-stubs take Self from typing, where Python 3.10 has none.
    python = ["--pythonpath", sys.executable, "--pythonversion", "3.12"]
    program = ["basedpyright", "--project", ".", *python, "--outputjson"]
    return _by_place(
        (
            str(Path(one["file"]).relative_to(site.folder)),
            one["range"]["start"]["line"] + 1,
            one["message"],
        )
        for one in json.loads(_run(program, site))["generalDiagnostics"]
    )


def mypy(site: Site) -> Report:
    """mypy as it comes: of Django it knows what django-stubs declare."""
    return _mypy(site, "--config-file=", "--strict", ".")


def mypy_with_plug_in(site: Site, files: str = ".") -> Report:
    """mypy with the plug-in of django-stubs, as ``mypy.ini`` asks for."""
    return _mypy(site, "--config-file=mypy.ini", files)


CHECKERS: list[Callable[[Site], Report]] = [pyright, mypy, mypy_with_plug_in]


def _mypy(site: Site, *options: str) -> Report:
    require_packages("mypy")
    found = map(json.loads, _run(["mypy", "--output=json", *options], site).splitlines())
    return _by_place(
        (one["file"], one["line"], one["message"]) for one in found if one["severity"] == "error"
    )


def _run(program: list[str], site: Site) -> str:
    """Run a checker in the site's folder, and return what it prints."""
    require_packages("mypy_django_plugin")  # django-stubs bring it.
    done = subprocess.run(
        [sys.executable, "-m", *program],
        cwd=site.folder,
        env={**os.environ, "PYTHONPATH": f"{site.installed}:{site.folder}"},
        capture_output=True,
        text=True,
        check=False,
    )
    # 1 says that there is something to report.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def _by_place(found: Iterable[tuple[str, int, str]]) -> Report:
    words: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for file, line, message in found:
        words[file, line].append(message)
    return {place: "\n".join(messages) for place, messages in words.items()}
