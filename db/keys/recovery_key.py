"""The recovery key as it stands on paper: 8 groups of 5 characters, each group with its own check
character.

Each group is four characters of key (20 bits; 160 bits in all) and one that checks them and the
group's place, so that a slip of the pen is told apart from a wrong key, and the person is told
which group to look at again. The alphabet is Crockford's base 32: no I, L, O, U; what is typed as O
counts as 0, I and L as 1, small letters and full-width ones as capitals.
"""

from __future__ import annotations

import secrets
import unicodedata

from db.errors import BadInput
from db.keys.sealing import Secret

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 8
_DATA = 4
SECRET_BYTES = GROUPS * _DATA * 5 // 8
_VALUES = {c: i for i, c in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_IGNORED = frozenset(" -‐‑‒–—―−_ー·.,、，。\t\r\n")


def _double(value: int, times: int) -> int:
    """value · x^times in GF(32) with x^5 = x^2 + 1: every single slip and every exchange of
    neighbours shows."""
    for _ in range(times):
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return value


def _check(values: list[int], group: int) -> int:
    check = _double(1, group)  # the place of the group, so that two groups exchanged show as well
    for position, value in enumerate(values, start=1):
        check ^= _double(value, position)
    return check


def new_secret() -> Secret:
    """160 random bits."""
    return Secret(secrets.token_bytes(SECRET_BYTES))


def write(secret: bytes) -> str:
    """The secret as it is printed: ``ABCDE-FGHJK-…``, 8 groups of 5."""
    number = int.from_bytes(secret, "big")
    values = [number >> (5 * i) & 31 for i in reversed(range(GROUPS * _DATA))]
    groups = []
    for group in range(GROUPS):
        part = values[group * _DATA : (group + 1) * _DATA]
        groups.append("".join(ALPHABET[v] for v in [*part, _check(part, group)]))
    return "-".join(groups)


def read(typed: str) -> Secret:
    """The secret from what was typed. ``BadInput`` says what is mistyped, and in which group."""
    text = unicodedata.normalize("NFKC", typed).upper()
    plain = [c for c in text if c not in _IGNORED]
    for index, character in enumerate(plain):
        if character not in _VALUES:
            group = index // (_DATA + 1) + 1
            raise BadInput(
                f"恢复密钥第 {group} 组里的“{character}”不是密钥用的字符，请对照纸上重新输入。",
                field="recovery_key",
            )
    wanted = GROUPS * (_DATA + 1)
    if len(plain) != wanted:
        raise BadInput(
            f"恢复密钥应为 {GROUPS} 组、共 {wanted} 个字符，现有 {len(plain)} 个，"
            f"请对照纸上重新输入。",
            field="recovery_key",
        )
    wrong, number = [], 0
    for group in range(GROUPS):
        values = [_VALUES[c] for c in plain[group * (_DATA + 1) : (group + 1) * (_DATA + 1)]]
        if _check(values[:_DATA], group) != values[_DATA]:
            wrong.append(str(group + 1))
        for value in values[:_DATA]:
            number = number << 5 | value
    if wrong:
        raise BadInput(
            f"恢复密钥第 {'、'.join(wrong)} 组输入有误，请对照纸上重新输入。", field="recovery_key"
        )
    return Secret(number.to_bytes(SECRET_BYTES, "big"))
