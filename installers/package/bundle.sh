# Collects /build/program inside the older system, without a network, with the Python in /opt/python and the wheels in
# /build/wheels.
set -eu

echo /opt/python/lib >/etc/ld.so.conf.d/python.conf
ldconfig
/opt/python/bin/python3.13 -m venv --without-pip /opt/build
pip() { /opt/build/bin/python "$(echo /build/wheels/pip-*.whl)/pip" --quiet "$@"; }
pip install --no-index --find-links /build/wheels --no-deps --no-compile --require-hashes --requirement /build/linux.txt
cd /build/program
pip install --no-index --no-deps --no-build-isolation --no-compile .
/opt/build/bin/python installers/package/trim_icu.py "$(echo /opt/build/lib/python3.13/site-packages/PySide6/Qt/lib/libicudata.so.*)"
/opt/build/bin/python -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build build_spec.spec
