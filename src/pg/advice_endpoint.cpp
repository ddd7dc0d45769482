#include "pg/advice_endpoint.hpp"

#include "core/error.hpp"
#include "pg/guc.hpp"
#include "pg/owner.hpp"

namespace pt::pg {

AdviceEndpoint read_endpoint(const Row& row, int first) {
  AdviceEndpoint endpoint;
  endpoint.name = row.text(first);
  endpoint.provider = advisor::parse_provider(row.text(first + 1));
  endpoint.address = advisor::parse_address(row.text(first + 2));
  endpoint.model = row.text(first + 3);
  endpoint.key_source = row.text(first + 4);
  endpoint.max_tokens = row.int4(first + 5);
  endpoint.timeout_seconds = row.int4(first + 6);
  endpoint.closed_by = row.optional_text(first + 7);
  endpoint.share_answers = row.boolean(first + 8);
  return endpoint;
}

AdviceEndpoint load_endpoint(std::string_view name) {
  std::optional<AdviceEndpoint> found;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(std::string("SELECT ") + std::string(kEndpointColumns) +
                  " FROM personatwin.advice_endpoint e WHERE e.name = $1",
              Params{}.text(name), Spi::ReadOnly::yes,
              [&](const Row& row) { found = read_endpoint(row, 0); });
  });
  if (found) return *found;
  throw Error(sqlstate::kUndefinedObject, "there is no endpoint \"" + std::string(name) + "\"", {},
              "pt_advice_status() lists them; a superuser defines one with "
              "pt_advice_define_endpoint.");
}

void require_allowed(const advisor::Address& address) {
  advisor::check_address(address, advice_allow(), advice_local_only());
}

}  // namespace pt::pg
