"""No block of the README's code slips through: each is taken by a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from .blocks import BLOCKS, ROOT, Block, block, every

TAKE = {block.__name__, every.__name__}


def claims() -> Iterator[tuple[str, list[str]]]:
    """Yield what the suite takes of the README: for each call in it a file, and what it takes."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        source = path.read_text("utf-8")
        if "readme.blocks" not in source and path.parent.name != "readme":
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in TAKE:
                arguments = [one.value for one in node.args if isinstance(one, ast.Constant)]
                if node.args and len(arguments) == len(node.args):
                    yield str(path.relative_to(ROOT)), [str(one) for one in arguments]


CLAIMS = list(claims())
CLAIMED = {one for _file, arguments in CLAIMS for one in every(*arguments)}


@pytest.mark.parametrize("one", BLOCKS, ids=str)
def test_a_test_claims_the_block(one: Block) -> None:
    assert one in CLAIMED


@pytest.mark.parametrize(("file", "arguments"), CLAIMS)
def test_no_claim_is_of_a_block_that_is_gone(file: str, arguments: list[str]) -> None:
    assert every(*arguments)
