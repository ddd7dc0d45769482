#include "core/model/detect_profile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_set>

#include "core/model/detect_names.hpp"

namespace pt::model {
namespace {

constexpr int kRegisterBits = 12;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

bool looks_like_date(std::string_view text) {
  if (text.size() < 8 || text.size() > 32) return false;
  const auto digits_at = [&](std::size_t from, std::size_t n) {
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                       text.begin() + static_cast<std::ptrdiff_t>(from + n), is_digit);
  };
  if (text.size() >= 10 && digits_at(0, 4) && text[4] == '-' && digits_at(5, 2) && text[7] == '-' &&
      digits_at(8, 2))
    return true;
  const std::size_t slashes = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return c == '/' || c == '.'; }));
  const std::size_t digits = count_digits(text);
  return slashes == 2 && is_digit(text[0]) && digits >= 6 && digits + 2 >= text.size();
}

bool looks_like_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos &&
         text.find(' ') == std::string_view::npos;
}

bool looks_like_ssn(std::string_view text) {
  if (text.size() != 11 || text[3] != '-' || text[6] != '-') return false;
  return count_digits(text) == 9;
}

bool looks_like_phone(std::string_view text) {
  if (text.size() < 10 || text.size() > 20 || looks_like_date(text) || looks_like_ssn(text))
    return false;
  const std::size_t digits = count_digits(text);
  if (digits < 9 || digits > 15 || digits == text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || c == ' ' || c == '-' || c == '(' || c == ')' || c == '+' || c == '.';
  });
}

bool looks_like_id(std::string_view text) {
  if (text.size() < 6 || text.size() > 64 || count_digits(text) == 0) return false;
  return std::none_of(text.begin(), text.end(), is_space) && !looks_like_date(text);
}

std::vector<std::string> text_words(std::string_view text, std::size_t most) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) words.push_back(word);
    word.clear();
  };
  for (const char c : text) {
    if (words.size() >= most) return words;
    if ((c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80) {
      word += c;
    } else if (c >= 'A' && c <= 'Z') {
      word += static_cast<char>(c - 'A' + 'a');
    } else if (is_space(c) || c == ',') {
      flush();
    }
  }
  flush();
  return words;
}

bool is_gender_word(const std::string& term) {
  static const std::unordered_set<std::string> words{
      "male",  "female",    "man",        "woman",   "boy",   "girl",        "men",
      "women", "nonbinary", "non_binary", "unknown", "other", "transgender", "not_stated"};
  return words.contains(term);
}

bool is_ethnicity_word(const std::string& term) {
  static const std::unordered_set<std::string> words{"white",
                                                     "black",
                                                     "african_american",
                                                     "black_or_african_american",
                                                     "caucasian",
                                                     "hispanic",
                                                     "latino",
                                                     "latina",
                                                     "latinx",
                                                     "hispanic_or_latino",
                                                     "not_hispanic",
                                                     "non_hispanic",
                                                     "asian",
                                                     "asian_pacific_islander",
                                                     "native_american",
                                                     "american_indian",
                                                     "american_indian_or_alaska_native",
                                                     "alaska_native",
                                                     "pacific_islander",
                                                     "native_hawaiian",
                                                     "native_hawaiian_or_other_pacific_islander",
                                                     "two_or_more_races",
                                                     "multiracial",
                                                     "mixed",
                                                     "other",
                                                     "unknown",
                                                     "amer_indian_eskimo",
                                                     "asian_pac_islander"};
  return words.contains(term);
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// HyperLogLog with linear counting in the small range (Flajolet et al. 2007).
std::uint64_t estimate_distinct(const std::vector<std::uint8_t>& registers) {
  double sum = 0;
  double empty = 0;
  for (const std::uint8_t rank : registers) {
    sum += std::ldexp(1.0, -rank);
    if (rank == 0) empty += 1;
  }
  const auto m = static_cast<double>(registers.size());
  double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
  if (estimate <= 2.5 * m && empty > 0) estimate = m * std::log(m / empty);
  return static_cast<std::uint64_t>(std::llround(estimate));
}

}  // namespace

