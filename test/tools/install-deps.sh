#!/usr/bin/env bash
# Installs what building and testing need on Debian 12 (PostgreSQL 15), if anything is missing. Needs root for that;
# otherwise it says what to install. `install-deps.sh tests` also tries to install what only some tests use,
# `install-deps.sh coverage` needs what measures coverage.
set -eu
packages="g++ make postgresql-15 postgresql-server-dev-15 libeigen3-dev libboost-dev libjsoncpp-dev libcurl4-openssl-dev
  libgtest-dev libipc-run-perl clang-format-14 git"
# Tests that need one of these are left out without it: scheduled refresh; the report in a browser; the release through ODBC
# and psycopg2; a million people with a known profile (numpy). The same holds, without being installed here, for a JDK with
# libpostgresql-jdbc-java, R with r-cran-rpostgresql, and npm.
optional="postgresql-15-cron chromium unixodbc odbc-postgresql python3-psycopg2 python3-numpy"
if [ "${1:-}" = coverage ]; then packages="$packages lcov"; fi
not_installed() {
  for p in "$@"; do
    if ! dpkg-query -W -f '${Status}' "$p" 2> /dev/null | grep -q 'install ok installed'; then printf ' %s' "$p"; fi
  done
}
# shellcheck disable=SC2086
missing=$(not_installed $packages)
useful=
# shellcheck disable=SC2086
if [ "${1:-}" = tests ]; then useful=$(not_installed $optional); fi
[ -n "$missing$useful" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  if [ -z "$missing" ]; then exit 0; fi
  if command -v pg_config > /dev/null && [ -n "${PG_CONFIG:-}" ]; then exit 0; fi # another PostgreSQL on purpose
  echo "Missing packages:$missing" >&2
  echo "As root: apt-get install -y --no-install-recommends$missing" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# A packaged server must not start a cluster of its own.
mkdir -p /etc/postgresql-common
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
fi
apt-get update -qq || [ -z "$missing" ]
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing
fi
# shellcheck disable=SC2086
if [ -n "$useful" ]; then apt-get install -y -qq --no-install-recommends $useful || echo "Not installed:$useful" >&2; fi
