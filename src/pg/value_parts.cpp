#include "pg/value_parts.hpp"

#include <cstdint>
#include <vector>

#include "pg/value_key.hpp"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/multirangetypes.h"
#include "utils/numeric.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"
}

namespace pt::pg {
namespace {

/// Dimensions, lower bounds, then the elements in their order.
class ArrayParts final : public ValueParts {
 public:
  ArrayParts(Oid element, Oid collation) : element_(element), key_(element, collation) {
    guarded([this] { get_typlenbyvalalign(element_, &length_, &by_value_, &align_); });
  }
  std::string_view bytes(Datum value) override {
    struct {
      ArrayType* array = nullptr;
      Datum* values = nullptr;
      bool* nulls = nullptr;
      int count = 0;
    } read;
    guarded([this, value, &read] {
      read.array = DatumGetArrayTypeP(value);
      deconstruct_array(read.array, element_, length_, by_value_, align_, &read.values, &read.nulls,
                        &read.count);
    });
    out_.clear();
    const int dimensions = ARR_NDIM(read.array);
    const auto size = static_cast<std::size_t>(dimensions) * sizeof(int);
    out_.add({reinterpret_cast<const char*>(ARR_DIMS(read.array)), size});
    out_.add({reinterpret_cast<const char*>(ARR_LBOUND(read.array)), size});
    for (int i = 0; i < read.count; ++i) {
      poll_interrupts();
      if (read.nulls[i])
        out_.add_null();
      else
        out_.add(key_.bytes(read.values[i]));
    }
    return out_.view();
  }

 private:
  Oid element_;
  ValueKey key_;
  int16 length_ = 0;
  bool by_value_ = false;
  char align_ = 0;
  TupleBytes out_;
};

/// The columns in their order, without dropped ones. Of anonymous records every value says what its
/// columns are.
class RecordParts final : public ValueParts {
 public:
  std::string_view bytes(Datum value) override {
    struct {
      TupleDesc desc = nullptr;
      Datum* values = nullptr;
      bool* nulls = nullptr;
    } read;
    guarded([value, &read] {
      HeapTupleHeader const header = DatumGetHeapTupleHeader(value);
      TupleDesc const desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(header),
                                                         HeapTupleHeaderGetTypMod(header));
      HeapTupleData tuple;
      tuple.t_len = HeapTupleHeaderGetDatumLength(header);
      ItemPointerSetInvalid(&tuple.t_self);
      tuple.t_tableOid = InvalidOid;
      tuple.t_data = header;
      auto const columns = static_cast<Size>(desc->natts);
      read.values = static_cast<Datum*>(palloc(columns * sizeof(Datum)));
      read.nulls = static_cast<bool*>(palloc(columns * sizeof(bool)));
      heap_deform_tuple(&tuple, desc, read.values, read.nulls);
      read.desc = desc;
    });
    know(read.desc);
    out_.clear();
    std::size_t column = 0;
    for (int i = 0; i < read.desc->natts; ++i) {
      if (TupleDescAttr(read.desc, i)->attisdropped) continue;
      ValueKey& key = columns_[column++].key;
      if (read.nulls[i])
        out_.add_null();
      else
        out_.add(key.bytes(read.values[i]));
    }
    return out_.view();
  }

 private:
  struct Column {
    Oid type, collation;
    ValueKey key;
  };

  void know(TupleDesc desc) {
    std::size_t column = 0;
    for (int i = 0; i < desc->natts; ++i) {
      auto* const attribute = TupleDescAttr(desc, i);
      if (attribute->attisdropped) continue;
      if (column == columns_.size() || columns_[column].type != attribute->atttypid ||
          columns_[column].collation != attribute->attcollation) {
        columns_.erase(columns_.begin() + static_cast<std::ptrdiff_t>(column), columns_.end());
        columns_.push_back({attribute->atttypid, attribute->attcollation,
                            ValueKey(attribute->atttypid, attribute->attcollation)});
      }
      ++column;
    }
  }

