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
# What a test writes need not outlive a power cut, and waiting for the disk was a third of many a test. A killed process
# loses nothing by it: what it wrote is with the system.
no_flush=
! command -v eatmydata >/dev/null 2>&1 || no_flush=eatmydata
if [ $# -gt 0 ]; then
    exec $no_flush .venv/bin/python -m pytest "$@"
fi
exec $no_flush .venv/bin/python -m pytest -n 2 --dist worksteal --durations 10
