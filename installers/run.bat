@echo off
rem Sets up what is missing and opens the program on a made-up office:  installers\run.bat [FOLDER]
rem With ZHENGXIAN_NO_WINDOW set it does the main job offscreen and names the workbook and the PDF that it made.
setlocal
cd /d "%~dp0.."
call installers\_setup.bat || goto :failed

set "FOLDER=%~1"
if not defined FOLDER set "FOLDER=zhengxian-demo"
if defined ZHENGXIAN_NO_WINDOW (
    echo 不开窗口，在「%FOLDER%」里走一遍主要流程。
    echo ^(No window: the main job is done offscreen in %FOLDER%.^)
    set "QT_QPA_PLATFORM=offscreen"
    .venv\Scripts\python -m desktop.end_to_end "%FOLDER%"
    exit /b
)
if exist "%FOLDER%\office\keys.json" (
    .venv\Scripts\python -m desktop --data "%FOLDER%\office"
    exit /b
)
echo 正在生成示范单位（用户 admin、clerk、reviewer、personnel，密码都是 zhengxian-demo）...
.venv\Scripts\python -m desktop demo "%FOLDER%\office"
exit /b

rem A window that was opened by a double click would close before the message above is read.
:failed
if not defined CI pause
exit /b 1
