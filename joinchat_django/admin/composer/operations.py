"""What the form's buttons do to a message's body: add, remove, move, switch on, change the type."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from joinchat_django.api.rules import Characters
from joinchat_django.api.structures import Items, Nested, Structure, fields_of

from .places import parent_of, steps_of, value_at
from .showing import MOST_ITEMS, TYPES, kind_of_item


class Operation(NamedTuple):
    """A click on one of the buttons: what, in which panel, where and with which word."""

    verb: str
    panel: int
    path: str
    word: str

    @classmethod
    def parse(cls, text: str) -> Operation:
        """Read a button's value, such as ``add|0|elements[1].buttons|postback``."""
        verb, panel, path, word, *_more = [*text[:500].split("|"), "", "", ""]
        number = int(panel) if panel.isdecimal() and len(panel) < 4 else 0
        return cls(verb, number, path, word)


def perform(body: dict[str, Any], operation: Operation) -> tuple[dict[str, Any], str]:
    """Return the body after an operation, and the path of what to go on with.

    What the type does not declare, or what is not there, is left alone.
    """
    body = copy.deepcopy(body)
    verb, path = operation.verb, operation.path
    rule = _rule_at(body, path)
    if verb == "add" and isinstance(rule, Items):
        return body, _add(body, path, rule, operation.word)
    if verb in ("on", "off") and isinstance(rule, Nested):
        return body, _switch(body, path, rule, is_on=verb == "on")
    items = value_at(body, parent_of(path))
    if verb in ("remove", "up", "down") and path.endswith("]") and isinstance(items, list):
        index = int(steps_of(path)[-1])
        if index < len(items):
            return body, _move(items, index, verb, parent_of(path))
    return body, path


def _rule_at(body: dict[str, Any], path: str) -> Any:
    """Return the rule that the contract has for a field, None for no field."""
    kind: type[Structure] | None = TYPES.get(str(body.get("template_type")))
    rule: Any = None
    value: Any = body
    for step in steps_of(path):
        if isinstance(step, int):
            if not (isinstance(rule, Items) and isinstance(value, list) and step < len(value)):
                return None
            value = value[step]
            mark = value.get("type") if isinstance(value, dict) else None
            kind, rule = kind_of_item(rule, mark), None
        elif kind is None or step not in fields_of(kind):
            return None
        else:
            rule = fields_of(kind)[step].rule
            value = value.get(step) if isinstance(value, dict) else None
            kind = rule.kind if isinstance(rule, Nested) else None
    return rule


def _holder(body: dict[str, Any], path: str) -> tuple[Any, str]:
    """Return the object that holds a field, and the field's name."""
    return value_at(body, parent_of(path)), str(steps_of(path)[-1])


def _add(body: dict[str, Any], path: str, rule: Items, word: str) -> str:
    holder, name = _holder(body, path)
    if not isinstance(holder, dict):
        return path
    items = holder.setdefault(name, [])
    most = MOST_ITEMS if rule.most is None else rule.most
    if isinstance(items, list) and len(items) < most:
        kind = kind_of_item(rule, word)
        items.append(dict([kind.mark]) if kind.mark else {})
        return f"{path}[{len(items) - 1}]"
    return path


def _switch(body: dict[str, Any], path: str, rule: Nested, *, is_on: bool) -> str:
    holder, name = _holder(body, path)
    if isinstance(holder, dict):
        if is_on:
            holder.setdefault(name, dict([rule.kind.mark]) if rule.kind.mark else {})
        else:
            holder.pop(name, None)
    return path


def _move(items: list[Any], index: int, verb: str, path: str) -> str:
    if verb == "remove":
        del items[index]
        return f"{path}[{min(index, len(items) - 1)}]" if items else path
    other = index - 1 if verb == "up" else index + 1
    if not 0 <= other < len(items):
        return f"{path}[{index}]"
    items[index], items[other] = items[other], items[index]
    return f"{path}[{other}]"


def change_type(body: dict[str, Any], word: str) -> dict[str, Any]:
    """Return a body of another type with what fits of this one.

    Fields of the same name are kept. A text becomes the first element's title and the other way
    round, and so do its buttons, as many as are allowed.
    """
    new: dict[str, Any] = {"template_type": word, **_fitting(TYPES[word], body)}
    fields = fields_of(TYPES[word])
    old_items, old_text = body.get("elements"), body.get("text")
    first = old_items[0] if isinstance(old_items, list) and old_items else {}
    if "text" in fields and "text" not in new and isinstance(first, dict):
        lines = [first.get(name) for name in ("title", "subtitle")]
        text = "\n".join(line for line in lines if isinstance(line, str) and line)
        new |= {"text": text} if text else {}
        if "buttons" in fields:
            new |= _fitting(TYPES[word], {"buttons": first.get("buttons")})
    is_shown = word in ("generic", "list")  # A receipt's lines are no place for a text.
    if is_shown and "elements" not in new and isinstance(old_text, str):
        rule = fields["elements"].rule
        assert isinstance(rule, Items)  # noqa: S101
        element = _fitting(rule.kinds[0], {"title": old_text, "buttons": body.get("buttons")})
        least = max(rule.least, 1)
        new["elements"] = [element, *({} for _index in range(least - 1))]
        if word == "list":
            new.pop("buttons", None)
    return new


def _fitting(kind: type[Structure], data: dict[str, Any]) -> dict[str, Any]:
    """Return the members that a kind of object declares too, cut to its limits."""
    found: dict[str, Any] = {}
    for name, field in fields_of(kind).items():
        value = data.get(name)
        rule = field.rule
        if isinstance(rule, Items) and isinstance(value, list):
            items = [item for item in value if isinstance(item, dict)][: rule.most]
            found[name] = [_fitting_item(rule, item) for item in items]
        elif isinstance(rule, Characters) and isinstance(value, str):
            has_room = rule.most is None or len(value) <= rule.most or "{" in value
            found[name] = value if has_room else value[: rule.most]
        elif not isinstance(rule, (Items, Characters)) and value is not None:
            found[name] = copy.deepcopy(value)
    return found


def _fitting_item(rule: Items, item: dict[str, Any]) -> dict[str, Any]:
    kind = kind_of_item(rule, item.get("type"))
    each = {key: item[key] for key in ("$each",) if key in item}
    return {**each, **(dict([kind.mark]) if kind.mark else {}), **_fitting(kind, item)}
