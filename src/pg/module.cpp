// What the server looks for when it loads the library.
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/guc.hpp"
#include "pg/labels.hpp"

#ifndef PT_VERSION
#error "PT_VERSION is set by the Makefile from personatwin.control"
#endif

extern "C" {
PG_MODULE_MAGIC;

// NOLINTNEXTLINE(bugprone-reserved-identifier): the server's name for it
PGDLLEXPORT void _PG_init(void);
void _PG_init(void) {
  pt::pg::define_settings();
  pt::pg::register_label_provider();
}
}

PT_FUNCTION(pt_version) { return pt::pg::text_datum(PT_VERSION); }
