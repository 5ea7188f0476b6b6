#!/bin/sh
# Sets up what is missing and opens the program on a made-up office:  sh installers/run.sh [FOLDER]
# Without a display it does the main job offscreen and names the workbook and the PDF that it made.
set -eu
cd "$(dirname "$0")/.."
. installers/_setup.sh

folder=${1:-zhengxian-demo}
# Asked for in one go: an administrator who has to be called is called once.
libraries=$libraries_offscreen
[ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || libraries="$libraries $libraries_window"
need_system "$libraries"
make_venv .venv
install_project .venv ""

# A display may be named and yet not be there (an old ssh session), so it is asked.
have_display() {
    case "$(uname -s)" in Darwin) return 0 ;; esac
    [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || return 1
    .venv/bin/python -c 'from PySide6.QtGui import QGuiApplication; QGuiApplication([])' >/dev/null 2>&1
}

if have_display; then
    if [ -f "$folder/office/keys.json" ]; then
        exec .venv/bin/python -m desktop --data "$folder/office"
    fi
    say "正在生成示范单位（用户 admin、clerk、reviewer、personnel，密码都是 zhengxian-demo）…"
    exec .venv/bin/python -m desktop demo "$folder/office"
fi
say "这里没有显示器，改为在「$folder」里不开窗口走一遍主要流程。"
say "(No display here: the main job is done offscreen in $folder.)"
QT_QPA_PLATFORM=offscreen exec .venv/bin/python -m desktop.end_to_end "$folder"
