# Compiles CPython inside the older system, without a network, from /build/python into /opt/python. Apart from what
# collects the program, so that a change of that leaves the Python in the cache as it is.
set -eu

cd /build/python
# No function that came after glibc 2.28: configure would find those of this system's 2.31.
./configure -q --prefix=/opt/python --enable-shared --disable-test-modules --without-ensurepip "$@" \
    CFLAGS="-include /build/older_glibc.h" \
    ac_cv_func_posix_spawn_file_actions_addclosefrom_np=no ac_cv_func_sem_clockwait=no \
    ac_cv_func_pthread_cond_clockwait=no
make -s -j"$(nproc)"
make -s install
