import subprocess
import sys

from desktop.ui import signatures

SCRIPT = """
import builtins, sys
compile_ = builtins.compile
from desktop.ui import signatures
from PySide6.QtCore import QTimer
assert signatures.waiting.keys() == signatures.LATER, signatures.waiting.keys()
assert builtins.compile is compile_
assert builtins.__import__ is not builtins.__feature_import__
try:
    QTimer.singleShot("soon", 3)
except TypeError as error:
    print(error)
assert "shibokensupport/signature/parser.py" not in signatures.waiting
"""


def test_pyside_spells_signatures_out_when_a_message_needs_them_not_before():
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stderr
    assert "QTimer.singleShot(str, int)" in run.stdout
    assert "Supported signatures" in run.stdout and "msec: int" in run.stdout


def test_a_module_that_waits_has_no_names_but_its_own():
    assert signatures.FEATURE in signatures.LATER
    module: dict[str, object] = {}
    signatures.waiting["made.py"] = "found = 1"
    find = signatures.when_asked("made.py", module)
    assert find("found") == 1
    for name in ("missing", "__path__"):
        try:
            find(name)
        except AttributeError as error:
            assert str(error) == name
        else:
            raise AssertionError(name)
