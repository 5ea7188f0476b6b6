"""``python -m desktop`` and the installed command ``zhengxian``."""

from __future__ import annotations

import multiprocessing
import sys

from desktop.cli import main as run


def main() -> int:
    """The window without arguments, else one command of the command line."""
    multiprocessing.freeze_support()
    return run()


if __name__ == "__main__":
    sys.exit(main())
