"""How the window asks for a file in each form that has a writer beside the PDF that is shown."""

from __future__ import annotations

from typing import NamedTuple


class FileForm(NamedTuple):
    """What a form of file is called: in a button's words, over the dialog's list of files, in the
    menu, and the keys that find it in the palette."""

    word: str
    kind: str
    menu: str
    initials: str


#: By the suffix of their files, in the order of the menu (``desktop.bulletin.writers.WRITERS``).
OTHER_FORMS = {
    ".docx": FileForm("Word", "Word 文件", "Word 文件，可以在 Word、WPS 里改…", "dcWord"),
}
