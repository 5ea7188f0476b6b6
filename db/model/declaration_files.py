"""Files and texts of declarations: read with errors in words that help whoever wrote them, and the
program's own kept in their checked form beside the files.

Reading some hundred TOML files costs more than a command may take, so what they say lies beside
them in the program's own folder, as compiled Python lies beside its source: who can change it could
change the program. A built program brings it along; a checkout makes it anew when a file differs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from db.errors import DeclarationError
from db.model.late_pattern import lazy_regex

T = TypeVar("T")


#: What the readers of TOML and of structures say, in words that help whoever wrote the file;
#: anything else stands as it is.
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (lazy_regex(r"Object missing required field `(\w+)`"), r"缺少 \1"),
    (lazy_regex(r"Object contains unknown field `(.+?)`"), r"没有 \1 这个键，请检查拼写"),
    (lazy_regex(r"Invalid enum value '?(.+?)'?(?= - at|$)"), r"“\1”不是这里可以写的值"),
    (lazy_regex(r"Expected `(.+?)`, got `(.+?)`"), r"应为 \1，写成了 \2"),
    (lazy_regex(r" - at `\$\.?(.*?)`"), r"（在 \1）"),
    (lazy_regex(r"^(?:.+ )?\(at line (\d+), column (\d+)\)$"), r"第 \1 行第 \2 列写法不对"),
    (lazy_regex(r"^(?:.+ )?\(at end of document\)$"), "文件不完整，末尾缺了引号或括号"),
    (lazy_regex(r"\bstr\b"), "文字"),
    (lazy_regex(r"\bint \| float\b"), "数字"),
    (lazy_regex(r"\bint\b"), "整数"),
    (lazy_regex(r"\bbool\b"), "true 或 false"),
    (lazy_regex(r"\b(?:array|list)\b"), "方括号中的一列"),
    (lazy_regex(r"\b(?:object|dict)\b"), "花括号中的一组"),
    (lazy_regex(r" \| null\b"), ""),
)


#: Keys of TOML that books and workbooks keep under an older name, which earlier programs read.
_KEPT_AS = {"renamed_from": "was", "not_before_today": "come"}


def _in_words(said: str) -> str:
    for form, words in _WORDS:
        said = form.sub(words, said)
    return f"{said}。"


def load(path: Path, shape: type[T]) -> T:
    """Read one TOML file into a structure; what is wrong is told with file and key."""
    try:
        # an editor may have put its mark before the text
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeclarationError(
            f"声明文件 {path.name} 无法读取：不是 UTF-8 编码，请用编辑器另存为 UTF-8。"
        ) from error
    return convert(read(text, path.name), shape, path.name)


def read(text: str, name: str) -> dict[str, object]:
    """The text of a TOML file as plain data; what is wrong is told with file and line."""
    try:
        found: dict[str, object] = _as_kept(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"声明文件 {name} 无法读取：{_in_words(str(error))}") from error
    except RecursionError as error:
        raise DeclarationError(f"声明文件 {name} 无法读取：括号套得太深。") from error
    return found


def _as_kept(data: object) -> Any:
    """Keys by the names that JSON has for them; a file may use either."""
    if isinstance(data, dict):
        return {_KEPT_AS.get(key, key): _as_kept(value) for key, value in data.items()}
    return [_as_kept(each) for each in data] if isinstance(data, list) else data


def convert(data: object, shape: type[T], where: str) -> T:
    """Turn plain data (TOML, JSON) into a structure; what is wrong is told with place and key."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise DeclarationError(f"声明 {where} 有错：{_in_words(str(error))}") from error


def decode(text: str | bytes, shape: type[T], where: str) -> T:
    """The same for JSON text (a kind that an office made, or one that came in a workbook)."""
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise DeclarationError(f"声明 {where} 有错：{_in_words(str(error))}") from error


def encode(value: object) -> str:
    """A structure as JSON text, without what equals its default, so that it travels small."""
    return msgspec.json.encode(value).decode("utf-8")


def made_ready(
    compiled: Path, code: Iterable[str], files: Iterable[Path], shape: type[T],
    make: Callable[[], T],
) -> T:
    """What ``make`` reads from the ``files`` by the modules ``code``, out of ``compiled`` while
    they are as they were."""
    sources = _digest_of([Path(each) for each in code], files)
    with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
        head, _, body = compiled.read_bytes().partition(b"\n")
        whole, _, made_of = head.partition(b" ")
        if whole == _digest(body) and sources in (b"", made_of):
            return msgspec.json.decode(body, type=shape)
    found = make()
    body = msgspec.json.encode(found)
    with contextlib.suppress(OSError):
        handle, part = tempfile.mkstemp(dir=compiled.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(b"%s %s\n%s" % (_digest(body), sources, body))
        Path(part).chmod(0o644)
        os.replace(part, compiled)
    return found


def _digest_of(code: list[Path], files: Iterable[Path]) -> bytes:
    """What the compiled form was made of; nothing in a built program, which has no sources beside
    it and is taken as it was built."""
    if not all(source.exists() for source in code):
        return b""
    digest = hashlib.sha256()
    for source in (*code, *files):
        digest.update(b"%s\0" % source.name.encode() + source.read_bytes())
    return digest.hexdigest().encode()


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()
