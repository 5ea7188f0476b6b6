# Installs each package from scratch, uses it, updates it and removes it. Sourced by package.sh.
#   check [linux] [windows]   either alone, or both

[ $# -gt 0 ] || set -- linux windows
for argument in "$@"; do
    case "$argument" in linux|windows) ;; *) fail "package.sh check 不认识「$argument」。(Unknown argument.)" ;; esac
done
need_programs debootstrap:debootstrap dpkg-deb:dpkg Xvfb:xvfb openbox:openbox xdotool:xdotool
need_system "$libraries_offscreen $libraries_window"
make_venv .venv
install_project .venv test

home=$cache/check
rm -rf "$home"
mkdir -p "$home/config" /tmp/.X11-unix
chmod 1777 /tmp/.X11-unix
# COMMAND [PEER OPENER]: what starts the installed program; what starts it from source on the same system, where that
# is not this one; and what opens a file as a double click does
check_built() {
    ZHENGXIAN_BUILT="$1" ZHENGXIAN_PEER="${2:-}" ZHENGXIAN_OPENER="${3:-}" ZHENGXIAN_PICTURES="$cache/pictures-$argument" \
        .venv/bin/python -m pytest -q -s --basetemp "$home/pytest" installers/check_built.py
}
at_most() { # WHAT SIZE LIMIT, in bytes and MB of a million bytes
    say "$1：$(($2 / 1000000)).$(($2 / 100000 % 10)) MB（不得超过 $3 MB）。"
    [ "$2" -le $(($3 * 1000000)) ] || fail "$1 太大。(Too large.)"
}
# What an office has: its books, keys and backups, each file by its digest.
digests() { find "$1" -type f -exec sha256sum {} + | LC_ALL=C sort; }
# Until something is so, for a minute.
wait_until() { tries=0; until eval "$1"; do tries=$((tries + 1)); [ $tries -lt 120 ] || fail "没有等到：$1"; sleep 0.5; done; }
export ZHENGXIAN_PASSWORD=zhengxian-demo

