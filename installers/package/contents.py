"""What goes into a package and what stays out, for both systems: read by `build_spec.spec` and by
`windows.py`."""

from __future__ import annotations

import re

#: Parts of Qt that are taken along with the modules in use, and that nothing here reaches: the
#: on-screen keyboard brings all of Qml and Quick with it.
UNUSED = (
    "Qt6Qml",
    "Qt6Quick",
    "Qt6VirtualKeyboard",
    "qtvirtualkeyboard",
    "imageformats/libqpdf",
    "imageformats/qpdf",
    "Qt6Network",
    "Qt6Pdf",
    "platformthemes/libqgtk3",
    "qml/",
    "platforms/libqeglfs",
    "platforms/libqlinuxfb",
    "platforms/libqvkkhrdisplay",
    "platforms/libqvnc",
    "egldeviceintegrations",
    "opengl32sw",
    "networkinformation/",
    "tls/",
    "sqldrivers/",
    "Qt6EglFSDeviceIntegration",
    "Qt6EglFsKmsSupport",
    "generic/libqtuiotouch",
    "generic/libqevdev",
    "imageformats/libqicns",
    "imageformats/libqtga",
    "imageformats/libqtiff",
    "imageformats/libqwbmp",
    "imageformats/libqwebp",
)
#: The program speaks Chinese alone; Qt's own texts in other languages weigh several megabytes.
SPOKEN = ("qtbase_zh_CN", "qt_zh_CN")
#: What libraries import when it happens to be there, and the program never uses: no network, no
#: pages of the web, no text drawn into pictures, no compiling, no processes but its own.
EXCLUDED = (
    "tkinter", "IPython", "numpy", "pandas", "matplotlib", "pytest", "hypothesis", "fontTools",
    "mypy", "pip", "setuptools", "ensurepip", "qtpy", "qtawesome", "pycparser", "ssl", "_ssl",
    "asyncio", "charset_normalizer", "doctest", "ftplib", "multiprocessing", "pdb", "pydoc",
    "pydoc_data", "smtplib", "unittest", "xmlrpc", "_multiprocessing", "_posixshmem",
    "_codecs_iso2022", "_codecs_jp", "_codecs_kr",
    "readline",  # under the GPL, and of no use to a program that nobody types into
    "PySide6.QtNetwork", "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtDataVisualization",
    "PySide6.QtOpenGL",
    "PIL._avif", "PIL.AvifImagePlugin", "PIL._webp", "PIL.ImageTk", "PIL._imagingtk",
    "PIL._imagingft", "lxml.html", "lxml.objectify", "lxml.isoschematron", "lxml.includes",
    "lxml.sax", "pikepdf.pdfa", "pypdfium2_cli", "pypinyin.phrases_dict", "reportlab.fonts",
    "reportlab.graphics", "reportlab.platypus", "sqlite_utils.cli",
)
#: Files that libraries bring and that nothing opens: what their templates are made of.
UNOPENED = ("docx/templates/default-docx-template/",)
#: The machine's own are used. One of CUPS that comes with the program would speak to a printing
#: service of another version; fonts are found as the machine is set up; D-Bus would bring
#: libsystemd, and fonts libpng, which ask for a newer C library. Those of C++ and X11 are what the
#: machine's own drivers for graphics were made with, which may be newer.
OF_THE_SYSTEM = (
    "libcups.so",
    "libdbus-1.so",
    "libsystemd.so",
    "libfontconfig.so",
    "libfreetype.so",
    "libpng16.so",
    "libsqlite3.so",
    "libstdc++.so",
    "libgcc_s.so",
    "libX11.so",
    "libX11-xcb.so",
    "libglib-2.0.so",
    "libgthread-2.0.so",
)

#: The font of QtAwesome is taken.
_EXCLUDED_FILES = re.compile(
    rf"(?!qtawesome/fonts/)({'|'.join(re.escape(each.replace('.', '/')) for each in EXCLUDED)})[/.]"
)


def is_used(name: str) -> bool:
    """Whether a file belongs to the program; `name` is its place in the folder."""
    name = name.replace("\\", "/")
    if "/translations/" in name and name.endswith(".qm"):
        return any(spoken in name for spoken in SPOKEN)
    if name.startswith(OF_THE_SYSTEM):
        return False
    if "__pycache__" in name or name.startswith(UNOPENED) or _EXCLUDED_FILES.match(name):
        return False
    return ("PySide6" not in name and not name.startswith("libQt6")) or not any(
        part in name for part in UNUSED
    )
