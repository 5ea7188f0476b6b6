"""Errors that a person can act on: each carries a sentence in Chinese and the exit code the command
line gives it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class ZhengxianError(Exception):
    """Root of all errors shown to people. ``message`` is a whole Chinese sentence."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class Problem(NamedTuple):
    """One thing wrong with one value: which field, and a sentence that says what to do."""

    field: str
    message: str


class BadInput(ZhengxianError):
    """What was typed or given cannot be taken; nothing was changed."""

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        uid: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.field = field
        self.uid = uid
        self.problems = tuple(problems) or ((Problem(field, message),) if field else ())


@contextlib.contextmanager
def in_line(at: int) -> Iterator[None]:
    """A ``BadInput`` from inside says in which of several typed lines, counted from 1, it is."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"第 {at} 行：{error.message}", field=error.field) from error


class DeclarationError(BadInput):
    """A declaration (TOML or made on screen) is wrong; the message names the file and the key."""


class NotPermitted(ZhengxianError):
    """The person's role or keys do not allow this."""

    exit_code = 4


class WrongPassword(NotPermitted):
    """The password or recovery key does not open the lock."""


class WorkFailed(ZhengxianError):
    """The work could not be done (disk, lock, damage); nothing acknowledged was lost."""


class Damaged(WorkFailed):
    """A file is not what it should be: damaged, tampered with, or not of this office."""


class WrongKey(Damaged):
    """A file that its key does not open: swapped in from elsewhere, or its head destroyed; the two
    look alike."""

    exit_code = 4


class Busy(WorkFailed):
    """Another window or program has the book open."""


class Cancelled(WorkFailed):
    """The person cancelled the work; nothing was changed."""

    def __init__(self, message: str = "已取消，没有改动任何数据。") -> None:
        super().__init__(message)
