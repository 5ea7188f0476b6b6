#!/bin/sh
# Packs a built program into dist/zhengxian_VERSION_ARCH.deb, to be carried on a stick and opened with the machine's
# own package installer, and into a .tar.xz for systems that have none:  sh installers/make_deb.sh [FOLDER [FLOOR]]
#   FOLDER   what was built, dist/zhengxian otherwise
#   FLOOR    the newest C library that may be asked for; nothing is packed when a file asks for a newer one
# The program lies in /usr/lib/zhengxian; data stay in each user's own folder and are never touched.
set -eu
cd "$(dirname "$0")/.."
. installers/_setup.sh

built=${1:-dist/zhengxian}
[ -x "$built/zhengxian" ] || fail "还没有 $built，请先运行：sh installers/build.sh (Build the program first.)"
command -v dpkg-deb >/dev/null 2>&1 || fail "没有 dpkg-deb，只有 Debian 一类的系统能做 .deb 包。(dpkg-deb is missing.)"

version=${ZHENGXIAN_VERSION:-$(project_version)}
architecture=$(dpkg --print-architecture)
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
# What the files ask for, read from their symbols.
needed=$(python3 installers/package/needed.py "$built" ${2:+"$2"}) || fail "没有做成安装包。(Nothing was packed.)"
libc=$(echo "$needed" | sed -n 1p)
libraries=$(echo "$needed" | sed -n 2p)

root=build/deb
rm -rf "$root"
share=$root/usr/share
mkdir -p "$root/DEBIAN" "$root/usr/lib" "$root/usr/bin" "$share/applications" "$share/mime/packages" "$share/man/man1" \
    "$share/icons/hicolor/256x256/apps" "$share/icons/hicolor/scalable/apps" "$share/doc/zhengxian"
cp -r "$built" "$root/usr/lib/zhengxian"
ln -s ../lib/zhengxian/zhengxian "$root/usr/bin/zhengxian"
cp resources/icons/zhengxian.png "$share/icons/hicolor/256x256/apps/zhengxian.png"
cp resources/icons/zhengxian.svg "$share/icons/hicolor/scalable/apps/zhengxian.svg"
cp installers/linux/zhengxian.desktop "$share/applications/zhengxian.desktop"
cp installers/linux/zhengxian.xml "$share/mime/packages/zhengxian.xml"
sed "s/VERSION/$version/" installers/linux/zhengxian.1 | gzip -9n >"$share/man/man1/zhengxian.1.gz"
gzip -9nc CHANGELOG.md >"$share/doc/zhengxian/changelog.gz"
{
    cat LICENSE
    echo
    echo "The libraries that come with the program keep their own licences, in /usr/lib/zhengxian/_internal/licences; Qt"
    echo "is under the LGPL, version 3 (/usr/share/common-licenses/LGPL-3). The fonts keep theirs in"
    echo "/usr/lib/zhengxian/_internal/resources/fonts."
} >"$share/doc/zhengxian/copyright"

for script in preinst prerm; do
    cp installers/linux/refuse_while_open.sh "$root/DEBIAN/$script"
    chmod 755 "$root/DEBIAN/$script"
done
# The time of the commit makes each build newer than the one before, so that an installer does not pass it over.
cat >"$root/DEBIAN/control" <<CONTROL
Package: zhengxian
Version: $version+$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d.%H%M)
Section: misc
Priority: optional
Architecture: $architecture
Maintainer: Zhengxian maintainers <maintainers@localhost>
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)
Depends: libc6 (>= $libc)${libraries:+, $libraries}
Recommends: libcups2t64 | libcups2
Description: offline ledgers for an office that assigns and follows up work (争先台账)
 Assigns work to units, follows it until it is closed out, exchanges workbooks with
 units that have no copy of the program, and prints bulletins. Works without a network.
CONTROL

chmod -R u+rwX,go+rX,go-w "$root"
# One time for all files, that of the commit: the same state of the source gives the same bytes.
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
# xz, since dpkg on older desktops does not read zstd; by one thread, since the bytes of several are others. To be
# looked at here alone, the quickest.
if [ "${ZHENGXIAN_COMPRESS:-}" = quick ]; then packed="-Zgzip -z1"; else packed="-Zxz -z9 -Sextreme"; fi
export DPKG_DEB_THREADS_MAX=1
deb=dist/zhengxian_${version}_$architecture.deb
dpkg-deb --root-owner-group $packed --build "$root" "$deb" >/dev/null

if [ "${ZHENGXIAN_COMPRESS:-}" = quick ]; then exit 0; fi

plain=zhengxian-$version-linux-$architecture
rm -rf "build/$plain"
mv "$root/usr/lib/zhengxian" "build/$plain"
cp installers/linux/zhengxian.xml installers/linux/install.sh resources/icons/zhengxian.png LICENSE "build/$plain/"
cp installers/linux/zhengxian.desktop "build/$plain/zhengxian.desktop"
find "build/$plain" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
tar -C build --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - "$plain" |
    xz -9e -T1 >"dist/$plain.tar.xz"
rm -rf "build/$plain" "$root"
for each in "$deb" "dist/$plain.tar.xz"; do
    say "已生成 $each：$(($(stat -c %s "$each") / 1000000)) MB。"
done
say "系统要有 glibc $libc 或更新的，另要：${libraries:-无}。"
