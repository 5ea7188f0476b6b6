"""What this program is: versions, licences of what it carries, and its log, to be handed over."""

from __future__ import annotations

import datetime as dt
import platform
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import PySide6
from PySide6.QtCore import qVersion

import desktop
import resources
from db.store.disk.disk_errors import disk_errors
from desktop import paths

LIBRARIES = (
    ("PySide6-Essentials", "窗口（Qt）", "LGPL-3.0"), ("QtAwesome", "图标", "MIT"),
    ("sqlcipher3", "加密的 SQLite", "zlib、BSD"), ("sqlite-utils", "建表与升级", "Apache-2.0"),
    ("PyNaCl", "密码与密钥", "Apache-2.0"), ("msgspec", "台账声明的读取", "BSD-3-Clause"),
    ("Jinja2", "通报文字", "BSD-3-Clause"), ("pypinyin", "拼音", "MIT"),
    ("chinesecalendar", "法定节假日", "MIT"), ("openpyxl", "工作簿", "MIT"),
    ("XlsxWriter", "大工作簿", "BSD-2-Clause"), ("python-calamine", "读工作簿", "MIT"),
    ("isal", "压缩大工作簿", "PSF-2.0"), ("msoffcrypto-tool", "带密码的工作簿", "MIT"),
    ("olefile", "认旧格式的文件", "BSD-2-Clause"),
    ("reportlab", "PDF", "BSD"), ("python-docx", "Word 文件", "MIT"),
    ("pypdfium2", "预览和打印", "BSD-3-Clause、Apache-2.0"), ("pikepdf", "存档 PDF", "MPL-2.0"),
    ("pillow", "图片", "MIT-CMU"), ("zxcvbn", "密码是否好猜", "MIT"),
    ("cryptography", "抢救坏页", "Apache-2.0、BSD-3-Clause"),
)
"""Package, what it is for, licence; the first column is looked up in the installed packages."""


def versions() -> list[tuple[str, str]]:
    """The program and what it runs on."""
    return [
        ("争先台账", f"{desktop.__version__}（{build()}）"), ("Python", platform.python_version()),
        ("Qt", f"{qVersion()}（PySide6 {PySide6.__version__}）"),
        ("系统", f"{platform.system()} {platform.release()} {platform.machine()}"),
    ]


def build() -> str:
    """Which state of the source a package was made from; the recipe of the package writes it."""
    file = resources.path("build.txt")
    return file.read_text("utf-8").strip() if file.exists() else "从源代码运行"


def about_text() -> str:
    """The page about the program, in Markdown."""
    lines = [
        "# 关于争先台账",
        "", "离线使用的台账程序，不联网，没有任何连接网络的代码。按 MIT 许可发布。", "",
    ]
    lines += [
        "| 项目 | 版本 |", "|---|---|", *(f"| {name} | {text} |" for name, text in versions()), "",
    ]
    lines += ["## 随附的字体", ""]
    for file in sorted(resources.path("fonts").glob("LICENSE-*")):
        name, licence = file.stem.removeprefix("LICENSE-").rsplit("-", 1)
        lines.append(f"- [{name}（{licence}）](licence:{file.name})")
    lines += ["", "## 用到的程序库", "", "| 程序库 | 用途 | 版本 | 许可 |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {use} | {_version(name)} | {licence} |" for name, use, licence in LIBRARIES
    ]
    lines += ["", "## 日志", "", "程序出错时，点右上角“导出日志…”，把导出的压缩包交给维护的人。"]
    lines += [f"日志在 `{paths.log_file().parent}`，只记程序的运行情况，不记台账里的内容。"]
    return "\n".join(lines)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    # a built program carries some packages without their metadata
    except metadata.PackageNotFoundError:
        return ""


def export_log(folder: Path) -> Path:
    """The logs and the versions, packed into the folder; raises ``WorkFailed`` when the disk
    refuses."""
    now = dt.datetime.now()
    target = folder / f"争先台账日志-{now:%Y%m%d-%H%M%S}.zip"
    said = "\n".join(
        [*(f"{name}: {text}" for name, text in versions()), f"argv0: {Path(sys.argv[0]).name}"]
    )
    with disk_errors(target.name), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("versions.txt", said)
        logs = paths.log_file().parent
        for file in sorted(logs.glob("*")) if logs.is_dir() else []:
            if file.is_file():
                packed.write(file, file.name)
    return target
