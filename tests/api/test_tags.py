"""Message tags: the 17 of JoinChat's page, and those that a site allows besides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from typing import Any

import pytest

from joinchat_django.api import Envelope, InvalidMessage, MessageTag, Recipient, Text
from joinchat_django.api.tags import purpose_of
from tests.sandbox.contract_grammar import TAGS

EXTRA = ["HUMAN_AGENT", "POST_PURCHASE_UPDATE"]
each = pytest.mark.parametrize


def sealed(tag: Any, extra_tags: Sequence[str] = ()) -> Envelope:
    return Envelope.seal(Recipient(uuid="1"), Text("x"), tag=tag, extra_tags=extra_tags)


def sent_tag(tag: Any, extra_tags: Sequence[str] = ()) -> Any:
    """The tag as it stands in the request's body."""
    return json.loads(sealed(tag, extra_tags).body(1)).get("tag", "none")


def test_there_are_the_seventeen_tags_of_the_page() -> None:
    assert len(TAGS) == 17
    assert sorted(tag.value for tag in MessageTag) == sorted(TAGS)
    assert all(tag.name == tag.value == str(tag) for tag in MessageTag)


@each("tag", TAGS)
def test_a_tag_goes_out_as_its_word(tag: str) -> None:
    assert sent_tag(tag) == tag
    assert sent_tag(MessageTag(tag)) == tag
    assert sent_tag(MessageTag[tag]) == tag


@each("tag", TAGS)
def test_a_tag_says_what_messenger_permits_it_for(tag: str) -> None:
    purpose = MessageTag(tag).purpose
    assert purpose[0].isupper()
    assert purpose.count(".") == 1  # One sentence.
    assert purpose.endswith(".")
    assert purpose_of(tag) == purpose_of(MessageTag(tag)) == purpose


def test_no_two_tags_are_for_the_same() -> None:
    assert len({tag.purpose for tag in MessageTag}) == 17


@each("tag", ["", *EXTRA, "account_update"])
def test_of_any_other_word_no_purpose_is_known(tag: str) -> None:
    assert purpose_of(tag) == ""


def test_no_tag_is_no_field() -> None:
    assert sent_tag(None) == "none"


@each("tag", EXTRA)
def test_a_further_tag_goes_out_where_the_site_allows_it(tag: str) -> None:
    assert sent_tag(tag, EXTRA) == tag
    with pytest.raises(InvalidMessage, match="tag: must be a tag"):
        sent_tag(tag)


def test_a_member_of_a_sites_own_enumeration_is_its_word() -> None:
    class SiteTag(str, Enum):
        HUMAN_AGENT = "HUMAN_AGENT"

    envelope = sealed(SiteTag.HUMAN_AGENT, EXTRA)
    assert type(envelope.tag) is str
    assert envelope.tag == "HUMAN_AGENT"


@each("tag", ["", "account_update", "ACCOUNT_UPDATE ", "A", 5, True, ["ACCOUNT_UPDATE"], "\ud800"])
def test_any_other_tag_is_refused(tag: object) -> None:
    with pytest.raises(InvalidMessage) as refused:
        sent_tag(tag, EXTRA)
    assert [problem.path for problem in refused.value.problems] == ["tag"]
    assert str(refused.value).encode()


def test_a_slip_is_answered_with_the_tag_that_may_be_meant() -> None:
    with pytest.raises(InvalidMessage, match="did you mean 'SHIPPING_UPDATE'"):
        sent_tag("SHIPING_UPDATE")
    with pytest.raises(InvalidMessage, match="did you mean 'HUMAN_AGENT'"):
        sent_tag("HUMAN_AGENTS", EXTRA)
