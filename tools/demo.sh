#!/bin/sh
# What Fluxhound does, shown on the example logs: the table, explanations of an alert and of a real
# name that is only suspected, a report to open.
# `make demo` runs it with the commands of the virtual environment on the PATH.
set -eu
cd "$(dirname "$0")/.."

show() {
  printf '\n$ %s\n\n' "$*"
  "$@"
}

show fluxhound analyze examples/ --format table --look-alikes
show fluxhound explain 'derpisrugange[.]com' examples/simulated/dns.dnstap.gz
show fluxhound explain 'thearmynext[.]info' examples/papers/dns.log.gz
show fluxhound analyze examples/ -q -o demo-report.html
printf 'The report is written. Open it in a browser: %s/demo-report.html\n' "$(pwd)"
printf 'The logs are described in examples/README.md. Now try your own: %s\n' \
  '.venv/bin/fluxhound analyze YOUR_LOG'
