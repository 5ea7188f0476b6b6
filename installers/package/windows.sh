# Makes the installer for Windows. Sourced by package.sh. Python and the libraries come as their publishers made them;
# the launchers and the installer are compiled here.

[ $# -eq 0 ] || fail "package.sh windows 不认识「$1」。(Unknown argument.)"
fetch_windows

unpack_embeddable
say "正在打包 …"
built=$cache/windows
PYTHONNODEBUGRANGES=1 "$python3" installers/package/windows.py "$cache/embeddable/cp313" "$cache/wheels-windows" "$built" >&2

numbers=$(echo "$version" | tr . ,),0
x86_64-w64-mingw32-windres -c 65001 -DNUMBERS="$numbers" -DVERSION="\\\"$version\\\"" \
    -DICON_FILE="\\\"$here/resources/icons/zhengxian.ico\\\"" \
    -DMANIFEST_FILE="\\\"$here/installers/package/launcher.manifest\\\"" installers/package/launcher.rc "$cache/launcher.o"
flags="-municode -O2 -s -Wall -Werror -Wl,--no-insert-timestamp -Wl,--nxcompat -Wl,--dynamicbase"
x86_64-w64-mingw32-gcc $flags -mconsole installers/package/launcher.c "$cache/launcher.o" -o "$built/zhengxian.exe"
x86_64-w64-mingw32-gcc $flags -mwindows -DWINDOWED installers/package/launcher.c "$cache/launcher.o" -o "$built/zhengxianw.exe"
find "$built" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

# The program is for 64 bits alone, and so is what installs it.
makensis -V2 -WX -INPUTCHARSET UTF8 -DTARGET=amd64-unicode -DVERSION="$version" -DSOURCE="$built" \
    -DOUTPUT="$here/dist/zhengxian-$version-setup.exe" installers/windows.nsi
say "已生成 dist/zhengxian-$version-setup.exe：$(($(stat -c %s "dist/zhengxian-$version-setup.exe") / 1000000)) MB。"
