// PostgreSQL's own headers and every difference between major versions, written in the newest API.
// Include it last: its macros would break standard and third-party headers.
#pragma once

extern "C" {
#include "postgres.h"
// fmgr and function results
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}

// Macros that clash with C++ names.
#undef Abs
#undef Max
#undef Min
#undef _

#if PG_VERSION_NUM < 140000
#error "personatwin needs PostgreSQL 14 or newer"
#endif

#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

#if PG_VERSION_NUM < 150000
// 15's materialize helper.
inline void InitMaterializedSRF(FunctionCallInfo fcinfo, bits32 /*flags*/) {
  auto* const info = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (info == nullptr || !IsA(info, ReturnSetInfo) || (info->allowedModes & SFRM_Materialize) == 0)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("set-valued function called in context that cannot accept a set")));
  MemoryContext const before = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
  TupleDesc type = nullptr;
  if (get_call_result_type(fcinfo, nullptr, &type) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "return type must be a row type");
  info->returnMode = SFRM_Materialize;
  info->setDesc = type;
  info->setResult =
      tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
  MemoryContextSwitchTo(before);
}
#endif

// Single calls that changed. Macros, so that only their users need the headers that declare what
// they call.

/// A minimal tuple without room in front of it. May ereport.
#if PG_VERSION_NUM >= 180000
#define compat_form_minimal_tuple(descriptor, values, nulls) \
  heap_form_minimal_tuple(descriptor, values, nulls, 0)
#else
#define compat_form_minimal_tuple(descriptor, values, nulls) \
  heap_form_minimal_tuple(descriptor, values, nulls)
#endif

#if PG_VERSION_NUM >= 160000
/// The range between two bounds, not empty. May ereport.
#define compat_make_range(cache, lower, upper) make_range(cache, lower, upper, false, nullptr)
/// What a role may do in a schema: ACLCHECK_OK, or not. May ereport.
#define compat_schema_aclcheck(schema, role, mode) \
  object_aclcheck(NamespaceRelationId, schema, role, mode)
/// The number of a relation's file.
#define compat_file_number(relation) ((relation)->rd_locator.relNumber)
#else
#define compat_make_range(cache, lower, upper) make_range(cache, lower, upper, false)
#define compat_schema_aclcheck(schema, role, mode) pg_namespace_aclcheck(schema, role, mode)
#define compat_file_number(relation) ((relation)->rd_node.relNode)
#endif
