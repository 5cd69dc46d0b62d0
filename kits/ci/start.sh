#!/usr/bin/env bash
# Starts a Daric sandbox for a CI job, and waits until it accepts connections.
#
# DARIC_PACKAGE  a wheel, a tarball or a .deb to install first, as a path; without it `daric` is on PATH
# DARIC_LISTEN   the address to listen on; 127.0.0.1:7070 unless it is set
# DARIC_ARGS     further arguments of `daric serve`, as --strict
#
# Prints `name=value` for the address, the log and the process id; in GitHub Actions they are outputs, and DARIC_URL is set for later steps.
set -euo pipefail

place=$(mktemp -d "${RUNNER_TEMP:-/tmp}/daric-XXXXXX")
log=$place/daric.log
: > "$log"

case ${DARIC_PACKAGE:-} in
  '') program=$(command -v daric) || { echo 'no program daric: set DARIC_PACKAGE' >&2; exit 1; } ;;
  *.whl)
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --target "$place/wheel" "$DARIC_PACKAGE"
    program=$place/wheel/bin/daric ;;
  *.deb)
    dpkg-deb --extract "$DARIC_PACKAGE" "$place/deb"
    program=$place/deb/usr/bin/daric ;;
  *)
    mkdir "$place/tarball"
    tar --extract --file "$DARIC_PACKAGE" --directory "$place/tarball"
    program=$(find "$place/tarball" -type f -name daric -perm -u+x -print -quit) ;;
esac
[ -x "$program" ] || { echo "no program daric in $DARIC_PACKAGE" >&2; exit 1; }

export DARIC_LISTEN=${DARIC_LISTEN:-127.0.0.1:7070}
# shellcheck disable=SC2086 # Arguments are words.
nohup "$program" serve --demo --data "$place/data" ${DARIC_ARGS:-} >> "$log" 2>&1 < /dev/null &
process=$!

ready='s/^daric is ready on \(http[^ ]*\)$/\1/p'
for _ in $(seq 600); do
  url=$(sed -n "$ready" "$log")
  [ -n "$url" ] && break
  kill -0 "$process" 2> /dev/null || break
  sleep 0.1
done
[ -n "$url" ] || { echo 'daric does not get ready:' >&2; cat "$log" >&2; exit 1; }

printf '%s\n' "url=$url" "log=$log" "pid=$process" "program=$program" | tee -a "${GITHUB_OUTPUT:-/dev/null}"
printf '%s\n' "DARIC_URL=$url" "DARIC_BINARY=$program" >> "${GITHUB_ENV:-/dev/null}"
dirname "$program" >> "${GITHUB_PATH:-/dev/null}"
