#!/usr/bin/env bash
# Builds once and runs every test. Integration tests use the kapok binary of the same build.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --build-tests
swift test --skip-build "$@"
