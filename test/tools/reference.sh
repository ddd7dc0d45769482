#!/usr/bin/env bash
# Prints doc/reference.md; see reference.pl.
set -eu
cd "$(dirname "$0")/../.."
exec perl test/tools/reference.pl sql/[0-9]*.sql