check_linux() {
    deb=dist/zhengxian_${version}_amd64.deb
    [ -f "$deb" ] || fail "没有 $deb，请先运行：sh installers/package.sh linux"
    fetch_archive bare
    root=$cache/root-check
    say "正在建立一台什么都没有的 Debian 11 …"
    make_root "$root" bare
    mkdir -p "$root$home" "$root/tmp/.X11-unix" "$root/packages"
    mount -t proc proc "$root/proc"
    mount --bind "$home" "$root$home"
    mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
    trap 'drop_root "$root"' EXIT
    inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$home" DEBIAN_FRONTEND=noninteractive \
        ZHENGXIAN_CONFIG="$home/config" ZHENGXIAN_PASSWORD="$ZHENGXIAN_PASSWORD" QT_QPA_PLATFORM=offscreen "$@"; }
    cp "$deb" "$root/packages/new.deb"
    # the version before, if there is one; else the same under a lower number
    before=$(ls dist/previous/zhengxian_*_amd64.deb 2>/dev/null | tail -1)
    if [ -n "$before" ]; then
        cp "$before" "$root/packages/before.deb"
    else
        dpkg-deb -R "$deb" "$root/packages/before"
        sed -i 's/^Version: .*/Version: 0.0.1/' "$root/packages/before/DEBIAN/control"
        dpkg-deb --root-owner-group -Zgzip -z1 --build "$root/packages/before" "$root/packages/before.deb" >/dev/null
        rm -rf "$root/packages/before"
    fi

    inside dpkg -i /packages/before.deb >"$home/dpkg.log" 2>&1 || { tail "$home/dpkg.log" >&2; fail "没有装上。(Not installed.)"; }
    inside zhengxian demo "$home/office" --no-window --items 30
    office_says() { inside zhengxian --data "$home/office" --user admin --json "$@"; }
    office_says list rectification >"$home/before.json"

    say "开着的时候不许更新、不许删除 …"
    inside zhengxian --data "$home/office" >"$home/window.log" 2>&1 &
    wait_until 'inside sh -c "readlink /proc/[0-9]*/exe" 2>/dev/null | grep -q /usr/lib/zhengxian/zhengxian'
    for act in "-i /packages/new.deb" "-r zhengxian"; do
        inside dpkg $act >"$home/dpkg.log" 2>&1 && fail "开着还是做了：dpkg $act (It was not refused.)"
        grep -q 争先台账正开着 "$home/dpkg.log" || fail "没有说明为什么不做：dpkg $act (It did not say why.)"
    done
    inside sh -c 'for each in /proc/[0-9]*; do
        [ "$(readlink $each/exe)" != /usr/lib/zhengxian/zhengxian ] || kill ${each#/proc/}; done'
    wait_until '! inside sh -c "readlink /proc/[0-9]*/exe" 2>/dev/null | grep -q /usr/lib/zhengxian/zhengxian'

    say "从旧版更新 …"
    inside dpkg -i /packages/new.deb >"$home/dpkg.log" 2>&1 || { tail "$home/dpkg.log" >&2; fail "没有更新。(Not updated.)"; }
    [ "$(inside dpkg-query -W -f '${Version}' zhengxian)" = "$(dpkg-deb -f "$deb" Version)" ] || fail "版本没有变。(The version is the old one.)"
    office_says list rectification >"$home/after.json"
    cmp -s "$home/before.json" "$home/after.json" || fail "更新以后台账变了。(The ledger has changed.)"
    inside grep -q 'application/x-zhengxian-backup:\*.zxb' /usr/share/mime/globs2 || fail "没有登记 .zxb。(No MIME type.)"
    inside grep -q 'application/x-zhengxian-backup=zhengxian.desktop' /usr/share/applications/mimeinfo.cache ||
        fail "双击 .zxb 打不开程序。(Backups do not open the program.)"
    inside man zhengxian 2>/dev/null | grep -q "$version" || fail "没有手册页。(No man page.)"
    check_update "$root/usr/lib/zhengxian/_internal/resources/supplier.pub" "zhengxian_99.0.0_amd64.deb"

    argument=linux check_built "chroot $root /usr/bin/zhengxian"

    say "删除 …"
    digests "$home/office" >"$home/before.txt"
    inside dpkg -r zhengxian >"$home/dpkg.log" 2>&1 || { tail "$home/dpkg.log" >&2; fail "没有删掉。(Not removed.)"; }
    left=$(find "$root/usr/lib/zhengxian" "$root/usr/bin/zhengxian" ! -name supplier.pub ! -type d 2>/dev/null) ||
        true  # what is gone cannot be looked through
    [ -z "$left" ] || fail "删除以后还留着：$left"
    digests "$home/office" | cmp -s - "$home/before.txt" || fail "删除以后台账变了。(Data have changed.)"

    say "用到的最新符号：GLIBC_$(dpkg-deb -f "$deb" Depends | sed -n 's/.*libc6 (>= \([0-9.]*\)).*/\1/p')；依赖：$(dpkg-deb -f "$deb" Depends)"
    at_most "装好以后" "$(($(dpkg-deb -f "$deb" Installed-Size) * 1024))" 180
    at_most "安装包" "$(stat -c %s "$deb")" 70
    # the other form, on this system itself
    mkdir "$home/plain"
    tar -xf "dist/zhengxian-$version-linux-amd64.tar.xz" -C "$home/plain"
    [ "$("$home/plain"/zhengxian-*/zhengxian --version)" = "zhengxian $version" ] || fail ".tar.xz 里的程序没有运行。(It does not run.)"
    HOME=$home XDG_DATA_HOME=$home/share sh "$home/plain"/zhengxian-*/install.sh
    grep -q "^Exec=\"$home/plain/.*/zhengxian\" %f$" "$home/share/applications/zhengxian.desktop" || fail "没有放进菜单。(Not in the menu.)"
    trap - EXIT
    drop_root "$root"
}

# check_update KEY NAME   a signed package is taken with a backup made; an older one and a changed one are refused.
check_update() {
    export ZHENGXIAN_SIGNING_PASSWORD=made-for-this-check
    .venv/bin/python installers/sign.py keys "$home/keys" >/dev/null
    cp "$home/keys/zhengxian.pub" "$1"
    mkdir "$home/stick"
    echo newer >"$home/stick/$2"
    older=$(echo "$2" | sed s/99.0.0/0.0.1/)
    echo older >"$home/stick/$older"
    .venv/bin/python installers/sign.py sign "$home/keys/zhengxian.key" "$home/stick/$2" "$home/stick/$older" >/dev/null
    count=$(ls "$home/office/backups" 2>/dev/null | wc -l)
    office_says update "$home/stick/$2" | grep -q '"version": "99.0.0"' || fail "签了名的新版本没有采用。(Not taken.)"
    [ "$(ls "$home/office/backups" 2>/dev/null | wc -l)" -gt "$count" ] || fail "更新以前没有备份。(No backup was made.)"
    ! office_says update "$home/stick/$older" >/dev/null 2>&1 || fail "旧版本没有拒绝。(An older one was taken.)"
    echo changed >>"$home/stick/$2"
    ! office_says update "$home/stick/$2" >/dev/null 2>&1 || fail "改动过的没有拒绝。(A changed one was taken.)"
    rm "$1"
}

# make_peer FOLDER   the source with Python and the libraries for Windows as their publishers made them, whole.
make_peer() {
    fetch_windows
    unpack_embeddable
    mkdir "$1"
    cp -r "$cache/embeddable/cp313/." "$1"
    for wheel in "$cache"/wheels-windows/*.whl; do "$python3" -m zipfile -e "$wheel" "$1/site"; done
    cp -r db desktop resources "$1/site"
    printf '%s\n' python313.zip . site >"$1/python313._pth"
}

check_windows() {
    need_programs wine:wine wineserver:wine
    setup=dist/zhengxian-$version-setup.exe
    [ -f "$setup" ] || fail "没有 $setup，请先运行：sh installers/package.sh windows"
    export WINEPREFIX="$home/wine" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d' XDG_RUNTIME_DIR="$home"
    # one display for all of it: the desktop of Wine stays where the first program was shown
    Xvfb -displayfd 3 -screen 0 1366x768x24 3>"$home/display" 2>/dev/null &
    shown=$!
    trap 'kill $shown' EXIT
    wait_until '[ -s "$home/display" ]'
    DISPLAY=:$(cat "$home/display") ZHENGXIAN_DISPLAY=:$(cat "$home/display")
    export DISPLAY ZHENGXIAN_DISPLAY
    say "正在建立一台什么都没有的 Windows（Wine $(wine --version | sed 's/wine-//')）…"
    unset TMPDIR    # where it is set, Wine 10 falls over before anything of the program is there
    wineboot --init >"$home/wine.log" 2>&1 || { tail -3 "$home/wine.log" >&2; fail "Wine 没有起来。(Wine did not start.)"; }
    # one Windows for the whole check: programs that start while another one ends may lose what they say
    wineserver --wait
    wineserver --persistent
    trap 'wineserver --kill; kill $shown' EXIT
    place="$WINEPREFIX/drive_c/users/$(id -un)/AppData/Local/Programs/Zhengxian"
    office_says() { wine "$place/zhengxian.exe" --data "$home/office" --user admin --json "$@" 2>/dev/null; }
    export ZHENGXIAN_CONFIG="$home/config"
    install_setup() { wine "$1" /S >>"$home/wine.log" 2>&1; }

    before=$(ls dist/previous/zhengxian-*-setup.exe 2>/dev/null | tail -1)
    if [ -z "$before" ]; then
        before=$home/zhengxian-0.0.1-setup.exe
        makensis -V1 -INPUTCHARSET UTF8 -DTARGET=amd64-unicode -DQUICK -DVERSION=0.0.1 -DSOURCE="$cache/windows" \
            -DOUTPUT="$before" installers/windows.nsi
    fi
    install_setup "$before" || fail "旧版没有装上。(Not installed.)"
    [ -x "$place/zhengxianw.exe" ] || fail "旧版没有装上。(Not installed.)"
    echo stale >"$place/_internal/stale"
    wine "$place/zhengxian.exe" demo "$home/office" --no-window --items 30 2>/dev/null
    office_says list rectification >"$home/before.json"

    say "开着的时候不许更新、不许删除 …"
    QT_QPA_PLATFORM=offscreen wine "$place/zhengxianw.exe" --data "$home/office" >"$home/window.log" 2>&1 &
    window=$!
    sleep 15
    ! wine "$setup" /S >>"$home/wine.log" 2>&1 || fail "开着还是更新了。(It was not refused.)"
    wine "$place/uninstall.exe" /S "_?=$(winepath -w "$place")" >>"$home/wine.log" 2>&1 || true
    [ -f "$place/_internal/stale" ] && [ -f "$place/zhengxian.exe" ] || fail "开着还是改动了。(It was changed.)"
    wine taskkill /f /im zhengxianw.exe >/dev/null 2>&1 || true
    wait $window || true

    say "从旧版更新 …"
    install_setup "$setup" || fail "没有更新。(Not updated.)"
    [ ! -f "$place/_internal/stale" ] || fail "旧版的文件还在。(Files of the old version are still there.)"
    office_says list rectification >"$home/after.json"
    cmp -s "$home/before.json" "$home/after.json" || fail "更新以后台账变了。(The ledger has changed.)"
    wine reg query 'HKCU\Software\Classes\Zhengxian.Backup\shell\open\command' 2>/dev/null | grep -q 'zhengxianw.exe" "%1"' ||
        fail "双击 .zxb 打不开程序。(Backups do not open the program.)"
    # Windows shows the classes of the user and of the machine as one, Wine 10 those of the machine alone
    for class in .zxb Zhengxian.Backup; do
        wine reg copy "HKCU\\Software\\Classes\\$class" "HKLM\\Software\\Classes\\$class" /s /f >>"$home/wine.log" 2>&1
    done
    check_update "$place/_internal/site/resources/supplier.pub" "zhengxian-99.0.0-setup.exe"

    # its start is held against the source as the same Wine runs it
    make_peer "$home/peer"
    argument=windows check_built "wine $place/zhengxian.exe" "wine $home/peer/python.exe -m desktop" "wine start /wait"

    say "删除 …"
    digests "$home/office" >"$home/before.txt"
    at_most "装好以后" "$(du -sb "$place" | cut -f1)" 180
    at_most "安装包" "$(stat -c %s "$setup")" 70
    wine "$place/uninstall.exe" /S "_?=$(winepath -w "$place")" >>"$home/wine.log" 2>&1
    [ ! -e "$place/_internal" ] && [ ! -e "$place/zhengxian.exe" ] || fail "没有删掉。(Not removed.)"
    digests "$home/office" | cmp -s - "$home/before.txt" || fail "删除以后台账变了。(Data have changed.)"
    trap - EXIT
    wineserver --kill
    kill $shown
}

for argument in "$@"; do
    "check_$argument"
    rm -rf "$home"/office "$home"/stick "$home"/keys "$home"/*.json
    say "$argument 的安装包检查通过。"
done
