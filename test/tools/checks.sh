#!/usr/bin/env bash
# Checks of the tree itself, one line each: `ok - what` or `not ok - what` after the findings.
source "$(dirname "$0")/env.sh"
set +e
cd "$top" || exit 1

# check WHAT FINDINGS: fine if there are none
check() {
  if [ -z "$2" ]; then
    echo "ok - $1"
  else
    sed 's/^/    /' <<< "$2"
    echo "not ok - $1"
  fi
}

build_make all || exit 1
installer=$(ls "$build"/personatwin--[0-9]*.sql | grep -vE -- "--.*--")

if command -v clang-format-14 > /dev/null; then
  check 'layout is that of .clang-format (make format)' \
    "$(find src test -name '*.[ch]pp' -o -path 'src/*' -name '*.h' | sort | xargs clang-format-14 --dry-run 2>&1 | grep -oE '^[^ ]+: ' | sort -u)"
fi

check 'the core includes no PostgreSQL header and nothing of src/pg' \
  "$(grep -rnE '#include *[<"](postgres|fmgr|c\.h|utils/|executor/|catalog/|access/|libpq/|nodes/|pg/)' src/core)"

check 'no type has two definitions' "$(test/tools/one_definition.pl $(find src -name '*.[ch]pp'))"

check 'only Pg_magic_func, _PG_init, pg_finfo_pt_* and pt_* are exported' \
  "$(nm -D -g --defined-only "$build/personatwin.so" | awk '{print $3}' | grep -vE '^(Pg_magic_func|_PG_init|pg_finfo_pt_[a-z0-9_]+|pt_[a-z0-9_]+)$')"

exported=$(nm -D -g --defined-only "$build/personatwin.so" | awk '{print $3}' | grep '^pt_' | sort)
named=$(grep -ohE "MODULE_PATHNAME' *, *'[a-z0-9_]+'" "$installer" | sed "s/.*'\([a-z0-9_]*\)'$/\1/" | sort -u)
check 'every C function that the installer names exists' "$(comm -13 <(echo "$exported") <(echo "$named"))"
check 'every exported C function is named by the installer' "$(comm -23 <(echo "$exported") <(echo "$named"))"

# As where libcurl's headers are missing (CURL=): everything but the worker's library, of the same objects.
bare=$(mktemp -d)
check 'builds and installs without libcurl: all but the worker' "$(
  build_make CURL= all install DESTDIR="$bare" 2>&1 > /dev/null
  [ -s "$bare$pkglibdir/personatwin.so" ] || echo 'personatwin.so is not installed'
  [ ! -e "$bare$pkglibdir/personatwin_advice.so" ] || echo 'personatwin_advice.so is installed'
  nm -D "$bare$pkglibdir/personatwin.so" | grep -E ' U curl_'
  grep -rlE '#include *[<"]curl/' src | grep -v '^src/advisor/worker/'
)"
rm -rf "$bare"

check 'installer parts are named NN-topic.sql' \
  "$(find sql -name '*.sql' | grep -vE '^sql/([0-9]{2}-[a-z-]+|upgrade/[0-9.]+--[0-9.]+)\.sql$')"
check 'no test is named like an installer part' "$(find test/sql -name '[0-9]*.sql')"
check 'every regression test has expected answers and the other way round' \
  "$(comm -3 <(ls test/sql | sed -n 's/\.sql$//p' | sort) <(ls expected | sed -n 's/\(_[0-9]\)\{0,1\}\.out$//p' | sort -u))"
check 'every isolation test has expected answers and the other way round' \
  "$(comm -3 <(ls test/isolation/specs | sed -n 's/\.spec$//p' | sort) <(ls test/isolation/expected | sed -n 's/\.out$//p' | sort))"

check 'doc/reference.md is what sql/ says (make doc)' "$(test/tools/reference.sh 2>&1 | diff - doc/reference.md | head -20)"
check 'every recipe of doc/analyst.md is run by test/sql/analyst.sql, word for word' \
  "$(perl -0777 -e 'open F, "doc/analyst.md"; $doc = <F>; open F, "test/sql/analyst.sql"; $test = <F>;
     while ($doc =~ /```sql\n(.*?)```/gs) { print "$1" if index($test, $1) < 0 }')"
