#!/usr/bin/env bash
# Installs the Debian packages that the build needs, where they are missing: as root, else with sudo, else says how.
set -euo pipefail
need=()
for p in librdkafka-dev libsimdjson-dev libncurses-dev libsqlite3-dev python3-venv; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || need+=("$p")
done
[ ${#need[@]} -eq 0 ] && exit 0
run="apt-get install -y ${need[*]}"
if [ "$(id -u)" = 0 ]; then
    apt-get update && $run
elif command -v sudo >/dev/null; then
    sudo apt-get update && sudo $run
else
    echo "These Debian packages are missing and cannot be installed without root. Run as root: $run" >&2
    exit 1
fi
