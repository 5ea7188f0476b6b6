@echo off
rem Builds the program for machines without Python into dist\zhengxian:  installers\build.bat [--check] [--setup]
rem   --check   starts what was built and looks at what it answers
rem   --setup   makes dist\zhengxian-VERSION-setup.exe of it as well; needs NSIS (makensis on PATH)
setlocal
cd /d "%~dp0.."
set "LOCKED_ONLY=yes"
call installers\_setup.bat build || exit /b 1
.venv\Scripts\python -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build build_spec.spec || exit /b 1

:arguments
if "%~1"=="" exit /b 0
if "%~1"=="--check" (
    call installers\_setup.bat test || exit /b 1
    .venv\Scripts\python -m pytest -q installers\check_built.py || exit /b 1
) else if "%~1"=="--setup" (
    for /f "tokens=3 delims= " %%v in ('findstr /b /c:"__version__ = " desktop\__init__.py') do makensis /V2 /INPUTCHARSET UTF8 /DVERSION=%%~v installers\windows.nsi || exit /b 1
) else (
    echo build.bat 不认识「%~1」，只有 --check 和 --setup。^(Unknown argument.^)
    exit /b 1
)
shift
goto :arguments
