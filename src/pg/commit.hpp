// For procedures that commit between their steps.
#pragma once

#include "pg/spi.hpp"

extern "C" {
#include "tcop/pquery.h"
}

namespace pt::pg {

/// Commits and goes on in a new transaction with a snapshot.
inline void commit_and_go_on(Spi& spi) {
  spi.commit();
  guarded([] { EnsurePortalSnapshotExists(); });
}

}  // namespace pt::pg
