"""The programs that the README's shell blocks call, and what their own parsers say of a call."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from packaging.requirements import Requirement

from tests.programs import require_packages

from .blocks import ROOT, block

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def calls(code: str) -> Iterator[tuple[list[str], Path]]:
    """Yield the calls of a shell block, each with the folder that it is made in."""
    folder = ROOT
    for line in code.replace("\\\n", "").splitlines():
        for part in line.split(" && "):
            words = shlex.split(part, comments=True)
            if words[0] == "cd" and not words[1].startswith("/"):
                folder /= words[1]
                assert folder.is_dir()
            elif words[0] != "cd":
                yield words, folder


def check(words: list[str], folder: Path) -> None:
    """Have the program's own parser read a call. Raises for a program that nobody knows here."""
    program, *arguments = words
    CHECKS[program.removeprefix(".venv/bin/")](arguments, folder)


def of_django(arguments: list[str]) -> None:
    """Read the name of a management command and its arguments. Raises ``CommandError``."""
    name, *rest = arguments
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(rest)


def _python(arguments: list[str], folder: Path) -> None:
    if arguments[:2] == ["-m", "django"]:
        of_django(arguments[2:])
    elif arguments[:2] == ["-m", "tests.benchmarks"]:
        options = import_module("tests.benchmarks.__main__").parser().parse_args(arguments[2:])
        assert set(options.names) <= {path.stem for path in (ROOT / "tests/benchmarks").iterdir()}
    elif arguments[0] == "-m":
        assert arguments == ["-m", "venv", ".venv"]
    elif arguments[0] == "manage.py":
        of_django(arguments[1:])
    else:
        script, name = arguments
        commands = (folder / script).parent / "shop/management/commands"
        assert (commands / f"{name}.py").is_file()


def _pip(arguments: list[str], folder: Path) -> None:
    install, *rest = arguments
    assert install == "install"
    create_command = import_module("pip._internal.commands").create_command
    options, named = create_command(install).parser.parse_args(rest)
    for requirement in map(Requirement, named):
        known = [PROJECT["name"], *_packages_of_extras(), "celery", "django-tasks-db"]
        assert requirement.name in known
    for place in options.editables:
        match = re.fullmatch(r"\.\[(.+)\]", place)
        assert match
        assert set(match[1].split(",")) <= set(PROJECT["optional-dependencies"])


def _packages_of_extras() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(one).name for extra in extras for one in extra]


def _celery(arguments: list[str], folder: Path) -> None:
    require_packages("celery")
    from celery.bin.celery import celery
    from click import Context

    group = celery.make_parser(Context(celery))
    group.allow_interspersed_args = False  # as click does for a group: a command's are its own
    _options, [name, *rest], _order = group.parse_args(list(arguments))
    command = celery.commands[name]
    command.make_parser(Context(command)).parse_args(rest)


def _coverage(arguments: list[str], folder: Path) -> None:
    # Only who checks the code has it.
    commands = pytest.importorskip("coverage.cmdline").COMMANDS
    name, *rest = arguments
    is_right, _options, _rest = commands[name].parse_args_ok(rest)
    assert is_right


def _pre_commit(arguments: list[str], folder: Path) -> None:
    assert arguments == ["install"]
    assert (folder / ".pre-commit-config.yaml").is_file()


def _pytest(arguments: list[str], folder: Path) -> None:
    assert arguments == []


def _bash(arguments: list[str], folder: Path) -> None:
    [script] = arguments
    assert (folder / script).is_file()


def _export(arguments: list[str], folder: Path) -> None:
    """What the README's settings read of the environment."""
    [assignment] = arguments
    name, _equals, value = assignment.partition("=")
    assert value
    assert f'os.environ["{name}"]' in block("python", "JOINCHAT = {")


def _curl(arguments: list[str], folder: Path) -> None:
    """A test runs each of these."""


CHECKS: dict[str, Callable[[list[str], Path], None]] = {
    "bash": _bash,
    "celery": _celery,
    "coverage": _coverage,
    "curl": _curl,
    "export": _export,
    "pip": _pip,
    "pre-commit": _pre_commit,
    "pytest": _pytest,
    "python": _python,
    "python3": _python,
}
