@echo off
rem What run.bat, test.bat and build.bat share:  call _setup.bat [EXTRAS]
rem A fit Python, .venv and the dependencies as installers\lock has them; passed over while pyproject.toml and the
rem lock are the same. The working folder is the top of the checkout. Messages are English as well, since an old
rem console may not show Chinese.
chcp 65001 >nul
set "EXTRAS=%~1"
set "PYTHONUTF8=1"

if exist .venv\Scripts\python.exe (
    call :good && goto :install
    rmdir /s /q .venv
)
call :find_python
if not defined FOUND goto :no_python
echo 正在建立运行环境 ...
%FOUND% -m venv .venv || exit /b 1

:install
set "NAME=plain"
set "WANTED=."
if defined EXTRAS (
    set "NAME=%EXTRAS%"
    set "WANTED=.[%EXTRAS%]"
)
set "STAMP=.venv\installed-%NAME%"
set "LOCK=installers\lock\%NAME%.txt"
copy /b /y pyproject.toml+installers\lock\plain.txt+%LOCK% .venv\wanted >nul
>>.venv\wanted echo %CD%
fc .venv\wanted "%STAMP%" >nul 2>nul && exit /b 0
echo 正在安装依赖 ^(dependencies^) ...
set "PIP=.venv\Scripts\python -m pip install --disable-pip-version-check"
%PIP% --quiet --require-hashes -r %LOCK% 2>.venv\said && goto :project
rem an index that cannot be reached seems to have no version at all
findstr /c:"from versions: none" .venv\said >nul && goto :again
findstr /c:"No matching distribution found" .venv\said >nul && goto :unlocked
:again
echo 没有装成，再试一次 ^(once more^) ...
%PIP% --require-hashes -r %LOCK% && goto :project
goto :failed

:project
%PIP% --quiet --no-deps --no-build-isolation -e . || goto :failed
goto :installed

:unlocked
findstr /c:"No matching distribution found" .venv\said
if not "%LOCKED_ONLY%"=="" goto :refused
%PIP% -e "%WANTED%" || goto :failed
echo **********************************************************************
echo 注意：锁定的版本里有本系统装不上的，改装了 pyproject.toml 允许的版本。
echo 这些版本没有核对哈希，也没有测试过，只宜试用；办公用的请装安装包。
echo ^(Not the locked versions: no hashes were checked, nothing was tested with them.^)
echo **********************************************************************

:installed
copy /b /y .venv\wanted "%STAMP%" >nul
exit /b 0

:refused
echo 锁定的版本里有本系统装不上的，没有打包：安装包只用 installers\lock 里写着的文件。
echo ^(Some locked versions have no file for this system; a package is made of locked files alone.^)
exit /b 1

:failed
echo 依赖没有装成。第一次安装要能连上 Python 软件源；请看上面的提示。
echo ^(The dependencies were not installed. The first installation needs a Python package index.^)
exit /b 1

:no_python
if defined ZHENGXIAN_PYTHON (
    echo ZHENGXIAN_PYTHON 指的不是 3.11 至 3.13 的 Python。
    echo ^(ZHENGXIAN_PYTHON does not name a Python 3.11 to 3.13.^)
    exit /b 1
)
echo 没有找到 Python 3.11 至 3.13。请安装后再运行，安装时勾选 "Add python.exe to PATH"。
echo (No Python 3.11 to 3.13 was found. Install one, with "Add python.exe to PATH".)
exit /b 1

:fits
%* -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" >nul 2>nul
exit /b %errorlevel%

rem Whether .venv still runs, with pip, of the version that ZHENGXIAN_PYTHON has if it names one.
:good
call :fits .venv\Scripts\python.exe || exit /b 1
.venv\Scripts\python.exe -m pip --version >nul 2>nul || exit /b 1
if not defined ZHENGXIAN_PYTHON exit /b 0
.venv\Scripts\python.exe -c "import subprocess, sys; ask = 'import sys; print(sys.version_info[:2])'; sys.exit(subprocess.check_output([sys.argv[1], '-c', ask], text=True).strip() != str(sys.version_info[:2]))" "%ZHENGXIAN_PYTHON%" >nul 2>nul
exit /b %errorlevel%

rem Sets FOUND to the Python that ZHENGXIAN_PYTHON names, else to the first of the usual ones.
:find_python
set "FOUND="
if not defined ZHENGXIAN_PYTHON goto :usual_python
rem outside of any block, which a path with brackets such as "Program Files (x86)" would end
call :fits "%ZHENGXIAN_PYTHON%" && set FOUND="%ZHENGXIAN_PYTHON%"
exit /b 0

:usual_python
for %%p in ("py -3.13" "py -3.12" "py -3.11" "python" "python3") do (
    if not defined FOUND call :fits %%~p && set "FOUND=%%~p"
)
exit /b 0
