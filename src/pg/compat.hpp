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
