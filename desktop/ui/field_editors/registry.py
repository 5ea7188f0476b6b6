"""The one registry from field type to entry. A new field type gets its line here, or a test says
that it is missing."""

from __future__ import annotations

from collections.abc import Callable

from db.model.declarations import Field
from desktop.ui.field_editors.attachments import AttachmentEditor
from desktop.ui.field_editors.date_entry import DateEditor, MonthEditor
from desktop.ui.field_editors.editors import (
    Editor,
    EditorContext,
    FlagEditor,
    IdentityEditor,
    LineEditor,
    LongTextEditor,
)
from desktop.ui.field_editors.pickers import PickEditor, choose_many

EDITORS: dict[str, Callable[[Field, EditorContext], Editor]] = {
    "text": LineEditor, "longtext": LongTextEditor, "integer": LineEditor, "decimal": LineEditor,
    "money": LineEditor, "percent": LineEditor, "date": DateEditor, "month": MonthEditor,
    "choice": PickEditor, "choices": choose_many, "flag": FlagEditor, "unit": PickEditor,
    "units": choose_many, "reference": PickEditor, "phone": LineEditor, "user": LineEditor,
    "identity": IdentityEditor, "attachment": AttachmentEditor, "steps": LineEditor,
}
"""Every field type of `db.model.fieldtypes.TYPES`."""


def editor_for(field: Field, context: EditorContext, kind: str) -> Editor:
    """The entry of one field of a kind."""
    made = EDITORS[field.type](field, context)
    if isinstance(made, AttachmentEditor | IdentityEditor):
        made.kind = kind
    return made
