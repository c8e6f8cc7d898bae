#!/usr/bin/env bash
# Debian packages that tests marked `peers` drive. Installs what is missing where apt and root are at hand; else says what to install.
set -euo pipefail

packages=()
command -v chromium >/dev/null || packages+=(chromium)
command -v pdftoppm >/dev/null || packages+=(poppler-utils)
for wanted in ibsim:ibsim-utils opensm:opensm ibnetdiscover:infiniband-diags ibdmchk:ibutils ping:iputils-ping dot:graphviz lldpd:lldpd; do
  command -v "${wanted%:*}" >/dev/null || packages+=("${wanted#*:}")
done
[ -x /usr/lib/frr/bgpd ] || packages+=(frr)
[ ${#packages[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "tests marked peers need: ${packages[*]}; install them and run \`make peers\` again" >&2
  exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
echo "installing ${packages[*]} ..."
if ! { apt-get update -q && apt-get install -y -q --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 </dev/null; then
  tail -n 20 "$log" >&2
  exit 1
fi
