#include "pg/crypto.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "commands/trigger.h"
#include "common/cryptohash.h"
#include "common/hmac.h"
}

namespace pt::pg {
namespace {

std::array<std::uint8_t, 8> length_prefix(std::uint64_t length) noexcept {
  std::array<std::uint8_t, 8> bytes{};
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, length >>= 8)
    *byte = static_cast<std::uint8_t>(length & 0xFFU);
  return bytes;
}

const std::uint8_t* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

pg_cryptohash_ctx* typed(void* context) noexcept {
  return static_cast<pg_cryptohash_ctx*>(context);
}

void check(bool good, const char* what) {
  if (!good) throw internal_error(std::string(what) + " failed");
}

}  // namespace

Secret::Secret() {
  bool found = false;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query("SELECT key FROM personatwin.secret", [&](const Row& row) {
      std::string_view const key = text_view(row.value(0));
      found = key.size() == key_.size();
      if (found) std::memcpy(key_.data(), key.data(), key.size());
    });
  });
  if (!found)
    throw wrong_state("the secret of this installation is missing",
                      "Table personatwin.secret must hold one row with 32 bytes.",
                      "Restore it from the backup that holds the runs and releases.");
}

Secret::~Secret() { explicit_bzero(key_.data(), key_.size()); }

Digest Secret::hmac(std::initializer_list<std::string_view> parts) const {
  struct Result {
    Digest digest;
    bool good;
  };
  Result const result = guarded([&] {
    Result r{};
    pg_hmac_ctx* const context = pg_hmac_create(PG_SHA256);
    if (context == nullptr) return r;
    r.good = pg_hmac_init(context, key_.data(), key_.size()) >= 0;
    for (const std::string_view part : parts) {
      std::array<std::uint8_t, 8> const length = length_prefix(part.size());
      r.good = r.good && pg_hmac_update(context, length.data(), length.size()) >= 0 &&
               pg_hmac_update(context, bytes_of(part), part.size()) >= 0;
    }
    r.good = r.good && pg_hmac_final(context, r.digest.data(), r.digest.size()) >= 0;
    pg_hmac_free(context);
    return r;
  });
  check(result.good, "HMAC-SHA-256");
  return result.digest;
}

Key16 Secret::derive_key(std::string_view purpose) const {
  Digest const digest = hmac({"key", purpose});
  Key16 key{};
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

Uuid uuid_from(const Digest& digest) noexcept {
  Uuid uuid{};
  std::copy_n(digest.begin(), uuid.size(), uuid.begin());
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0FU) | 0x80U);  // version 8
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3FU) | 0x80U);  // variant 10
  return uuid;
}

Sha256::Sha256()
    : context_(guarded([] { return static_cast<void*>(pg_cryptohash_create(PG_SHA256)); })) {
  check(context_ != nullptr && pg_cryptohash_init(typed(context_)) >= 0, "SHA-256");
}

Sha256::~Sha256() { pg_cryptohash_free(typed(context_)); }

void Sha256::update(std::string_view bytes) {
  check(pg_cryptohash_update(typed(context_), bytes_of(bytes), bytes.size()) >= 0, "SHA-256");
}

Digest Sha256::finish() {
  Digest digest{};
  check(pg_cryptohash_final(typed(context_), digest.data(), digest.size()) >= 0 &&
            pg_cryptohash_init(typed(context_)) >= 0,
        "SHA-256");
  return digest;
}

}  // namespace pt::pg

/// Trigger of personatwin.secret: a restored secret takes the place of the one that CREATE
/// EXTENSION has just made.
PT_FUNCTION(pt_secret_replaced) {
  using namespace pt::pg;
  auto* const data = reinterpret_cast<TriggerData*>(fcinfo->context);
  if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(data->tg_event) ||
      !TRIGGER_FIRED_BY_INSERT(data->tg_event))
    throw pt::Error(pt::sqlstate::kFeatureNotSupported,
                    "pt_secret_replaced is the trigger of personatwin.secret");
  Spi spi;
  spi.execute("DELETE FROM personatwin.secret");
  return PointerGetDatum(data->tg_trigtuple);
}
