"""The house has floors; a module imports only from those under it, and from its own."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import joinchat_django
from tests.readme.programs import PROJECT

ROOT = Path(joinchat_django.__file__).parent

FLOORS = {
    "api": 1,
    "forced_backend": 1,
    "conf": 2,
    "backends": 2,
    "models": 2,
    "rendering": 2,
    "preview": 2,
    "signals": 2,
    "wording": 2,
    "migrations": 2,
    "outbox": 3,
    "delivery": 3,
    "broadcasts": 3,
    "linking": 3,
    "retention": 3,
    "data_requests": 3,
    "triggers": 4,
    "views": 4,
    "urls": 4,
    "templatetags": 4,
    "admin": 4,
    "management": 4,
    "checks": 4,
    "security_checks": 4,
    "apps": 4,
    "jinja": 4,
    "test": 5,
    "pytest_plugin": 5,
}
#: What stands beside the house, and the only rooms of it that it may use.
BESIDE = {"sandbox": {"preview", "api.signing"}}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield name.removesuffix(".__init__"), ast.parse(path.read_text())


def imports_of(module: str, tree: ast.Module) -> Iterator[str]:
    """Yield the package's own modules that one imports, such as ``api.signing``."""
    is_package = (ROOT / Path(*module.split(".")) / "__init__.py").exists()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = ["joinchat_django", *module.split(".")]
            parts = parts[: len(parts) - node.level + is_package] if node.level else []
            base = ".".join([*parts, *filter(None, [node.module])])
            found = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (
            name.removeprefix("joinchat_django.")
            for name in found
            if name.startswith("joinchat_django.")
        )


ARROWS = [
    (module, imported)
    for module, tree in modules()
    if module and module != "__init__"
    for imported in imports_of(module, tree)
]


def room(module: str) -> str:
    return module.split(".")[0]


def test_every_room_has_a_floor() -> None:
    rooms = {room(module) for module, _tree in modules()} - {"__init__", ""}
    assert rooms == {*FLOORS, *BESIDE}


def test_modules_import_only_from_the_floors_under_them() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, imported in ARROWS
        if room(module) in FLOORS
        and room(imported) in FLOORS
        and FLOORS[room(imported)] > FLOORS[room(module)]
    ]
    assert not wrong


def test_rooms_form_no_circle() -> None:
    arrows = {(room(a), room(b)) for a, b in ARROWS if room(a) != room(b)}
    reached = set(arrows)
    while more := {(a, d) for a, b in reached for c, d in arrows if b == c} - reached:
        reached |= more
    assert not [pair for pair in reached if pair[0] == pair[1]]


def foreign(tree: ast.Module) -> Iterator[str]:
    """Yield the packages that a module imports by name, those of Python itself among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_the_api_knows_no_django_and_nothing_that_is_not_installed_with_it() -> None:
    trees = [tree for module, tree in modules() if room(module) == "api"]
    names = {name for tree in trees for name in foreign(tree)} - sys.stdlib_module_names
    assert not names & {"django", "asgiref"}
    declared = {re.split(r"[<>=\[]", one)[0] for one in PROJECT["dependencies"]}
    assert names <= declared
    assert not [b for a, b in ARROWS if room(a) == "api" and room(b) != "api"]


@pytest.mark.parametrize("outsider", BESIDE)
def test_the_sandbox_reads_the_contract_for_itself(outsider: str) -> None:
    allowed = BESIDE[outsider]
    wrong = [
        imported
        for module, imported in ARROWS
        if room(module) == outsider
        and room(imported) != outsider
        and not any(imported == a or imported.startswith(f"{a}.") for a in allowed)
    ]
    assert not wrong
    # Nobody in the house builds on the sandbox but the command that starts it, and nobody on what
    # is for the tests of sites.
    users = {a for a, b in ARROWS if room(b) == outsider and room(a) != outsider}
    assert {room(user) for user in users} <= {"management", "test", "pytest_plugin"}


def test_only_delivery_calls_a_backend_and_only_the_outbox_writes_new_rows() -> None:
    callers = {a for a, b in ARROWS if b.endswith("get_backend") and room(a) != "backends"}
    assert {room(caller) for caller in callers} == {"delivery"}
    for module, tree in modules():
        if room(module) in ("outbox", "migrations"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                written = ast.unparse(node.func)
                assert written != "OutboxMessage", module
                assert not (
                    "OutboxMessage" in written and written.endswith(("create", "bulk_create"))
                ), module


def test_settings_go_through_conf_alone() -> None:
    for module, tree in modules():
        if room(module) == "conf":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "settings":
                assert not node.attr.startswith("JOINCHAT"), module
