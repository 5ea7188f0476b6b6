#!/bin/sh
# Packs dist/zhengxian (made by build.sh) into dist/zhengxian_VERSION_ARCH.deb, to be carried on a stick and opened
# with the machine's own package installer. The program lies in /opt/zhengxian; data stay in each user's own folder.
set -eu
cd "$(dirname "$0")/.."
. installers/_setup.sh

[ -x dist/zhengxian/zhengxian ] || fail "还没有 dist/zhengxian，请先运行：sh installers/build.sh (Build the program first.)"
command -v dpkg-deb >/dev/null 2>&1 || fail "没有 dpkg-deb，只有 Debian 一类的系统能做 .deb 包。(dpkg-deb is missing.)"

version=$(project_version)
architecture=$(dpkg --print-architecture)
# The C library that the program was linked with is the oldest it runs on.
libc=$(ldd --version 2>/dev/null | sed -n '1s/.* \([0-9][0-9.]*\)$/\1/p')
root=build/deb
rm -rf "$root"
mkdir -p "$root/DEBIAN" "$root/opt" "$root/usr/bin" "$root/usr/share/applications" \
    "$root/usr/share/icons/hicolor/256x256/apps" "$root/usr/share/icons/hicolor/scalable/apps" \
    "$root/usr/share/doc/zhengxian"
cp -r dist/zhengxian "$root/opt/zhengxian"
ln -s /opt/zhengxian/zhengxian "$root/usr/bin/zhengxian"
cp resources/icons/zhengxian.png "$root/usr/share/icons/hicolor/256x256/apps/zhengxian.png"
cp resources/icons/zhengxian.svg "$root/usr/share/icons/hicolor/scalable/apps/zhengxian.svg"
cp installers/zhengxian.desktop "$root/usr/share/applications/zhengxian.desktop"
{
    cat LICENSE
    echo
    echo "The libraries that come with the program keep their own licences, in /opt/zhengxian/_internal/licences; Qt is"
    echo "under the LGPL, version 3 (/usr/share/common-licenses/LGPL-3). The fonts keep theirs in"
    echo "/opt/zhengxian/_internal/resources/fonts."
} >"$root/usr/share/doc/zhengxian/copyright"

cat >"$root/DEBIAN/control" <<CONTROL
Package: zhengxian
Version: $version
Section: misc
Priority: optional
Architecture: $architecture
Maintainer: Zhengxian maintainers <maintainers@localhost>
Installed-Size: $(du -sk "$root/opt" | cut -f1)
Depends: libc6 (>= ${libc:-2.28}), libgl1, libegl1, libglib2.0-0t64 | libglib2.0-0, libfontconfig1, libdbus-1-3, libxkbcommon0, libxkbcommon-x11-0, libxcb-cursor0, libxcb-icccm4, libxcb-image0, libxcb-keysyms1, libxcb-render-util0, libxcb-shape0, libxcb-xkb1, libgssapi-krb5-2
Recommends: libcups2t64 | libcups2
Description: offline ledgers for an office that assigns and follows up work (争先台账)
 Assigns work to units, follows it until it is closed out, exchanges workbooks with
 units that have no copy of the program, and prints bulletins. Works without a network.
CONTROL

chmod -R u+rwX,go+rX,go-w "$root"
# xz, since dpkg on older desktops does not read zstd.
dpkg-deb --root-owner-group -Zxz --build "$root" "dist/zhengxian_${version}_$architecture.deb" >/dev/null
say "已生成 dist/zhengxian_${version}_$architecture.deb：$(du -m "dist/zhengxian_${version}_$architecture.deb" | cut -f1) MB。"
