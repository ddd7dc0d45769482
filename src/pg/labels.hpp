// The security label provider "personatwin": roles of columns as labels.
#pragma once

namespace pt::pg {

/// Registers the provider with the server; called once from _PG_init.
void register_label_provider();

}  // namespace pt::pg
