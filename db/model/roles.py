"""The roles of people, which declarations name and keys carry."""

from __future__ import annotations

from typing import Literal, TypeAlias

Role: TypeAlias = Literal["administrator", "reviewer", "clerk", "personnel", "viewer"]
#: Role → what people call it, the one that may most first.
ROLES: dict[Role, str] = {
    "administrator": "管理员",
    "reviewer": "审核员",
    "clerk": "录入员",
    "personnel": "组织人事员",
    "viewer": "查看者",
}


def called(role: str) -> str:
    """What people call a role; the word itself where there is no such role."""
    return next((label for each, label in ROLES.items() if each == role), role)
