#!/usr/bin/env bash
# Installs the test broker into .kapok/venv. Prints nothing when it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.2.3
venv=.kapok/venv
if [ -x "$venv/bin/noida-db" ] && ls -d "$venv"/lib/python3*/site-packages/noida_db-"$version".dist-info >/dev/null 2>&1
then
    exit 0
fi
echo "installing noida-db $version into $venv"
mkdir -p .kapok
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check "noida-db==$version"
