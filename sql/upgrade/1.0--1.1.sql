-- Upgrade from 1.0 to 1.1: what changes in objects that 1.0 has. The Makefile puts the installer parts that are new in
-- 1.1 behind it, then 99-end.sql. test/tap/upgrade.pl compares the result with a fresh installation.
\echo Use "ALTER EXTENSION personatwin UPDATE" to load this file. \quit
