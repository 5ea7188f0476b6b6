#!/bin/sh
# Before files are replaced or removed: a program that is open would load new files beside its old ones.
set -e
case "$1" in
    install|upgrade|remove|deconfigure) ;;
    *) exit 0 ;;
esac
for each in /proc/[0-9]*/exe; do
    if [ "$(readlink "$each" 2>/dev/null)" = /usr/lib/zhengxian/zhengxian ]; then
        echo "争先台账正开着，没有改动。请先关闭它（所有登录的用户），再继续。" >&2
        echo "Zhengxian is running; close it (for every user) and try again." >&2
        exit 1
    fi
done
