"""What a declaration may say: typed structures read from TOML, with errors that name the file and
the key.

Everything else (table, form, list, worksheet, print, figures) is derived from these structures.
"""

from __future__ import annotations

from db.model.declarations import field, figure, kind, lifecycle
from db.model.declarations.field import (
    NAME,
    SYSTEM_COLUMNS,
    Choice,
    Field,
    Owner,
    Place,
    Tone,
    called_leader,
)  # fmt: skip
from db.model.declarations.figure import Figure, Filter
from db.model.declarations.kind import (
    Becomes,
    Dossier,
    Hears,
    Kind,
    Lights,
    Limit,
    Moment,
    Rule,
)  # fmt: skip
from db.model.declarations.lifecycle import (
    ACTION_NAME,
    Action,
    ActionChild,
    ActionUpdate,
    Lifecycle,
    NoteRule,
    State,
)  # fmt: skip

__all__ = [
    "ACTION_NAME", "NAME", "SYSTEM_COLUMNS", "Action", "ActionChild", "ActionUpdate", "Becomes",
    "Choice", "Dossier", "Field", "Figure", "Filter", "Hears", "Kind", "Lifecycle", "Lights",
    "Limit", "Moment", "NoteRule", "Owner", "Place", "Rule", "State", "Tone", "called_leader",
]

#: Where the structures are written, for what is kept in their form.
SOURCES = (field.__file__, kind.__file__, lifecycle.__file__, figure.__file__)
