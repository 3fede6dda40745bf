#!/usr/bin/env bash
# A browser and Japanese fonts for the tests: what is installed, else Debian's, else Playwright's own.
set -euo pipefail
missing=()
command -v chromium google-chrome chromium-browser >/dev/null || missing+=(chromium)
fc-list :lang=ja 2>/dev/null | grep -q . || missing+=(fontconfig fonts-noto-cjk)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "試験に使うブラウザと日本語の書体を入れます: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
elif [[ " ${missing[*]} " == *" chromium "* ]]; then
  "${PY:-python}" -m playwright install chromium
fi
