#!/bin/sh
# Puts the unpacked program into the menu of whoever runs this, where it lies:  sh install.sh [--remove]
# Nothing is copied elsewhere and no administrator is needed. Data are never touched.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
share=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$share/applications/zhengxian.desktop
kind=$share/mime/packages/zhengxian.xml
picture=$share/icons/hicolor/256x256/apps/zhengxian.png
if [ "${1:-}" = --remove ]; then
    rm -f "$entry" "$kind" "$picture"
    echo "已从菜单里去掉。程序文件夹 $here 可以删除，台账数据不在里面。"
else
    mkdir -p "${entry%/*}" "${kind%/*}" "${picture%/*}"
    sed "s|^Exec=zhengxian|Exec=\"$here/zhengxian\"|" "$here/zhengxian.desktop" >"$entry"
    cp "$here/zhengxian.xml" "$kind"
    cp "$here/zhengxian.png" "$picture"
    echo "已放进菜单：争先台账。"
fi
update-mime-database "$share/mime" 2>/dev/null || true
update-desktop-database "$share/applications" 2>/dev/null || true
