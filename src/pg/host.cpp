#include "pg/host.hpp"

#include "pg/guc.hpp"

extern "C" {
#include "tcop/tcopprot.h"
#include "utils/timestamp.h"
}

namespace pt::pg {

namespace {
constexpr std::int64_t kReportInterval = 500'000;     // microseconds
constexpr std::int64_t kNoticeInterval = 10'000'000;  // microseconds
}  // namespace

PgHost::PgHost(std::string title, MemoryContext parent)
    : title_(std::move(title)),
      context_("working memory", parent),
      resource_(context_.get(), static_cast<std::size_t>(memory_limit_kb()) * 1024),
      last_notice_(GetCurrentTimestamp()),
      query_id_(pgstat_get_my_query_id()) {}

PgHost::~PgHost() {
  if (!reported_) return;
  // Neither call can ereport: both only write the backend's shared status entry.
  pgstat_report_activity(STATE_RUNNING, debug_query_string);
  pgstat_report_query_id(query_id_, true);
}

void PgHost::progress(std::string_view phase, std::uint64_t done, std::uint64_t total) {
  poll();
  std::int64_t const now = GetCurrentTimestamp();
  bool const new_phase = phase != phase_;
  if (!new_phase && now - last_report_ < kReportInterval) return;
  last_report_ = now;
  if (new_phase) phase_ = phase;
  std::string text = title_ + ": " + phase_;
  if (total > 0) {
    std::uint64_t const percent =
        static_cast<std::uint64_t>(100.0 * static_cast<double>(done) / static_cast<double>(total));
    text += ", " + std::to_string(percent) + " % (" + std::to_string(done) + " of " +
            std::to_string(total) + ")";
  } else if (done > 0) {
    text += ", " + std::to_string(done);
  }
  pgstat_report_activity(STATE_RUNNING, text.c_str());
  pgstat_report_query_id(query_id_, true);
  reported_ = true;
  if (now - last_notice_ >= kNoticeInterval) {
    last_notice_ = now;
    report(NOTICE, text);
  } else if (new_phase) {
    report(DEBUG1, text);
  }
}

}  // namespace pt::pg
