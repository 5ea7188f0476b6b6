@echo off
rem Sets up what is missing and runs the tests:  installers\test.bat [arguments for pytest]
setlocal
cd /d "%~dp0.."
call installers\_setup.bat test || exit /b 1

set "QT_QPA_PLATFORM=offscreen"
set "PYTHONDONTWRITEBYTECODE="
if not "%~1"=="" (
    .venv\Scripts\python -m pytest %*
    exit /b
)
.venv\Scripts\python -m pytest -n 2 --dist worksteal --durations 10
