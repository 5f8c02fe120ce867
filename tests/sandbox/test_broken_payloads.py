"""Requests made by Hypothesis: valid ones are accepted, and a fault is named by its place."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from joinchat_django.sandbox.contract import NotAnObject, check_address, read_body

from .contract_grammar import MESSAGES, broken, requests_of
from .examples import PAGE_ID
from .payloads import changed, places, reasons

KINDS = list(MESSAGES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
few = settings(
    deadline=None,
    max_examples=2,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
many = settings(few, max_examples=60)


def each_fault_is_named(kind: str, payload: dict[str, Any]) -> None:
    for path, faulty in broken(kind, payload):
        found = reasons(faulty)
        assert found, f"{path or 'the body'} was let pass"
        assert found[0].startswith(f"{path or 'the body'}:"), (path, found)
        # What else is said is a consequence for what encloses the place.
        assert all(path.startswith(reason.split(":")[0]) for reason in found[1:]), (path, found)
        json.dumps(found).encode("ascii")
        assert all(len(reason) < 2000 for reason in found)


def arrives_as_it_was_sent(payload: dict[str, Any]) -> None:
    for ascii_only in (True, False):
        body = json.dumps(payload, ensure_ascii=ascii_only).encode()
        assert read_body(body) == payload


def is_judged_rightly(kind: str, data: st.DataObject) -> None:
    payload = data.draw(requests_of(kind))
    assert reasons(payload) == []
    arrives_as_it_was_sent(payload)
    each_fault_is_named(kind, payload)


@pytest.mark.parametrize("kind", KINDS)
@few
@given(data=st.data())
def test_a_valid_request_is_accepted_and_a_fault_in_any_place_is_named(
    kind: str, data: st.DataObject
) -> None:
    is_judged_rightly(kind, data)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
@many
@given(data=st.data())
def test_many_valid_requests_are_accepted_and_their_faults_named(
    kind: str, data: st.DataObject
) -> None:
    is_judged_rightly(kind, data)


@pytest.mark.thorough
@settings(few, max_examples=200)
@given(
    payload=st.sampled_from(KINDS).flatmap(requests_of), anything=JSON, number=st.integers(0, 99)
)
def test_anything_in_any_place_is_judged_and_never_raises(
    payload: dict[str, Any], anything: Any, number: int
) -> None:
    paths = [path for path, _value in places(payload)]
    spoilt = changed(payload, paths[number % len(paths)], anything)
    json.dumps(reasons(spoilt)).encode("ascii")
    check_address(spoilt, page_id=PAGE_ID)
    assert reasons(anything)


@pytest.mark.thorough
@settings(few, max_examples=200)
@given(body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_object_or_are_refused(body: bytes) -> None:
    with contextlib.suppress(NotAnObject):
        assert isinstance(read_body(body), dict)
