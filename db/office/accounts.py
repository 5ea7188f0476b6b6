"""The people of an office: changes that touch keys and books alike. Each is journalled, and the
book remembers the key file's serial, so that an old copy is refused.
"""

from __future__ import annotations

from itertools import islice

from db.access import roles
from db.keys import rekey
from db.keys.passwords import check_password
from db.keys.users import UserInfo
from db.model import settings
from db.model.roles import ROLES, Role
from db.office.books import journal_key_change, new_keys, sign_as
from db.session import Session
from db.units import people

#: The names of so many units are held against a new password.
_UNITS_TRIED = 500


def users(session: Session) -> tuple[UserInfo, ...]:
    """All users in the order they were added."""
    return session.key_file.users()


def add_user(
    session: Session, name: str, display: str, role: Role, password: str, unit: str | None = None
) -> UserInfo:
    """Add a user with the keys of the role."""
    roles.require(session.role, "users")
    session.office.require_writable()
    check_password(password, name, display, *_own_words(session))
    added = session.key_file.add_user(session.who, name, display, role, password, unit)
    journal_key_change(session, "user", f"新增用户 {added.name}（{ROLES[role]}）")
    return added


def _own_words(session: Session) -> list[str]:
    """What stands around here and is tried first: the names of office, units and users."""
    units = islice(session.office.each("unit", "deleted = 0"), _UNITS_TRIED)
    names = [unit.get(field) or "" for unit in units for field in ("name", "short_name")]
    return [session.office_name, *(user.display for user in users(session)), *filter(None, names)]


def edit_user(session: Session, name: str, display: str, unit: str | None) -> None:
    """Change what a user is called and where they belong."""
    roles.require(session.role, "users")
    session.office.require_writable()
    session.key_file.edit_user(session.who, name, display, unit)
    journal_key_change(session, "user", f"修改用户 {name} 的资料")


def reset_password(
    session: Session, name: str, password: str, progress: rekey.Progress | None = None
) -> None:
    """A new password for a user who forgot theirs; their books get new keys at once."""
    roles.require(session.role, "users")
    session.office.require_writable()
    people.refuse_if_gone(session, name)
    check_password(password, name, *_own_words(session))
    plan = session.key_file.reset_password(session.who, name, password)
    sign_as(session, session.who)
    journal_key_change(session, "user", f"重设用户 {name} 的密码")
    if plan:
        new_keys(session, progress)


def change_password(
    session: Session, old: str, new: str, progress: rekey.Progress | None = None
) -> None:
    """One's own password. An administrator's books get new keys at once; another's at the next
    login of an administrator, who alone can give everybody theirs."""
    session.office.require_writable()
    check_password(new, session.who.user, *_own_words(session))
    plan = session.key_file.change_password(session.who, old, new)
    sign_as(session, session.who)
    journal_key_change(session, "user", f"{session.who.user} 修改了自己的密码")
    if plan:
        new_keys(session, progress)


def renew_recovery(session: Session, progress: rekey.Progress | None = None) -> str:
    """A new recovery key to print; the old one opens nothing any more, both books get new keys."""
    roles.require(session.role, "users")
    session.office.require_writable()
    settings.RECOVERY_UNSEEN.save(session.office, True)
    paper = session.key_file.renew_recovery(session.who)
    journal_key_change(session, "user", "更换了恢复密钥")
    new_keys(session, progress)
    return paper


def set_role(
    session: Session, name: str, role: Role, progress: rekey.Progress | None = None
) -> None:
    """Another role; where that takes a key away, the book gets a new one at once."""
    roles.require(session.role, "users")
    session.office.require_writable()
    plan = session.key_file.set_role(session.who, name, role)
    journal_key_change(session, "user", f"把用户 {name} 改为{ROLES[role]}")
    if plan:
        new_keys(session, progress)


def remove_user(session: Session, name: str, progress: rekey.Progress | None = None) -> None:
    """Remove a user and give every book they could open a new key."""
    roles.require(session.role, "users")
    session.office.require_writable()
    people.refuse_if_gone(session, name)
    people.remember(session)  # their names stand on what they did
    plan = session.key_file.remove_user(session.who, name)
    journal_key_change(session, "user", f"移除用户 {name}")
    if plan:
        new_keys(session, progress)