std::uint64_t hash_integer(std::uint64_t value) {  // the finalizer of splitmix64
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31U);
}

std::uint64_t hash_bytes(std::string_view bytes) {  // FNV-1a, finished by hash_integer
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3ULL;
  }
  return hash_integer(hash);
}

bool RelationProfile::is_determined(std::size_t by, std::size_t column) const {
  return std::find(determines.begin(), determines.end(), std::pair{by, column}) != determines.end();
}

ColumnStatistics::ColumnStatistics(std::string name, TypeClass type) {
  base_.name = std::move(name);
  base_.type = type;
}

void ColumnStatistics::Shares::add(std::string_view text, std::uint64_t times) {
  bytes += times * text.size();
  if (looks_like_date(text)) dates += times;
  if (looks_like_email(text)) emails += times;
  if (looks_like_phone(text)) phones += times;
  if (looks_like_ssn(text)) ssns += times;
  if (looks_like_id(text)) ids += times;
  const auto words = text_words(text, 6);
  if (words.size() >= 5 || text.size() > 60) prose += times;
  const auto head =
      words.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(words.size(), 3));
  if (words.size() >= 2 && words.size() <= 5 && std::any_of(words.begin(), head, is_given_name))
    names += times;
  if (text.size() > 45) return;
  const std::string term = normal_term(text);
  if (is_gender_word(term)) genders += times;
  if (is_ethnicity_word(term)) ethnicities += times;
}

void ColumnStatistics::overflow() {
  overflowed_ = true;
  registers_.assign(std::size_t{1} << kRegisterBits, 0);
  for (const auto& [hash, counted] : exact_) {
    if (base_.type == TypeClass::text) shares_.add(counted.text, counted.rows);
    const std::size_t slot = hash >> (64 - kRegisterBits);
    const auto rank = static_cast<std::uint8_t>(std::countl_zero(hash << kRegisterBits | 1U) + 1);
    registers_[slot] = std::max(registers_[slot], rank);
  }
  exact_.clear();
}

void ColumnStatistics::count_distinct(const ProfiledValue& value) {
  if (!overflowed_) {
    const auto [entry, is_new] = exact_.try_emplace(value.hash);
    ++entry->second.rows;
    if (!is_new) return;
    if (base_.type == TypeClass::text) entry->second.text = std::string(value.text);
    if (exact_.size() > kExact) overflow();
    return;
  }
  if (base_.type == TypeClass::text) shares_.add(value.text, 1);
  const std::size_t slot = value.hash >> (64 - kRegisterBits);
  const auto rank =
      static_cast<std::uint8_t>(std::countl_zero(value.hash << kRegisterBits | 1U) + 1);
  registers_[slot] = std::max(registers_[slot], rank);
}

void ColumnStatistics::add(const ProfiledValue& value) {
  ++base_.rows;
  if (value.null) {
    ++base_.nulls;
    return;
  }
  count_distinct(value);
  if (base_.type != TypeClass::text && std::isfinite(value.number)) {
    base_.minimum = std::fmin(base_.minimum, value.number);
    base_.maximum = std::fmax(base_.maximum, value.number);
  }
}

