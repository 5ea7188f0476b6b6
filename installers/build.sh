#!/bin/sh
# Builds the program for machines without Python into dist/zhengxian:  sh installers/build.sh [--check] [--deb]
#   --check   does the main job with what was built, logs in, and compares what its window shows
#   --deb     makes a Debian package of it as well, dist/zhengxian_VERSION_ARCH.deb, and checks that
# A built program needs the C library of the machine it was built on or a newer one; package.sh makes one for older.
set -eu
cd "$(dirname "$0")/.."
. installers/_setup.sh

locked_only=yes check= deb=
for argument in "$@"; do
    case "$argument" in
        --check) check=yes ;;
        --deb) deb=yes ;;
        *) fail "build.sh 不认识「$argument」，只有 --check 和 --deb。(Unknown argument.)" ;;
    esac
done

need_system "$libraries_offscreen $libraries_window"
make_venv .venv
need_tools 'objdump:binutils objcopy:binutils'
need_shared_python .venv
install_project .venv build

started=$(date +%s)
ZHENGXIAN_BUILD=$(project_build | tr -d '\n')
export ZHENGXIAN_BUILD
.venv/bin/python -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build build_spec.spec
say "已生成 dist/zhengxian：$(du -sm dist/zhengxian | cut -f1) MB，用时 $(($(date +%s) - started)) 秒。"

if [ -n "$deb" ]; then
    sh installers/make_deb.sh
fi
if [ -n "$check" ]; then
    need_tools "$tools_for_check"
    install_project .venv test
    if [ -n "$deb" ]; then
        # what the package brings is checked, not what it was made of
        rm -rf build/unpacked
        dpkg-deb -x "dist/zhengxian_$(project_version)_$(dpkg --print-architecture).deb" build/unpacked
        ZHENGXIAN_BUILT=$(pwd)/build/unpacked/usr/lib/zhengxian/zhengxian
        export ZHENGXIAN_BUILT
    fi
    .venv/bin/python -m pytest -q -s installers/check_built.py
fi
