# What run.sh, test.sh and build.sh share: a fit Python, the system's libraries, .venv and the dependencies.
# Sourced, in POSIX sh, with the working folder at the top of the checkout. Each step is passed over when its
# work is there already, so that a second run takes a moment.

say() { printf '%s\n' "$*" >&2; }
fail() { say ""; say "$*"; exit 1; }

# The version, from its one place.
project_version() { sed -n 's/^__version__ = "\(.*\)"/\1/p' desktop/__init__.py; }

# Which state of the source this is: the day of the commit and its name, and whether something was changed since.
project_build() {
    git log -1 --abbrev=10 --format='%cd %h' --date=format:%Y-%m-%d 2>/dev/null || { echo "无版本记录"; return; }
    git diff --quiet HEAD -- db desktop resources build_spec.spec installers || echo "（有未提交的改动）"
}

# --- who may install -------------------------------------------------------------------------------------

# Prints the prefix under which apt-get may run: nothing for root, sudo where it asks nothing or where somebody
# sits at the terminal to answer it. Fails when neither is there, or ZHENGXIAN_NO_APT is set.
apt_prefix() {
    [ -z "${ZHENGXIAN_NO_APT:-}" ] || return 1
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" -ne 0 ] || return 0
    command -v sudo >/dev/null 2>&1 || return 1
    if sudo -n true 2>/dev/null || { [ -t 0 ] && [ -t 2 ]; }; then
        echo sudo
    else
        return 1
    fi
}

# known_package FIRST|SECOND   the first that this system's lists have.
known_package() {
    for package in $(echo "$1" | tr '|' ' '); do
        # by its whole name, which apt takes for a pattern where it has a dot
        if apt-cache show "$package" 2>/dev/null | grep -qxF "Package: $package"; then echo "$package"; return 0; fi
    done
    return 1
}

apt_updated=
# apt_install PACKAGE…   a package may be given as first|second: the first that this system knows is taken.
apt_install() {
    prefix=$(apt_prefix) || return 1
    if [ -z "$apt_updated" ]; then
        $prefix apt-get update -qq >/dev/null || say "提示：软件包目录没有更新成功，先用已有的目录。"
        apt_updated=yes
    fi
    chosen=
    for choice in "$@"; do
        package=$(known_package "$choice") && chosen="$chosen $package"
    done
    [ -n "$chosen" ] || return 1
    say "正在安装系统组件 (system packages):$chosen"
    said=$($prefix env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $chosen \
        2>&1 </dev/null) && return 0
    say "$said"
    return 1
}

# --- system libraries ------------------------------------------------------------------------------------

# soname:package, each looked for by its soname, so that a system with other package names is not asked twice.
libraries_offscreen='libGL.so.1:libgl1 libEGL.so.1:libegl1 libglib-2.0.so.0:libglib2.0-0t64|libglib2.0-0
    libfontconfig.so.1:libfontconfig1 libdbus-1.so.3:libdbus-1-3 libxkbcommon.so.0:libxkbcommon0
    libcups.so.2:libcups2t64|libcups2'
libraries_window='libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0
    libxcb-icccm.so.4:libxcb-icccm4 libxcb-image.so.0:libxcb-image0 libxcb-keysyms.so.1:libxcb-keysyms1
    libxcb-render-util.so.0:libxcb-render-util0 libxcb-shape.so.0:libxcb-shape0 libxcb-xkb.so.1:libxcb-xkb1'
# What only the tests use: a screen and hands for it, readers of the PDFs, an office program that saves workbooks, and
# what lets no test wait for the disk.
tools_for_check='Xvfb:xvfb openbox:openbox xdotool:xdotool'
tools_for_tests="$tools_for_check"' pdftotext:poppler-utils qpdf:qpdf
    soffice:libreoffice-calc-nogui makensis:nsis minisign:minisign eatmydata:eatmydata'

# Prints the packages of the libraries in LIST that the loader does not know.
missing_libraries() {
    [ "$(uname -s)" = Linux ] || return 0
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null) || return 0
    for pair in $1; do
        case "$known" in *"${pair%%:*} "*) ;; *) echo "${pair#*:}" ;; esac
    done
}

