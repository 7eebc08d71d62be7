#!/bin/sh
# Installs what the tests need beyond Python packages: Chromium, which renders the HTML report.
# Never fails: without it those tests are skipped (and fail in CI, where a skip is a failure).
set -u

if command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
  command -v google-chrome >/dev/null; then
  exit 0
fi

missing() {
  echo "Note: Chromium is missing ($1), so the report's browser tests cannot run." >&2
  echo "Install it with your package manager, for example: sudo apt-get install chromium" >&2
  exit 0
}

command -v apt-get >/dev/null || missing "there is no apt-get here"
[ "$(id -u)" -eq 0 ] || missing "only root may install packages"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get -q update && apt-get -q -y -o DPkg::Lock::Timeout=300 \
  install --no-install-recommends chromium; } >"$log" 2>&1 </dev/null; then
  tail -n 3 "$log" >&2
  missing "apt-get could not install it"
fi
