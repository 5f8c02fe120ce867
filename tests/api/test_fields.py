"""What every field of every message may hold, by a table of the contract's fields."""

from __future__ import annotations

import pytest

from joinchat_django.api import InvalidMessage, Text, message_from_dict

from .examples import FULL_JSON
from .fields import (
    CHOICE,
    FIELDS,
    FLAG,
    LIST,
    NUMBER,
    OBJECT,
    PAYLOAD,
    TEXT,
    Field,
    changed,
    fields,
    first_item,
    items,
    problems_of,
    rebuilt,
    without,
)

NO_TEXT: list[object] = [5, 1.5, True, [], ["x"], {}, b"x"]
WRONG: dict[str, list[object]] = {
    TEXT: NO_TEXT,
    CHOICE: [*NO_TEXT, "", "TALL", "other"],
    FLAG: [0, 1, 1.0, "true", "", [], {}],
    NUMBER: ["5", "", True, False, [], {}, float("nan"), float("inf"), float("-inf")],
    LIST: [5, True, "ab", {}, {"title": "x"}],
    OBJECT: [5, True, "ab", []],
    PAYLOAD: [5, True, []],
}
# The timestamp and the country have forms of their own.
FREE_TEXTS = [f for f in fields(TEXT, PAYLOAD) if f.name not in ("timestamp", "country")]
each = pytest.mark.parametrize


def assert_refused(field: Field, value: object, *words: str) -> None:
    """Both doors, JSON and constructor, refuse a value; the error names the field."""
    problem = problems_of(changed(field, value))[field.path]
    with pytest.raises(InvalidMessage) as refused:
        rebuilt(field, value)
    assert field.name in [problem.path for problem in refused.value.problems]
    for word in words:
        assert word in problem
        assert word in str(refused.value)


def assert_accepted(field: Field, value: object) -> None:
    data = changed(field, value)
    assert message_from_dict(data).to_dict() == data
    assert getattr(rebuilt(field, value), field.name) == value


def test_the_table_of_fields_names_every_field_of_every_message() -> None:
    def leaves(value: object, path: str) -> set[str]:
        if isinstance(value, dict):
            members = [leaves(member, f"{path}.{key}") for key, member in value.items()]
            return {path, *set().union(*members)}
        if isinstance(value, list):
            return {path, *leaves(value[0], f"{path}[0]"), *leaves(value[-1], f"{path}[0]")}
        return {path}

    def generic(message: str, path: str) -> str:
        plain = path.replace("[1]", "[0]")
        return f"{message}:{plain}"

    wanted = {
        generic(kind, path[1:])
        for kind, data in FULL_JSON.items()
        for path in leaves(data, "")
        if path and not path.endswith(("type", "]"))
    }
    assert wanted == {generic(field.message, field.path) for field in FIELDS}


@each("field", fields(required=True), ids=str)
def test_a_required_field_is_required(field: Field) -> None:
    assert "is required" in problems_of(without(field))[field.path]
    assert field.path in problems_of(changed(field, None))
    with pytest.raises(InvalidMessage, match=f"{field.name}: is required"):
        rebuilt(field, None)


@each("field", fields(required=False), ids=str)
def test_an_optional_field_may_be_left_out_but_is_never_null_in_json(field: Field) -> None:
    data = without(field)
    assert message_from_dict(data).to_dict() == data
    assert field.path in problems_of(changed(field, None))
    nothing = () if field.kind == LIST else None
    assert field.name not in rebuilt(field, nothing).to_dict()


@each("field", FIELDS, ids=str)
def test_a_field_takes_no_value_of_another_type(field: Field) -> None:
    for value in WRONG[field.kind]:
        assert_refused(field, value)


@each("field", [f for f in fields(TEXT) if f.most], ids=str)
@each("letter", ["x", "汉", "😀"])
def test_a_text_is_limited_in_code_points(field: Field, letter: str) -> None:
    assert field.most
    assert_accepted(field, letter * field.most)
    assert_refused(field, letter * (field.most + 1), str(field.most), str(field.most + 1))


@each("field", [f for f in FREE_TEXTS if not f.most], ids=str)
def test_a_text_without_a_limit_in_the_contract_has_none(field: Field) -> None:
    assert_accepted(field, "汉" * 5000)


@each("field", FREE_TEXTS, ids=str)
def test_an_empty_text_will_do_only_where_none_is_needed(field: Field) -> None:
    if field.required:
        assert_refused(field, "", "must not be empty")
    else:
        assert_accepted(field, "")


@each("field", fields(TEXT, PAYLOAD), ids=str)
@each(("value", "word"), [("a\0b", "NUL"), ("\0", "NUL"), ("a\ud83d", "surrogate")])
def test_nul_and_lone_surrogates_are_no_text(field: Field, value: str, word: str) -> None:
    assert_refused(field, value, word)
    problem = problems_of(changed(field, value))[field.path]
    assert problem.encode()
    assert "\0" not in problem


@each("field", fields(LIST), ids=str)
def test_a_list_has_as_many_items_as_the_contract_allows(field: Field) -> None:
    some = field.most or 500
    for count in {field.least, some}:
        message = message_from_dict(changed(field, items(field, count)))
        assert message == message_from_dict(message.to_dict())
    wrong = [field.least - 1] if field.least else []
    for count in [*wrong, field.most + 1] if field.most else []:
        problem = problems_of(changed(field, items(field, count)))[field.path]
        assert str(field.most) in problem
        assert problem.endswith(f"found {count}")
    if field.most:
        found = problems_of(changed(field, [5, *items(field, field.most)]))
        assert list(found) == [f"{field.path}[0]", field.path]


@each("field", fields(LIST), ids=str)
def test_an_item_of_another_kind_is_named_by_its_index(field: Field) -> None:
    item = items(field, 1)[0]
    assert f"{field.path}[1]" in problems_of(changed(field, [item, 5]))
    with pytest.raises(InvalidMessage, match=rf"{field.name}\[1\]: must be a "):
        rebuilt(field, [first_item(field), Text("not an item")])


@each("field", fields(CHOICE), ids=str)
def test_a_choice_takes_each_of_its_words(field: Field) -> None:
    for word in field.words:
        assert_accepted(field, word)
    assert_refused(field, "other", ", ".join(field.words), "'other'")


def test_a_timestamp_is_seconds_as_digits() -> None:
    field = next(f for f in FIELDS if f.name == "timestamp")
    assert_accepted(field, "0")
    assert_accepted(field, "1428444852")
    for value in ("", "1.5", "-1", "2015-04-07", "१२"):
        assert_refused(field, value)
