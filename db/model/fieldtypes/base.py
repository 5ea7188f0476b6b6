"""What a field type has to tell: how a value is kept, read from what people type, shown, normalised
and compared, and what it is: the rest of the program asks for that, never for a type by its name.

A value is None when blank, whatever the type. A type that cannot take a text raises ``BadInput``
with a sentence in Chinese.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from db.errors import BadInput
from db.model.declarations import Field
from db.model.ids import is_uid
from db.model.late_pattern import lazy_regex

#: What stands between several values that a person types into one cell.
SPLIT = lazy_regex(r"[、,，;；\n]+")


class Names(Protocol):
    """What field types ask of the book: names of units, records and users, both ways."""

    def unit_name(self, uid: str) -> str: ...
    def unit_by_name(self, text: str) -> str | None: ...
    def title(self, kind: str, uid: str) -> str: ...
    def record_by_title(self, kind: str, text: str) -> str | None: ...
    def user_name(self, login: str) -> str: ...
    def user_by_name(self, text: str) -> str | None: ...
    def by_writer(self, record: Any, field: Field) -> Names: ...


class NoNames:
    """Stands in where no book is at hand: uids stay as they are."""

    def unit_name(self, uid: str) -> str:
        return uid

    def unit_by_name(self, text: str) -> str | None:
        return text if is_uid(text) else None

    def title(self, kind: str, uid: str) -> str:
        return uid

    def record_by_title(self, kind: str, text: str) -> str | None:
        return text if is_uid(text) else None

    def user_name(self, login: str) -> str:
        return login

    def user_by_name(self, text: str) -> str | None:
        return None

    def by_writer(self, record: Any, field: Field) -> Names:
        return self


def bad_value(field: Field, text: object, what: str, remedy: str = "") -> BadInput:
    """The refusal to raise: the field, what is wrong with the text (cut at 40 characters), and what
    to do."""
    shown = str(text)
    shown = shown if len(shown) <= 40 else shown[:40] + "…"
    return BadInput(f"「{field.label}」{what}：{shown}。{remedy}".rstrip(), field=field.name)


class FieldType:
    """Base of all field types. ``sql`` is the column's type in a STRICT table."""

    name: ClassVar[str]
    label: ClassVar[str]
    #: What it is for, for whoever makes a ledger.
    about: ClassVar[str]
    sql: ClassVar[str] = "TEXT"
    #: Operators a filter offers for it.
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "blank", "filled")

    #: What is kept in the column is the value's JSON.
    kept_as_json: ClassVar[bool] = False

    # -- numbers: may be summed
    numeric: ClassVar[bool] = False
    whole: ClassVar[bool] = False
    #: An amount of money, whose measure may stand above a table.
    amount: ClassVar[bool] = False
    #: What the number in the column is divided by.
    scale: ClassVar[int] = 1
    #: In per cent, written with its sign.
    is_share: ClassVar[bool] = False

    # -- time: may be compared with a period
    is_day: ClassVar[bool] = False
    is_month: ClassVar[bool] = False
    #: How much of an ISO day a value can give: 10 characters a day, 7 a month, 4 a year.
    iso_length: ClassVar[int] = 0

    # -- texts
    #: Values are plain texts: searched in, and one such type read as another without loss.
    plain_text: ClassVar[bool] = False
    #: People write what they like, in one line or in several.
    worded: ClassVar[bool] = False
    single_line: ClassVar[bool] = False
    multiline: ClassVar[bool] = False
    #: Shown with its inner part hidden.
    secret: ClassVar[bool] = False

    # -- what is picked
    #: From the options of the field.
    listed: ClassVar[bool] = False
    yes_no: ClassVar[bool] = False
    #: A tuple of values, not one.
    many: ClassVar[bool] = False
    names_units: ClassVar[bool] = False
    #: One unit, so that rows can be counted by it.
    one_unit: ClassVar[bool] = False
    names_record: ClassVar[bool] = False
    names_user: ClassVar[bool] = False
    holds_files: ClassVar[bool] = False
    #: Many rows have a value in common: lines told apart by it name none of them.
    shared: ClassVar[bool] = False

    #: Whether an office may make fields of it.
    offered: ClassVar[bool] = True
    #: Two values written at the same time are joined, so that they never conflict.
    joins: ClassVar[bool] = False

    #: Short and of one shape, never broken over two lines.
    unbroken: ClassVar[bool] = False
    #: Chinese characters a column shows when its field declares no width, and at the most.
    width: ClassVar[float] = 8
    widest: ClassVar[float] = 16

    @property
    def names_person(self) -> bool:
        """May name a person: by a record, a login, or in words."""
        return self.names_record or self.names_user or self.single_line

    @property
    def dated(self) -> bool:
        """A day or a month."""
        return self.is_day or self.is_month

    @property
    def one_listed(self) -> bool:
        """One of the options of the field."""
        return self.listed and not self.many

    @property
    def picked(self) -> bool:
        """Taken from what there is, not typed."""
        return self.listed or self.yes_no or self.names_units or self.names_record

    def parse(self, text: str, field: Field, names: Names) -> Any:
        """The value a person's text means; blank text is None. Raises ``BadInput``."""
        return self.normalize(text, field)

    def format(self, value: Any, field: Field, names: Names) -> str:
        """The text a person reads; blank is the empty text. ``parse`` takes it back."""
        return "" if value is None else str(value)

    def shown(self, value: Any, field: Field, names: Names) -> str:
        """The text for a screen, a sheet or a message: of what is ``secret``, a part is hidden."""
        return self.format(value, field, names)

    def normalize(self, value: Any, field: Field) -> Any:
        """The one form in which a value is kept and compared. Raises ``BadInput`` for a value of
        the wrong type."""
        raise NotImplementedError  # pragma: no cover - every type below has its own

    def to_db(self, value: Any) -> Any:
        """As kept in the column."""
        return value

    def from_db(self, value: Any) -> Any:
        """Back from the column."""
        return value

    def to_json(self, value: Any) -> Any:
        """As plain JSON, for journal, workbook and command line."""
        return value

    def from_json(self, value: Any, field: Field) -> Any:
        """Back from plain JSON; raises ``BadInput``."""
        return self.normalize(value, field)

    def compare(self, a: Any, b: Any) -> bool:
        """Whether two normalised values are the same."""
        return bool(a == b)

    def join(self, mine: Any, theirs: Any) -> Any:
        """Both values in one, whoever asks; of a type that ``joins``."""
        raise NotImplementedError  # pragma: no cover - only of types that say so

    # -- in the change log, whose ``before`` and ``after`` are plain JSON

    def in_log(self, before: Any, after: Any) -> tuple[Any, Any]:
        """What the log keeps of a change of the value: enough to tell each from the other."""
        return (
            None if before is None else self.to_json(before),
            None if after is None else self.to_json(after),
        )

    def before_change(self, now: Any, before: Any, after: Any) -> Any:
        """The plain value before a change of the log, from that after it."""
        return before

    def unchanged_since(self, now: Any, before: Any, after: Any) -> bool:
        """Whether the value is still as a change left it."""
        return bool((None if now is None else self.to_json(now)) == after)

    def undone(self, now: Any, before: Any, after: Any, field: Field) -> Any:
        """What an undo of a change writes."""
        return None if before is None else self.from_json(before, field)

    def sort_sql(self, column: str) -> str:
        """The expression a list is sorted by."""
        return column
