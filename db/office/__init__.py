"""An office's folder: making it, opening it for a person, its backups, and its people.

    FOLDER/keys.json  office.db  personnel.db  lock  backups/  inbox/  sent/
"""

from __future__ import annotations

from db.office.accounts import (
    add_user,
    change_password,
    edit_user,
    remove_user,
    renew_recovery,
    reset_password,
    set_role,
    users,
)
from db.office.backups import (
    make_backup,
    restore_in_session,
    restore_office,
    reverify_backups,
    rotate_backups,
)
from db.office.books import is_office, sign_as
from db.office.making import (
    LEVELS,
    change_facts,
    check_new,
    create_office,
    recovery_seen,
    recovery_unseen,
)
from db.office.opening import open_office, prepared, recover_office

__all__ = [
    "LEVELS", "add_user", "change_facts", "change_password", "check_new", "create_office",
    "edit_user", "is_office", "make_backup", "open_office", "prepared", "recover_office",
    "recovery_seen", "recovery_unseen", "remove_user", "renew_recovery", "reset_password",
    "restore_in_session", "restore_office", "reverify_backups", "rotate_backups", "set_role",
    "sign_as", "users",
]
