# What runs inside the older system, without a network: `python [--enable-optimizations]` compiles CPython from
# /build/python into /opt/python; `bundle` collects /build/program with it and the wheels in /build/wheels.
set -eu

if [ "$1" = python ]; then
    shift
    cd /build/python
    # No function that came after glibc 2.28: configure would find those of this system's 2.31.
    ./configure -q --prefix=/opt/python --enable-shared --disable-test-modules --without-ensurepip "$@" \
        CFLAGS="-include /build/older_glibc.h" \
        ac_cv_func_posix_spawn_file_actions_addclosefrom_np=no ac_cv_func_sem_clockwait=no \
        ac_cv_func_pthread_cond_clockwait=no
    make -s -j"$(nproc)"
    make -s install
    exit
fi

echo /opt/python/lib >/etc/ld.so.conf.d/python.conf
ldconfig
/opt/python/bin/python3.13 -m venv --without-pip /opt/build
pip() { /opt/build/bin/python "$(echo /build/wheels/pip-*.whl)/pip" --quiet "$@"; }
pip install --no-index --find-links /build/wheels --no-deps --no-compile --require-hashes --requirement /build/linux.txt
cd /build/program
pip install --no-index --no-deps --no-build-isolation --no-compile .
/opt/build/bin/python installers/package/trim_icu.py "$(echo /opt/build/lib/python3.13/site-packages/PySide6/Qt/lib/libicudata.so.*)"
/opt/build/bin/python -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build build_spec.spec
