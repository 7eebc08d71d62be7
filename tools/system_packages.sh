#!/bin/sh
# Installs what the tests need beyond Python packages: a browser that renders the pages, and the
# servers that the service and its answers are tried with.
# Never fails: without them their tests are skipped (and fail in CI, where a skip is a failure).
set -u

# A command that shows that it is there, and the Debian package that brings it.
NEEDED="
chromium chromium
unbound unbound
named bind9
dig bind9-dnsutils
rndc bind9-utils
pdns_recursor pdns-recursor
nsd nsd
knotd knot
dnsperf dnsperf
dnsmasq dnsmasq-base
nft nftables
ipset ipset
curl curl
tshark tshark
text2pcap wireshark-common
logrotate logrotate
redis-server redis-server
nats-server nats-server
rsyslogd rsyslog rsyslog-openssl
promtool prometheus
systemd-analyze systemd
ip iproute2
java openjdk-17-jre-headless
unshare util-linux
openssl openssl
"

PATH="$PATH:/usr/sbin:/sbin"
packages=$(echo "$NEEDED" | while read -r command package; do
  if [ -n "$command" ] && ! command -v "$command" >/dev/null; then echo "$package"; fi
done | sort -u | tr '\n' ' ')
[ -n "$packages" ] || exit 0

missing() {
  echo "Note: $packages missing ($1), so the tests with them cannot run." >&2
  echo "Install them with your package manager, for example: sudo apt-get install $packages" >&2
  exit 0
}

command -v apt-get >/dev/null || missing "there is no apt-get here"
[ "$(id -u)" -eq 0 ] || missing "only root may install packages"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# Servers are installed for the tests, which start them themselves: none shall start on its own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
  trap 'rm -f "$log" "$policy"' EXIT
fi
# shellcheck disable=SC2086 - a list of packages
if ! { apt-get -q update && apt-get -q -y -o DPkg::Lock::Timeout=300 \
  install --no-install-recommends $packages; } >"$log" 2>&1 </dev/null; then
  tail -n 3 "$log" >&2
  missing "apt-get could not install them"
fi
