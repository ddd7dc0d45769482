#!/usr/bin/env bash
# A throwaway private server with the current build installed, for trying SQL by hand and for the test suites.
#
#   test/tools/server.sh start DIR           build, install into a private tree, initdb, start; prints the environment
#   test/tools/server.sh reload DIR          build and install again; new sessions see it (DROP/CREATE EXTENSION if
#                                            the SQL changed)
#   test/tools/server.sh psql DIR [ARGS...]  psql as superuser `postgres` (also from stdin; -f FILE is read as you)
#   test/tools/server.sh regress DIR NAME... run test/sql/NAME.sql against it and compare with expected/NAME.out;
#                                            with --accept as first NAME the results become the expected answers
#   test/tools/server.sh isolation DIR NAME...  the same for test/isolation/specs/NAME.spec
#   test/tools/server.sh log DIR             the server's log
#   test/tools/server.sh stop DIR            stop it and remove DIR
#
# DIR must be new (or empty) and short, for example $(mktemp -d): the socket lives in DIR/socket. There is no TCP port,
# so any number of servers run side by side. As root everything runs as user postgres, which then owns DIR. Example:
#
#   D=$(mktemp -d); test/tools/server.sh start $D
#   test/tools/server.sh psql $D -c 'CREATE EXTENSION personatwin' -c 'SELECT pt_version()'
#   test/tools/server.sh stop $D
#
# Or, for your own client programs:  eval "$(test/tools/server.sh env $D)"; psql
#
# Variables: VARIANT=asan runs a server with ASan and UBSan inside; EXTRA_CONF='name = value' (newline-separated) is
# added to postgresql.conf.
source "$(dirname "$0")/env.sh"

usage() { sed -n '2,/^source/{/^source/d;s/^# \{0,1\}//p}' "$0"; exit 2; }
[ $# -ge 2 ] || usage
command=$1
dir=$2
shift 2
tree=$dir/tree
private_bin=$tree$bindir

own() { if [ "$(id -u)" = 0 ]; then chown -R "$server_user" "$@"; fi; }

print_env() {
  echo "export PGHOST='$dir/socket' PGUSER=postgres PGDATABASE=postgres PATH='$private_bin':\"\$PATH\""
  echo "unset PGPORT"
}

run_client() { env PGHOST="$dir/socket" PGUSER=postgres PGDATABASE="${DATABASE:-postgres}" "$@"; }

start() {
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  tree=$dir/tree private_bin=$dir/tree$bindir
  if [ -n "$(ls -A "$dir")" ]; then echo "server.sh: $dir is not empty" >&2; exit 1; fi
  if [ ${#dir} -gt 80 ]; then echo "server.sh: $dir is too long for a socket" >&2; exit 1; fi
  private_tree "$tree"
  install_into "$tree"
  mkdir -p "$dir/socket"
  local preload=
  if [ "$variant" = asan ]; then preload=$(sanitizer_preload "$dir"); fi
  echo "$variant" > "$dir/variant"
  chmod 755 "$dir"
  own "$dir"
  cd "$dir"
  as_server_user "$private_bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
    --no-instructions > "$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
  cat >> "$dir/data/postgresql.conf" << CONF
listen_addresses = ''
unix_socket_directories = '$dir/socket'
fsync = off
autovacuum_naptime = 1h
max_prepared_transactions = 4
log_line_prefix = '%m [%p] %q%a '
timezone = 'UTC'
${EXTRA_CONF:-}
CONF
  as_server_user env LD_PRELOAD="$preload" \
    ASAN_OPTIONS="$asan_options:log_path=$dir/asan" \
    UBSAN_OPTIONS=print_stacktrace=1 \
    "$private_bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -s start || { cat "$dir/log" >&2; exit 1; }
  print_env
}

# The suites run in a copy, since the server's user can neither read nor write every source tree.
suite() {
  local kind=$1 accept=
  shift
  if [ "${1:-}" = --accept ]; then accept=1; shift; fi
  local work=$dir/work runner status=0
  rm -rf "$work"
  mkdir -p "$work"
  cp -r "$top/test" "$top/expected" "$work/"
  if [ -n "$accept" ]; then # a missing answer would end the run
    local name
    for name in "$@"; do
      if [ "$kind" = regress ]; then touch "$work/expected/$name.out"; else touch "$work/test/isolation/expected/$name.out"; fi
    done
  fi
  own "$work"
  cd "$work"
  case $kind in
    regress) runner=("$pkglibdir/pgxs/src/test/regress/pg_regress" --inputdir="$work/test" --dbname=regression) ;;
    isolation) runner=("$pkglibdir/pgxs/src/test/isolation/pg_isolation_regress" --inputdir="$work/test/isolation"
      --outputdir="$work/output_iso" --dbname=isolation_regression)
      as_server_user mkdir -p "$work/output_iso" ;;
  esac
  as_server_user "${runner[@]}" --bindir="$private_bin" --host="$dir/socket" --user=postgres "$@" \
    | grep -vE '^(=====|ALTER DATABASE|(CREATE|DROP) DATABASE|SET|\(using postmaster|$)' || status=${PIPESTATUS[0]}
  if [ "$status" != 0 ] && [ -z "$accept" ]; then find "$work" -name regression.diffs -exec cat {} +; fi
  if [ -n "$accept" ]; then
    local to
    for name in "$@"; do
      if [ "$kind" = regress ]; then to=$top/expected/$name.out; name=$work/results/$name.out
      else to=$top/test/isolation/expected/$name.out; name=$work/output_iso/results/$name.out; fi
      if [ -f "$name" ]; then cat "$name" > "$to"; echo "accepted $to"; fi
    done
    status=0
  fi
  return $status
}

case $command in
  start) start ;;
  reload)
    variant=$(cat "$dir/variant") build=$top/build/$variant
    install_into "$tree"
    ;;
  env) print_env ;;
  psql) run_client "$private_bin/psql" -X "$@" ;;
  regress | isolation) [ $# -gt 0 ] || usage; suite "$command" "$@" ;;
  log) cat "$dir/log" ;;
  stop)
    if [ -f "$dir/data/postmaster.pid" ]; then
      cd / && as_server_user "$private_bin/pg_ctl" -D "$dir/data" -m immediate -s stop || true
    fi
    rm -rf "$dir"
    ;;
  *) usage ;;
esac
