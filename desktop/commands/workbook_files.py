"""What the commands that write and read workbooks both ask of a file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from db.errors import BadInput
from db.session import Session


def appointment_form(session: Session, options: Namespace, file: str) -> int | None:
    """The answer where the file is an appointment form, coming in or going out; else None."""
    if Path(file).suffix.lower() not in (".lrmx", ".lrm"):
        return None
    from desktop.commands import personnel

    way = personnel.export_form if options.command == "export" else personnel.import_form
    return way(session, options)


def file_password(options: Namespace) -> str | None:
    """The workbook's password, from a file's first line; never an argument."""
    if not options.password_file:
        return None
    try:
        lines = Path(options.password_file).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BadInput(f"读不了口令文件 {options.password_file}：{error.strerror}。") from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"口令文件 {options.password_file} 不是 UTF-8 文本，请用记事本另存为 UTF-8 后再试。"
        ) from error
    if not lines or not lines[0]:
        raise BadInput(f"口令文件 {options.password_file} 是空的。")
    return lines[0]
