"""What a field type has to tell: how a value is kept, read from what people type, shown, normalised
and compared.

A value is None when blank, whatever the type. A type that cannot take a text raises ``BadInput``
with a sentence in Chinese.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from db.errors import BadInput
from db.model.declarations import Field
from db.model.ids import is_uid


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
    sql: ClassVar[str] = "TEXT"
    numeric: ClassVar[bool] = False
    #: Operators a filter offers for it.
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> Any:
        """The value a person's text means; blank text is None. Raises ``BadInput``."""
        return self.normalize(text, field)

    def format(self, value: Any, field: Field, names: Names) -> str:
        """The text a person reads; blank is the empty text. ``parse`` takes it back."""
        return "" if value is None else str(value)

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

    def sort_sql(self, column: str) -> str:
        """The expression a list is sorted by."""
        return column
