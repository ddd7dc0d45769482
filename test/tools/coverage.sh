#!/usr/bin/env bash
# Line coverage of the unit, regression, isolation and TAP suites together: build/coverage/html/index.html and a summary.
here=$(cd "$(dirname "$0")" && pwd)
export VARIANT=coverage
source "$here/env.sh"
set +e
"$here/install-deps.sh" coverage || exit 1
mkdir -p "$build"
find "$build" -name '*.gcda' -delete
# Each server process writes its counters at exit, as the server's user.
build_make all module unit/run || exit 1
find "$build" -type d -exec chmod 1777 {} +
"$here/run-tests.sh" unit regress isolation tap
status=$?
cd "$top" || exit 1
lcov -q -c -d "$build" --no-external -b "$top" -o "$build/all.info" 2> /dev/null
lcov -q -r "$build/all.info" "$top/test/*" -o "$build/coverage.info"
genhtml -q -o "$build/html" "$build/coverage.info"
lcov --list "$build/coverage.info"
find "$build" -type d -exec chmod 755 {} +
exit $status
