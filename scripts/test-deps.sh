#!/usr/bin/env bash
# Installs what the tests need and the machine lacks. Without root and apt it says what is missing and fails.
set -euo pipefail
need=()
command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || need+=(mariadb-server)
command -v chromium >/dev/null || need+=(chromium)
fc-list 2>/dev/null | grep -qi liberation || need+=(fonts-liberation fontconfig)
command -v gcc >/dev/null || need+=(gcc libc6-dev)
if [ ${#need[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${need[*]}…"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # The tests start their own database servers; the packaged service must not run beside them.
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d.sojourn && chmod +x /usr/sbin/policy-rc.d.sojourn
    [ -e /usr/sbin/policy-rc.d ] || cp /usr/sbin/policy-rc.d.sojourn /usr/sbin/policy-rc.d
    apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
    cmp -s /usr/sbin/policy-rc.d /usr/sbin/policy-rc.d.sojourn && rm -f /usr/sbin/policy-rc.d
    rm -f /usr/sbin/policy-rc.d.sojourn
  else
    echo "The tests need: ${need[*]} (Debian package names). Install them and run again." >&2
    exit 1
  fi
fi
for tool in go node npm; do
  command -v "$tool" >/dev/null || { echo "The tests need $tool (see README: Go 1.26, Node 20 or newer)." >&2; exit 1; }
done