ColumnProfile ColumnStatistics::profile() const {
  ColumnProfile out = base_;
  Shares shares = shares_;
  if (overflowed_) {
    out.distinct = std::min(out.values(), estimate_distinct(registers_));
  } else {
    out.distinct = exact_.size();
  }
  if (out.type != TypeClass::text) return out;
  if (!overflowed_) {
    for (const auto& [hash, counted] : exact_) shares.add(counted.text, counted.rows);
    if (exact_.size() <= ColumnProfile::kMostTerms) {
      for (const auto& [hash, counted] : exact_)
        out.terms.push_back({counted.text, static_cast<double>(counted.rows)});
      std::sort(out.terms.begin(), out.terms.end(),
                [](const CountedTerm& a, const CountedTerm& b) { return a.term < b.term; });
    }
  }
  const std::uint64_t n = out.values();
  out.date_like = share(shares.dates, n);
  out.email_like = share(shares.emails, n);
  out.phone_like = share(shares.phones, n);
  out.ssn_like = share(shares.ssns, n);
  out.id_like = share(shares.ids, n);
  out.prose_like = share(shares.prose, n);
  out.name_like = share(shares.names, n);
  out.gender_words = share(shares.genders, n);
  out.ethnicity_words = share(shares.ethnicities, n);
  out.mean_length = share(shares.bytes, n);
  return out;
}

Profiler::Profiler(Host& host, const std::vector<std::pair<std::string, TypeClass>>& columns,
                   std::optional<std::size_t> person, std::vector<std::size_t> watched)
    : person_(person),
      person_index_(host.memory()),
      first_(host.memory()),
      varies_(host.memory()),
      repeated_(host.memory()) {
  columns_.reserve(columns.size());
  for (const auto& [name, type] : columns) columns_.emplace_back(name, type);
  constexpr std::size_t kMostWatched = 12;
  watched.resize(std::min(watched.size(), kMostWatched));
  for (const std::size_t a : watched)
    for (const std::size_t b : watched)
      if (a != b) pairs_.push_back({a, b, true, {}});
}

void Profiler::watch_person(const std::vector<ProfiledValue>& row) {
  const std::size_t n = columns_.size();
  const auto [entry, is_new] = person_index_.try_emplace(
      row[*person_].hash, static_cast<std::uint32_t>(person_index_.size()));
  const std::size_t at = std::size_t{entry->second} * n;
  const auto token = [](const ProfiledValue& v) {
    return v.null ? 0U : static_cast<std::uint32_t>(v.hash >> 32U) | 1U;
  };
  if (is_new) {
    for (const auto& value : row) first_.push_back(token(value));
    varies_.resize(varies_.size() + n, false);
    repeated_.push_back(false);
    return;
  }
  repeated_[entry->second] = true;
  for (std::size_t c = 0; c < n; ++c)
    if (first_[at + c] != token(row[c])) varies_[at + c] = true;
}

void Profiler::watch_pairs(const std::vector<ProfiledValue>& row) {
  for (auto& pair : pairs_) {
    if (!pair.holds || row[pair.a].null) continue;
    const std::uint64_t image = row[pair.b].null ? 0 : row[pair.b].hash;
    const auto [entry, is_new] = pair.image.try_emplace(row[pair.a].hash, image);
    if (!is_new && entry->second != image) {
      pair.holds = false;
      pair.image.clear();
    }
  }
}

void Profiler::add(const std::vector<ProfiledValue>& row) {
  for (std::size_t c = 0; c < columns_.size(); ++c) columns_[c].add(row[c]);
  if (person_ && !row[*person_].null) watch_person(row);
  watch_pairs(row);
}

RelationProfile Profiler::profile() const {
  RelationProfile out;
  for (const auto& column : columns_) out.columns.push_back(column.profile());
  out.person = person_;
  out.people = person_index_.size();
  const std::size_t n = columns_.size();
  std::vector<std::uint64_t> constant(n, 0);
  for (std::size_t p = 0; p < repeated_.size(); ++p) {
    if (!repeated_[p]) continue;
    ++out.repeated_people;
    for (std::size_t c = 0; c < n; ++c)
      if (!varies_[p * n + c]) ++constant[c];
  }
  if (out.repeated_people > 0)
    for (std::size_t c = 0; c < n; ++c)
      out.columns[c].person_constant = share(constant[c], out.repeated_people);
  for (const auto& pair : pairs_)
    if (pair.holds && !pair.image.empty()) out.determines.emplace_back(pair.a, pair.b);
  return out;
}

}  // namespace pt::model
