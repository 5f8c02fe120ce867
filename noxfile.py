"""The suite on every pair of Python and Django, and on the lowest versions.

``nox`` runs them all and ``nox --list`` names them; to run one of them,
``nox -s "suite(python='3.12', django='6.0')"``. What follows ``--`` goes to pytest, in the place of
:data:`LEAN`. A Python that is not on this machine is skipped and named.
"""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False

#: The Pythons that a series of Django supports, among ours.
PYTHONS = {
    "5.2": ["3.10", "3.11", "3.12", "3.13"],
    "6.0": ["3.12", "3.13"],
    "6.1": ["3.12", "3.13"],
}
PAIRS = [(python, django) for django, pythons in PYTHONS.items() for python in pythons]

#: What is quick, and differs from pair to pair: no browser, no processes that are killed, and no
#: type checkers.
LEAN = ("-m", "not processes and not thorough", "--ignore=tests/browser")

EXTRAS = ("test", "test-services")


@nox.session
@nox.parametrize(("python", "django"), PAIRS)
def suite(session: nox.Session, django: str) -> None:
    """Run the suite on a pair, with the newest versions of everything else."""
    session.install("-e", f".[{','.join(EXTRAS)}]", f"Django=={django}.*")
    test(session)


@nox.session(python=PYTHONS["5.2"][0])
def lowest(session: nox.Session) -> None:
    """Run the suite on the lowest versions that ``pyproject.toml`` allows of what it names."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    named = [*project["dependencies"]]
    for extra in EXTRAS:
        named += project["optional-dependencies"][extra]
    session.install("-e", ".", *(requirement.replace(">=", "==") for requirement in named))
    test(session)


def test(session: nox.Session) -> None:
    """Run pytest, and tell what it runs on."""
    session.run("python", "-c", "import sys, django; print(sys.version, django.__version__)")
    session.run("pytest", *(session.posargs or LEAN))
