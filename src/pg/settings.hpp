// Settings that hold for a scope.
#pragma once

#include "pg/boundary.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace pt::pg {

/// Settings changed for a scope, put back at its end (or by the abort of the statement).
class SettingsScope {
 public:
  SettingsScope() : level_(NewGUCNestLevel()) {}
  SettingsScope(const SettingsScope&) = delete;
  SettingsScope& operator=(const SettingsScope&) = delete;
  ~SettingsScope() { AtEOXact_GUC(false, level_); }

  void set(const char* name, const char* value) {
    guarded([name, value] {
      (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                              false);
    });
  }

 private:
  int level_;
};

}  // namespace pt::pg
