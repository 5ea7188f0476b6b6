#!/bin/sh
# Sets up what is missing and runs the tests:  sh installers/test.sh [arguments for pytest]
set -eu
cd "$(dirname "$0")/.."
. installers/_setup.sh

need_system "$libraries_offscreen $libraries_window"
make_venv .venv
need_tools "$tools_for_tests"
install_project .venv test

export QT_QPA_PLATFORM=offscreen
# A machine that keeps no compiled modules would compile the program anew for each of some hundred processes.
unset PYTHONDONTWRITEBYTECODE
if [ $# -gt 0 ]; then
    exec .venv/bin/python -m pytest "$@"
fi
exec .venv/bin/python -m pytest -n 2 --dist worksteal --durations 10
