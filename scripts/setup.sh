#!/bin/sh
# Make .venv hold exactly what the given requirements file asks for; does nothing when it already does.
set -eu
wanted=$1
minimum='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c "$minimum" 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "nestpay needs Python 3.11 or newer. Install it, or say which one: make run PYTHON=/path/to/python3.12" >&2
    exit 1
}

fingerprint() { cat requirements.txt requirements-dev.txt | cksum | tr ' ' '-'; }

stamp=".venv/stamp-$(basename "$wanted" .txt)-$(fingerprint)"
[ -e "$stamp" ] && exit 0
[ "$wanted" = requirements.txt ] && [ -e ".venv/stamp-requirements-dev-$(fingerprint)" ] && exit 0

started=$(date +%s)
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "  making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv || {
        echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    }
fi
echo "  installing $wanted"
.venv/bin/python -m pip install -qq --no-compile --disable-pip-version-check --no-input -r "$wanted"
rm -f ".venv/stamp-$(basename "$wanted" .txt)-"*
touch "$stamp"
echo "  installed in $(($(date +%s) - started)) s"
