#!/bin/sh
# Everything that can be said about the code without running it; every check runs, the first failure is not the last.
set -u
failed=""

check() {
    name=$1
    shift
    printf '%s\n' "== $name"
    "$@" || failed="$failed $name,"
}

check "lint" ruff check .
check "format" ruff format --check .
check "types" basedpyright
check "import floors" lint-imports
check "migrations" python -m nestpay migrate --check

if [ -n "$failed" ]; then
    echo "not in order:${failed%,}" >&2
    exit 1
fi
echo "all in order"