  std::vector<Column> columns_;
  TupleBytes out_;
};

/// The bounds of one or several ranges.
class RangeParts final : public ValueParts {
 public:
  RangeParts(TypeCacheEntry* range, bool several)
      : range_(range), several_(several), key_(range->rngelemtype->type_id, range->rng_collation) {}

  std::string_view bytes(Datum value) override {
    out_.clear();
    struct {
      RangeType** ranges = nullptr;
      int32 count = 1;
      RangeType* one = nullptr;
    } read;
    guarded([this, value, &read] {
      if (several_) {
        multirange_deserialize(range_, DatumGetMultirangeTypeP(value), &read.count, &read.ranges);
      } else {
        read.one = DatumGetRangeTypeP(value);
      }
    });
    if (!several_) read.ranges = &read.one;
    for (int32 i = 0; i < read.count; ++i) add(read.ranges[i]);
    return out_.view();
  }

 private:
  void add(const RangeType* range) {
    poll_interrupts();
    struct {
      RangeBound lower, upper;
      bool empty;
    } read;
    guarded([this, range, &read] {
      range_deserialize(range_, range, &read.lower, &read.upper, &read.empty);
    });
    if (read.empty) {
      out_.add("empty");
      return;
    }
    for (const RangeBound* const bound : {&read.lower, &read.upper}) {
      if (bound->infinite) {
        out_.add_null();
        continue;
      }
      out_.add(bound->inclusive ? "[" : "(");
      out_.add(key_.bytes(bound->val));
    }
  }

  TypeCacheEntry* range_;
  bool several_;
  ValueKey key_;
  TupleBytes out_;
};

/// The tokens of a document: its keys are in order and there once, numbers lose trailing zeros.
class JsonbParts final : public ValueParts {
 public:
  std::string_view bytes(Datum value) override {
    out_.clear();
    struct {
      JsonbIterator* at = nullptr;
      JsonbValue token;
      JsonbIteratorToken kind = WJB_DONE;
    } read;
    guarded([value, &read] { read.at = JsonbIteratorInit(&DatumGetJsonbP(value)->root); });
    for (;;) {
      poll_interrupts();
      guarded([&read] { read.kind = JsonbIteratorNext(&read.at, &read.token, false); });
      if (read.kind == WJB_DONE) break;
      const auto kind = static_cast<char>(read.kind);
      out_.add({&kind, 1});
      if (read.kind == WJB_BEGIN_ARRAY)
        out_.add(read.token.val.array.rawScalar ? "scalar" : "array");
      else if (read.kind == WJB_KEY || read.kind == WJB_VALUE || read.kind == WJB_ELEM)
        add(read.token);
    }
    return out_.view();
  }

 private:
  void add(const JsonbValue& token) {
    const auto type = static_cast<char>(token.type);
    out_.add({&type, 1});
    switch (token.type) {
      case jbvString:
        out_.add({token.val.string.val, static_cast<std::size_t>(token.val.string.len)});
        break;
      case jbvNumeric:
        out_.add(guarded([&token] { return numeric_normalize(token.val.numeric); }));
        break;
      case jbvBool:
        out_.add(token.val.boolean ? "t" : "f");
        break;
      default:  // null
        break;
    }
  }

  TupleBytes out_;
};

}  // namespace

std::unique_ptr<ValueParts> ValueParts::of(Oid type, Oid collation) {
  if (type == JSONBOID) return std::make_unique<JsonbParts>();
  const char kind = guarded([type] { return get_typtype(type); });
  if (kind == TYPTYPE_COMPOSITE || type == RECORDOID) return std::make_unique<RecordParts>();
  if (kind == TYPTYPE_RANGE)
    return std::make_unique<RangeParts>(
        guarded([type] { return lookup_type_cache(type, TYPECACHE_RANGE_INFO); }), false);
  if (kind == TYPTYPE_MULTIRANGE)
    return std::make_unique<RangeParts>(
        guarded([type] { return lookup_type_cache(type, TYPECACHE_MULTIRANGE_INFO)->rngtype; }),
        true);
  const Oid element = guarded([type] { return get_element_type(type); });
  if (OidIsValid(element)) return std::make_unique<ArrayParts>(element, collation);
  return nullptr;
}

}  // namespace pt::pg
