"""The parts of the form, as the templates draw them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .places import Place

#: From this share of a limit on, a counter says aloud how much room is left.
NEARLY = 0.9


@dataclass
class Part:
    """A piece of the form with errors of its own."""

    template: ClassVar[str]
    place: Place
    label: Any

    def __post_init__(self) -> None:
        self.errors: list[str] = []

    def parts(self) -> Iterator[Part]:
        """Yield this part and all inside it."""
        yield self

    def inputs(self) -> Iterator[tuple[str, str]]:
        """Yield the names and values that a browser would submit."""
        yield from ()


@dataclass
class Control(Part):
    """One input. ``most`` is the limit of its characters, ``options`` the choices of a select."""

    template = "admin/joinchat_django/composer/control.html"
    value: str = ""
    widget: str = "line"
    help: Any = ""
    options: list[tuple[str, Any]] = field(default_factory=list)
    most: int | None = None
    required: bool = False
    rare: bool = False
    mark: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        #: Characters of what the sample data make of it, if it has variables.
        self.filled: int | None = None

    @property
    def length(self) -> int:
        """The characters that count."""
        return len(self.value) if self.filled is None else self.filled

    @property
    def is_over(self) -> bool:
        """Whether it is longer than its limit."""
        return self.most is not None and self.length > self.most

    @property
    def is_near(self) -> bool:
        """Whether it is near its limit or over it."""
        return self.most is not None and self.length >= NEARLY * self.most

    @property
    def left(self) -> int:
        """How many characters are left; negative if it is over."""
        return (self.most or 0) - self.length

    @property
    def described_by(self) -> str:
        """The ids of what explains it to a screen reader."""
        ids = [("errors", self.errors), ("help", self.help)]
        return " ".join(f"{self.place.id}_{name}" for name, there in ids if there)

    def inputs(self) -> Iterator[tuple[str, str]]:
        known = not self.options or self.value in (option for option, _label in self.options)
        yield self.place.name, self.value if known else ""
        if self.mark:
            yield self.mark


@dataclass
class Group(Part):
    """The fields of an object. ``adding`` and ``removing`` are for one that may be left out."""

    template = "admin/joinchat_django/composer/group.html"
    members: list[Part] = field(default_factory=list)
    is_there: bool = True
    is_optional: bool = False

    @property
    def usual(self) -> list[Part]:
        """Its fields, without the rare ones."""
        return [part for part in self.members if not _is_rare(part)]

    @property
    def rare(self) -> list[Part]:
        """Its fields that few messages need."""
        return [part for part in self.members if _is_rare(part)]

    @property
    def shows_rare(self) -> bool:
        """Whether a rare field is filled in or wrong."""
        return any(getattr(part, "value", "") or part.errors for part in self.rare)

    def parts(self) -> Iterator[Part]:
        yield self
        for part in self.members:
            yield from part.parts()

    def inputs(self) -> Iterator[tuple[str, str]]:
        if not self.is_there:
            return
        if self.is_optional:
            yield self.place.name, "1"
        for part in self.members:
            yield from part.inputs()


@dataclass
class Item(Group):
    """An item of a list; ``each`` are the two inputs that repeat it over a list of the context."""

    template = "admin/joinchat_django/composer/item.html"
    number: int = 0
    is_last: bool = False
    kind: str = ""
    each: list[Control] = field(default_factory=list)

    @property
    def is_repeated(self) -> bool:
        """Whether it stands for as many as a list has."""
        return any(control.value or control.errors for control in self.each)

    @property
    def title(self) -> str:
        """What it says of itself, in short."""
        named = (p for p in self.members if p.place.name.endswith(("-title", "-name")))
        return next((part.value[:40] for part in named if isinstance(part, Control)), "")

    def parts(self) -> Iterator[Part]:
        yield from super().parts()
        yield from self.each

    def inputs(self) -> Iterator[tuple[str, str]]:
        if self.kind:
            yield f"{self.place.name}-type", self.kind
        yield from super().inputs()
        for control in self.each:
            yield from control.inputs()


@dataclass
class ItemList(Part):
    """A list of objects. ``kinds`` are the words and labels of what can be added."""

    template = "admin/joinchat_django/composer/items.html"
    items: list[Item] = field(default_factory=list)
    kinds: list[tuple[str, Any]] = field(default_factory=list)
    least: int = 0
    most: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether it has as many items as it may have."""
        return self.most is not None and len(self.items) >= self.most

    def parts(self) -> Iterator[Part]:
        yield self
        for item in self.items:
            yield from item.parts()

    def inputs(self) -> Iterator[tuple[str, str]]:
        yield self.place.name, str(len(self.items))
        for item in self.items:
            yield from item.inputs()


@dataclass
class PayloadChoice(Part):
    """What a reply button does: run a block or a flow, or send a payload of its own."""

    template = "admin/joinchat_django/composer/payload.html"
    chosen: str = "reference"
    references: list[Control] = field(default_factory=list)
    text: list[Control] = field(default_factory=list)

    def parts(self) -> Iterator[Part]:
        yield self
        yield from self.references
        yield from self.text

    def inputs(self) -> Iterator[tuple[str, str]]:
        yield f"{self.place.name}-form", self.chosen
        for control in (*self.references, *self.text):
            yield from control.inputs()


def _is_rare(part: Part) -> bool:
    return isinstance(part, Control) and part.rare
