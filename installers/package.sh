#!/bin/sh
# Makes the packages that are carried to offices, on a Debian 13 (amd64) as root:
#   sh installers/package.sh linux [--quick]     dist/zhengxian_VERSION_amd64.deb, and a .tar.xz for other systems
#   sh installers/package.sh windows             dist/zhengxian-VERSION-setup.exe
#   sh installers/package.sh check [linux] [windows]   installs each from scratch, uses it, updates and removes it
#   sh installers/package.sh fetch               what the others need from the network, so that they run without it
# --quick leaves out Python's own optimisation by profile, which takes most of the time. Everything that comes from
# outside is pinned in installers/pins and held against it before anything of it runs; caches lie in build/package.
set -eu
cd "$(dirname "$0")/.."
. installers/_setup.sh
. installers/package/common.sh

command=${1:-}
[ $# -eq 0 ] || shift
case "$command" in
    fetch) need_root; fetch_linux; fetch_windows ;;
    linux) need_root; . installers/package/linux.sh ;;
    windows) need_root; . installers/package/windows.sh ;;
    check) need_root; . installers/package/check.sh ;;
    *) fail "用法：sh installers/package.sh linux|windows|check|fetch (See the head of the script.)" ;;
esac
