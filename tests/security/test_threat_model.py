"""Each line of the README's threat model is proved by tests that are really there."""

from __future__ import annotations

import re

import pytest

from tests.readme.blocks import section
from tests.scripts import run_python
from tests.waiting import PATIENCE

from .proofs import PROOFS

SECTION = section("## Security")
#: The first words of each line, which stand in bold.
THREATS = re.findall(r"^\| \*\*(.+?)\*\*", SECTION, re.MULTILINE)
#: The checks that the section names.
CHECKS_TOLD = set(re.findall(r"\bW0\d\d\b", SECTION))


def proofs_of(threat: str) -> list[str]:
    """Return the proofs of a line as pytest names them."""
    return [f"tests/{file}::{name}" for file, names in PROOFS[threat].items() for name in names]


def test_every_line_has_its_proofs_and_every_proof_its_line() -> None:
    assert len(THREATS) > 10
    assert list(PROOFS) == THREATS
    assert all(proofs_of(threat) for threat in THREATS)


def test_every_check_that_is_told_of_has_a_test_of_its_own() -> None:
    assert {"W001", "W004", "W006", "W007", "W008", "W009", "W010"} == CHECKS_TOLD
    proved = " ".join(proof for threat in PROOFS for proof in proofs_of(threat)).upper()
    assert all(check in proved for check in CHECKS_TOLD)


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """The tests that pytest itself finds in the files of the proofs, without parameters."""
    files = sorted({file for proofs in PROOFS.values() for file in proofs})
    options = ["--collect-only", "-q", "-p", "no:cacheprovider"]
    paths = [f"tests/{file}" for file in files]
    found = run_python("-m", "pytest", *options, *paths, timeout=2 * PATIENCE)
    return {line.partition("[")[0] for line in found.splitlines() if "::" in line}


@pytest.mark.processes
@pytest.mark.parametrize("threat", PROOFS)
def test_each_line_is_proved_by_tests_that_are_there(threat: str, collected: set[str]) -> None:
    assert set(proofs_of(threat)) <= collected
