#include "core/sample/identity.hpp"

#include <array>

#include "core/error.hpp"
#include "core/sample/stream.hpp"

namespace pt::sample {
namespace {

using Word = std::string_view;

constexpr std::array kWomen = {
    Word{"Abigail"},  Word{"Alice"},    Word{"Amina"},   Word{"Andrea"}, Word{"Angela"},
    Word{"Beatrice"}, Word{"Brenda"},   Word{"Camila"},  Word{"Carmen"}, Word{"Caroline"},
    Word{"Chloe"},    Word{"Danielle"}, Word{"Denise"},  Word{"Diana"},  Word{"Elena"},
    Word{"Emily"},    Word{"Fatima"},   Word{"Grace"},   Word{"Hannah"}, Word{"Isabel"},
    Word{"Jasmine"},  Word{"Joyce"},    Word{"Karen"},   Word{"Keisha"}, Word{"Latoya"},
    Word{"Laura"},    Word{"Linda"},    Word{"Lucia"},   Word{"Maria"},  Word{"Mei"},
    Word{"Monica"},   Word{"Nadia"},    Word{"Natalie"}, Word{"Olivia"}, Word{"Patricia"},
    Word{"Priya"},    Word{"Rachel"},   Word{"Rosa"},    Word{"Sandra"}, Word{"Tamika"},
    Word{"Teresa"},   Word{"Valerie"},  Word{"Vivian"},  Word{"Wanda"},  Word{"Yolanda"}};

constexpr std::array kMen = {
    Word{"Aaron"},   Word{"Adrian"},  Word{"Ahmed"},   Word{"Andre"},   Word{"Anthony"},
    Word{"Brian"},   Word{"Carlos"},  Word{"Charles"}, Word{"Darnell"}, Word{"David"},
    Word{"Dennis"},  Word{"Diego"},   Word{"Edward"},  Word{"Eric"},    Word{"Ernesto"},
    Word{"Francis"}, Word{"George"},  Word{"Hassan"},  Word{"Hector"},  Word{"Isaac"},
    Word{"Jamal"},   Word{"James"},   Word{"Javier"},  Word{"Jerome"},  Word{"Joseph"},
    Word{"Kevin"},   Word{"Kwame"},   Word{"Larry"},   Word{"Leon"},    Word{"Luis"},
    Word{"Malik"},   Word{"Marcus"},  Word{"Michael"}, Word{"Miguel"},  Word{"Nathan"},
    Word{"Omar"},    Word{"Patrick"}, Word{"Rafael"},  Word{"Raymond"}, Word{"Robert"},
    Word{"Samuel"},  Word{"Thomas"},  Word{"Tyrone"},  Word{"Victor"},  Word{"William"}};

constexpr std::array kSurnames = {
    Word{"Adams"},     Word{"Alvarez"},    Word{"Anderson"},   Word{"Bailey"},   Word{"Baker"},
    Word{"Banks"},     Word{"Barnes"},     Word{"Bennett"},    Word{"Brooks"},   Word{"Brown"},
    Word{"Butler"},    Word{"Campbell"},   Word{"Carter"},     Word{"Castillo"}, Word{"Chen"},
    Word{"Clark"},     Word{"Coleman"},    Word{"Collins"},    Word{"Cooper"},   Word{"Cruz"},
    Word{"Davis"},     Word{"Delgado"},    Word{"Diaz"},       Word{"Edwards"},  Word{"Evans"},
    Word{"Fisher"},    Word{"Flores"},     Word{"Foster"},     Word{"Garcia"},   Word{"Gibson"},
    Word{"Gomez"},     Word{"Gonzalez"},   Word{"Graham"},     Word{"Gray"},     Word{"Green"},
    Word{"Griffin"},   Word{"Hall"},       Word{"Harris"},     Word{"Hayes"},    Word{"Henderson"},
    Word{"Hernandez"}, Word{"Howard"},     Word{"Hughes"},     Word{"Jackson"},  Word{"James"},
    Word{"Jenkins"},   Word{"Johnson"},    Word{"Jones"},      Word{"Kelly"},    Word{"Kim"},
    Word{"King"},      Word{"Lee"},        Word{"Lewis"},      Word{"Long"},     Word{"Lopez"},
    Word{"Martin"},    Word{"Martinez"},   Word{"Mendoza"},    Word{"Miller"},   Word{"Mitchell"},
    Word{"Moore"},     Word{"Morales"},    Word{"Morgan"},     Word{"Morris"},   Word{"Murphy"},
    Word{"Nelson"},    Word{"Nguyen"},     Word{"Ortiz"},      Word{"Parker"},   Word{"Patel"},
    Word{"Patterson"}, Word{"Perez"},      Word{"Perry"},      Word{"Peterson"}, Word{"Phillips"},
    Word{"Powell"},    Word{"Price"},      Word{"Ramirez"},    Word{"Ramos"},    Word{"Reed"},
    Word{"Reyes"},     Word{"Reynolds"},   Word{"Richardson"}, Word{"Rivera"},   Word{"Roberts"},
    Word{"Robinson"},  Word{"Rodriguez"},  Word{"Rogers"},     Word{"Ross"},     Word{"Russell"},
    Word{"Sanchez"},   Word{"Sanders"},    Word{"Scott"},      Word{"Simmons"},  Word{"Singh"},
    Word{"Smith"},     Word{"Stewart"},    Word{"Sullivan"},   Word{"Taylor"},   Word{"Thomas"},
    Word{"Thompson"},  Word{"Torres"},     Word{"Turner"},     Word{"Walker"},   Word{"Wallace"},
    Word{"Ward"},      Word{"Washington"}, Word{"Watson"},     Word{"White"},    Word{"Williams"},
    Word{"Wilson"},    Word{"Wood"},       Word{"Wright"},     Word{"Yang"},     Word{"Young"}};

constexpr std::array kStreets = {
    Word{"Oak Street"},  Word{"Maple Avenue"},   Word{"Second Street"},  Word{"Park Avenue"},
    Word{"Mill Road"},   Word{"Church Street"},  Word{"Highland Drive"}, Word{"River Road"},
    Word{"Sunset Lane"}, Word{"Harbor Way"},     Word{"Cedar Court"},    Word{"Station Road"},
    Word{"Meadow Lane"}, Word{"Orchard Street"}, Word{"College Avenue"}, Word{"Quarry Road"}};

constexpr std::array kOfficials = {
    Word{"Ashworth"},  Word{"Beaumont"},   Word{"Castellano"}, Word{"Drummond"},  Word{"Eversole"},
    Word{"Fairbanks"}, Word{"Goldsmith"},  Word{"Hathaway"},   Word{"Ingersoll"}, Word{"Jorgensen"},
    Word{"Kowalski"},  Word{"Lindqvist"},  Word{"Montague"},   Word{"Northcott"}, Word{"Okonkwo"},
    Word{"Pemberton"}, Word{"Quigley"},    Word{"Rutherford"}, Word{"Stavros"},   Word{"Thackeray"},
    Word{"Underhill"}, Word{"Vandermeer"}, Word{"Whitlock"}};

/// An odd multiplier without the factor 5 is invertible modulo every power of ten.
constexpr std::uint64_t kScramble = 387'420'489;  // 3^18

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <std::size_t N>
Word one_of(Stream& random, const std::array<Word, N>& words) {
  return words[random.below(static_cast<std::uint32_t>(N))];
}

}  // namespace

void append_padded(std::string& text, std::uint64_t value, int width) {
  std::array<char, 20> digits{};
  std::size_t n = 0;
  do {
    digits[n++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  for (int missing = width - static_cast<int>(n); missing > 0; --missing) text += '0';
  while (n > 0) text += digits[--n];
}

std::uint32_t serial_number(std::uint64_t index, int digits) {
  if (digits < 1 || digits > 9) throw internal_error("serial numbers have 1 to 9 digits");
  std::uint64_t modulus = 1;
  for (int i = 0; i < digits; ++i) modulus *= 10;
  return static_cast<std::uint32_t>((index % modulus) * (kScramble % modulus) % modulus);
}

std::string official_name(std::uint32_t index) {
  const auto surname = index % kOfficials.size();
  const auto first = index * 7 % kWomen.size();
  std::string name{index % 2 == 0 ? kWomen[first] : kMen[first]};
  name += ' ';
  name += kOfficials[surname];
  return name;
}

Identity make_identity(std::uint64_t seed, std::uint64_t index, bool female) {
  static_assert(kWomen.size() == kMen.size());
  Stream random(seed, kIdentity, index);
  const Word first = female ? one_of(random, kWomen) : one_of(random, kMen);
  const Word last = one_of(random, kSurnames);

  Identity who;
  who.full_name.reserve(first.size() + last.size() + 4);
  who.full_name += first;
  who.full_name += ' ';
  who.full_name += static_cast<char>('A' + random.below(26));
  who.full_name += ". ";
  who.full_name += last;

  std::string serial;
  append_padded(serial, serial_number(index + 4711, 8), 8);
  who.ssn = "9" + serial.substr(0, 2) + "-" + serial.substr(2, 2) + "-" + serial.substr(4);

  append_padded(who.address, 1 + random.below(9999), 1);
  who.address += ' ';
  who.address += one_of(random, kStreets);

  who.phone = "(";
  append_padded(who.phone, 200 + random.below(800), 3);
  who.phone += ") 555-01";
  append_padded(who.phone, random.below(100), 2);

  for (const char c : first) who.email += lower(c);
  who.email += '.';
  for (const char c : last) who.email += lower(c);
  who.email += '.';
  append_padded(who.email, index + 1, 1);
  who.email += "@example.org";
  return who;
}

}  // namespace pt::sample