# Prints the packages that making .venv needs: a Python that fits, and its venv, which Debian packs apart.
missing_python() {
    if ! python=$(find_python); then
        [ -n "${ZHENGXIAN_PYTHON:-}" ] || wanted_python
    elif ! venv_is_good .venv && ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "python$(python_version "$python")-venv|python3-venv"
    fi
}

# The Python that this system can install: its own, where that fits or nothing is known of it, else one beside it;
# nothing where it has none, so that nobody is asked to install what would not do.
wanted_python() {
    case $(apt-cache show python3 2>/dev/null | sed -n 's/^Version: \(3\.[0-9]*\).*/\1/p' | head -n 1) in
        3.11|3.12|3.13|"") command -v python3 >/dev/null 2>&1 || { echo python3 python3-venv; return; } ;;
    esac
    name=$(known_package 'python3.13|python3.12|python3.11') && echo "$name $name-venv" || true
}

# need_system LIBRARIES   all that the system must bring, installed in one go or asked for in one sentence.
need_system() {
    # before anybody is sent for libraries that would not help
    [ -n "$(wanted_python)" ] || find_python >/dev/null || no_python
    missing=$(missing_python; missing_libraries "$1")
    [ -n "$missing" ] || return 0
    apt_install $missing && return 0
    fail "还缺几个系统组件，这里没有安装它们的权限。请让管理员运行（或用 root 再运行本脚本）：
    sudo apt-get install$(for each in $missing; do printf ' %s' "$(known_package "$each" || echo "${each##*|}")"; done)
(System packages are missing and may not be installed from here; the command above installs them.)"
}

# need_tools LIST   installs commands that the tests use; without the right to, says which tests will be passed over.
need_tools() {
    [ "$(uname -s)" = Linux ] || return 0
    missing=
    for pair in $1; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
    done
    [ -n "$missing" ] || return 0
    apt_install $missing && return 0
    say "提示：没有安装$missing，用到它们的测试会跳过。安装命令：sudo apt-get install$missing
(Tests that use these programs will be skipped.)"
}

# --- Python ----------------------------------------------------------------------------------------------

fit_python() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

# Prints a Python that fits: the one that ZHENGXIAN_PYTHON names, else the first of the usual names.
find_python() {
    if [ -n "${ZHENGXIAN_PYTHON:-}" ]; then
        fit_python "$ZHENGXIAN_PYTHON" || return 1
        echo "$ZHENGXIAN_PYTHON"
        return 0
    fi
    for name in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if fit_python "$name"; then echo "$name"; return 0; fi
    done
    return 1
}

# Whether FOLDER is a virtual environment that still runs, of the Python that ZHENGXIAN_PYTHON names if it names one.
venv_is_good() {
    [ -x "$1/bin/python" ] && fit_python "$1/bin/python" && "$1/bin/python" -m pip --version >/dev/null 2>&1 || return 1
    [ -z "${ZHENGXIAN_PYTHON:-}" ] || [ "$(python_version "$1/bin/python")" = "$(python_version "$ZHENGXIAN_PYTHON")" ]
}

no_python() {
    [ -n "${ZHENGXIAN_PYTHON:-}" ] && fail "ZHENGXIAN_PYTHON 指的「$ZHENGXIAN_PYTHON」不是 3.11 至 3.13 的 Python。
(ZHENGXIAN_PYTHON does not name a Python 3.11 to 3.13.)"
    fail "没有找到 Python 3.11 至 3.13，本系统也没有可装的。请改装安装包，里面什么都带着；或另装一个，用 ZHENGXIAN_PYTHON 指明它。
(No Python 3.11 to 3.13 was found, nor one to install. Use the package, or install one and name it by ZHENGXIAN_PYTHON.)"
}

# make_venv FOLDER   a virtual environment with pip; made anew when the one there is no longer good.
make_venv() {
    venv_is_good "$1" && return 0
    python=$(find_python) || {
        no_python
    }
    say "正在建立运行环境 ($("$python" --version 2>&1)) …"
    rm -rf "$1"
    "$python" -m venv "$1" || fail "运行环境「$1」没有建成，请看上面的提示。(The virtual environment was not made.)"
}

python_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# pip_install VENV ARGUMENT…   with a second try, since a package index may be slow; what pip says is kept in VENV/said.
pip_install() {
    pip="$1/bin/python -m pip install --disable-pip-version-check"
    said="$1/said"
    shift
    if $pip --quiet "$@" 2>"$said"; then return 0; fi
    if unlocked "$said"; then return 1; fi
    say "没有装成，再试一次 (once more) …"
    $pip "$@" 2>"$said" && return 0
    cat "$said" >&2
    return 1
}

# Whether pip found no file of a locked version for this system (an older C library, another processor). A file whose
# hash is another is no such case, nor is an index that cannot be reached, which seems to have no version at all.
unlocked() { grep -q 'No matching distribution found' "$1" && ! grep -q 'from versions: none' "$1"; }

# say_unlocked VENV LOCK   which versions were taken instead of the locked ones, so that nobody overlooks it.
say_unlocked() {
    sed -n 's/^\([A-Za-z0-9._-]*==[^ ;\\]*\).*/\1/p' installers/lock/plain.txt "$2" | tr 'A-Z_' 'a-z-' >"$1/locked"
    say "
**********************************************************************
注意：锁定的版本里有本系统装不上的，改装了 pyproject.toml 允许的版本。
这些版本没有核对哈希，也没有测试过，只宜试用；办公用的请装安装包。
(Not the locked versions: no hashes were checked, nothing was tested with them.)"
    "$1/bin/python" -m pip freeze --exclude-editable 2>/dev/null | tr 'A-Z_' 'a-z-' | grep -vxF -f "$1/locked" >&2 || true
    say "**********************************************************************
"
}

# install_project VENV EXTRAS   the checkout in place, with its dependencies as installers/lock has them; passed over
# while pyproject.toml and the lock are the same.
install_project() {
    venv=$1
    extras=$2
    stamp="$venv/installed-${extras:-plain}"
    lock="installers/lock/${extras:-plain}.txt"
    state="$(cat pyproject.toml installers/lock/plain.txt "$lock" | cksum) $(python_version "$venv/bin/python") $(pwd)"
    case "$(cat "$stamp" 2>/dev/null)" in
        "$state") return 0 ;;
        "$state unlocked") [ -n "${locked_only:-}" ] || return 0 ;;
    esac
    say "正在安装依赖 (dependencies) …"
    failed="依赖没有装成。第一次安装要能连上 Python 软件源；请看上面的提示。
(The dependencies were not installed. The first installation needs a Python package index.)"
    if pip_install "$venv" --require-hashes -r "$lock"; then
        pip_install "$venv" --no-deps --no-build-isolation -e . || fail "$failed"
    elif unlocked "$venv/said"; then
        grep 'No matching distribution found' "$venv/said" >&2
        # what is carried to others is made of what was pinned, or not at all
        [ -z "${locked_only:-}" ] ||
            fail "锁定的版本里有本系统装不上的，没有打包：安装包只用 installers/lock 里写着的文件。
(Some locked versions have no file for this system; a package is made of locked files alone.)"
        pip_install "$venv" -e ".${extras:+[$extras]}" || fail "$failed"
        say_unlocked "$venv" "$lock"
        state="$state unlocked"
    else
        fail "$failed"
    fi
    echo "$state" >"$stamp"
}

# need_shared_python VENV   the interpreter as a shared library, which a built program carries; Debian packs it apart.
need_shared_python() {
    "$1/bin/python" - <<'PYTHON' && return 0
import ctypes, os, sys, sysconfig
name = sysconfig.get_config_var("INSTSONAME") or ""
if os.path.exists(os.path.join(sysconfig.get_config_var("LIBDIR") or "", name)):
    sys.exit(0)
try:
    ctypes.CDLL(name)
except OSError:
    sys.exit(1)
PYTHON
    apt_install "libpython$(python_version "$1/bin/python")" && return 0
    fail "这个 Python 没有共享库，不能打包。请安装 libpython$(python_version "$1/bin/python")，或用 ZHENGXIAN_PYTHON 换一个 Python。
(This Python comes without its shared library, which PyInstaller needs.)"
}
