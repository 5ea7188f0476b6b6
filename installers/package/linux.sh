# Makes the .deb and the .tar.xz. Sourced by package.sh. All that compiles or collects runs in a Debian 11 of its own,
# so that the program asks for no newer C library than the systems that offices have, and without a network.

floor=2.28    # the C library of UOS 20 and Kylin V10 SP1
optimise=--enable-optimizations
for argument in "$@"; do
    [ "$argument" = --quick ] || fail "package.sh linux 不认识「$argument」。(Unknown argument.)"
    optimise=
done

fetch_linux
root=$cache/root-build
inside() { unshare --net chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
    PYTHONUTF8=1 PYTHONHASHSEED=1 PYTHONNODEBUGRANGES=1 SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" ZHENGXIAN_BUILD="$ZHENGXIAN_BUILD" "$@"; }

say "正在建立 Debian 11 …"
make_root "$root" build
mkdir -p "$root/build/program" "$root/build/wheels"
cp installers/package/python.sh installers/package/bundle.sh installers/package/older_glibc.h "$root/build/"

# Python is the same until its source, its recipe or the system it is compiled on change.
key=$(cat "$pins/sources.sha256" "$pins/$suite-build.sha256" installers/package/python.sh installers/package/older_glibc.h |
    sha256sum | cut -c 1-12)${optimise:+-optimised}
if [ ! -f "$cache/python-$key.tar" ]; then
    say "正在编译 Python${optimise:+（带优化，约需半小时到一小时）} …"
    fetch_python
    dpkg-source --no-check -x "$cache"/sources/python3.13_*.dsc "$root/build/python" >"$cache/python.log"
    inside sh /build/python.sh $optimise >>"$cache/python.log" 2>&1 ||
        { tail -20 "$cache/python.log" >&2; fail "Python 没有编译成，见 $cache/python.log。(It did not compile.)"; }
    tar -cf "$cache/python-$key.tar.part" -C "$root" opt/python
    mv "$cache/python-$key.tar.part" "$cache/python-$key.tar"
    rm -rf "$root/build/python"
fi
tar -xf "$cache/python-$key.tar" -C "$root"

say "正在打包 …"
cp "$cache"/wheels-linux/*.whl "$root/build/wheels/"
cp "$pins/linux.txt" "$root/build/"
git ls-files -z --cached --others --exclude-standard | tar -cf - --null --files-from=- | tar -xf - -C "$root/build/program"
inside sh /build/bundle.sh >"$cache/bundle.log" 2>&1 ||
    { tail -20 "$cache/bundle.log" >&2; fail "没有打包成，见 $cache/bundle.log。(It was not collected.)"; }
rm -rf "$cache/linux"
cp -a "$root/build/program/dist/zhengxian" "$cache/linux"
drop_root "$root"
sh installers/make_deb.sh "$cache/linux" "$floor"
