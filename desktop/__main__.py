"""``python -m desktop`` and the installed command ``zhengxian``."""

from __future__ import annotations

import gc
import sys

YOUNG = 100_000
"""Objects until the garbage collector looks for circles among the new ones. A command makes most of
its own while it loads, and they stay: a tenth of a short one went into looking (700 is usual, and
what the window goes back to)."""


def main() -> int:
    """The window without arguments, else one command of the command line."""
    # how a built program starts the process that reads workbooks
    if sys.argv[1:] == ["--exchange-child"]:
        from desktop.exchange.files.reader_process import main as read  # only there

        read()
        return 0
    if sys.argv[1:] == ["--pages-child"]:  # and the one that works through a large file's pages
        from db.store.pages.page_seals import main as work_through

        work_through()
        return 0
    gc.set_threshold(YOUNG)
    from desktop.cli import main as run  # the reading process has no use for it

    return run()


if __name__ == "__main__":
    sys.exit(main())
