# Sourced by the test scripts: where things are, and how to become a user that PostgreSQL accepts.
# Sets top (source tree), variant, build (build folder), bindir, pkglibdir, sharedir; defines the functions below.
set -euo pipefail
unset PGPORT PGHOST PGUSER PGDATABASE PGSERVICE PGPASSFILE PGOPTIONS PGDATA PGSYSCONFDIR
export LC_ALL=C.UTF-8
umask 022
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Real data and oracles that some tests read; not part of the repository. They say so and pass over it where it is not there.
export PERSONATWIN_DATA=${PERSONATWIN_DATA:-${PT_SHARED:-$top/../shared}/data}
export PT_SHARED=${PT_SHARED:-$PERSONATWIN_DATA/..}
variant=${VARIANT:-release}
build=$top/build/$variant
PG_CONFIG=$(command -v "${PG_CONFIG:-pg_config}" || echo pg_config) # the same one when PATH changes
if command -v "$PG_CONFIG" > /dev/null 2>&1; then
  bindir=$("$PG_CONFIG" --bindir)
  pkglibdir=$("$PG_CONFIG" --pkglibdir)
  sharedir=$("$PG_CONFIG" --sharedir)
fi

# The server and its initdb refuse root; then everything that runs it runs as user postgres.
server_user=$(id -un)
if [ "$(id -u)" = 0 ]; then server_user=${SERVER_USER:-postgres}; fi

# as_server_user COMMAND...: in the current directory, with the current environment, as $server_user.
as_server_user() {
  if [ "$(id -un)" = "$server_user" ]; then
    "$@"
  else
    HOME=/ setpriv --reuid="$server_user" --regid="$(id -gn "$server_user")" --init-groups -- "$@"
  fi
}

# build_make TARGET...: make in the build folder of the variant.
build_make() {
  mkdir -p "$build"
  make -s --no-print-directory -j"${JOBS:-2}" -C "$build" -f "$top/Makefile" VARIANT="$variant" "$@"
}

# private_tree DIR: a server installation below DIR that shares all files with the packaged one but its bin folder and
# the folders an extension installs into. PostgreSQL finds lib and share from the real path of its binary.
private_tree() {
  local tree=$1 f
  mkdir -p "$tree$pkglibdir" "$tree$sharedir/extension" "$tree$bindir"
  cp -r "$bindir/." "$tree$bindir/"
  for f in "$pkglibdir"/*; do
    case $f in */personatwin*.so) ;; *) ln -sfn "$f" "$tree$pkglibdir/" ;; esac
  done
  for f in "$sharedir"/*; do
    [ "$f" = "$sharedir/extension" ] || ln -sfn "$f" "$tree$sharedir/"
  done
  for f in "$sharedir"/extension/*; do
    case $f in */personatwin*) ;; *) ln -sfn "$f" "$tree$sharedir/extension/" ;; esac
  done
}

# install_into TREE: the current build and the test-only library.
install_into() {
  build_make all module
  build_make install install-module DESTDIR="$1" > /dev/null
}

asan_options=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0:allocator_may_return_null=1

# sanitizer_preload DIR: builds the library that makes ASan start first in the packaged server (asan_first.c); prints
# the LD_PRELOAD value.
sanitizer_preload() {
  local dir=$1
  gcc -shared -fPIC -Wl,-z,initfirst -o "$dir/asan_first.so" "$top/test/tools/asan_first.c"
  echo "$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so):$dir/asan_first.so"
}
