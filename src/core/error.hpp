// The one exception type of the pure core. It carries what PostgreSQL shows for an error: SQLSTATE,
// message, detail and hint. src/pg/boundary turns it into ereport; unit tests catch it directly.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace pt {

/// SQLSTATEs the core uses (PostgreSQL manual, appendix A).
namespace sqlstate {
inline constexpr std::string_view kFeatureNotSupported = "0A000";
inline constexpr std::string_view kDataException = "22000";
inline constexpr std::string_view kNumericValueOutOfRange = "22003";
inline constexpr std::string_view kNullValueNotAllowed = "22004";
inline constexpr std::string_view kInvalidParameterValue = "22023";
inline constexpr std::string_view kReadOnlyTransaction = "25006";
inline constexpr std::string_view kInsufficientPrivilege = "42501";
inline constexpr std::string_view kUndefinedColumn = "42703";
inline constexpr std::string_view kUndefinedObject = "42704";
inline constexpr std::string_view kAmbiguousColumn = "42702";
inline constexpr std::string_view kWrongObjectType = "42809";
inline constexpr std::string_view kUndefinedTable = "42P01";
inline constexpr std::string_view kDuplicateTable = "42P07";
inline constexpr std::string_view kDuplicateObject = "42710";
inline constexpr std::string_view kDatatypeMismatch = "42804";
inline constexpr std::string_view kOutOfMemory = "53200";
inline constexpr std::string_view kProgramLimitExceeded = "54000";
inline constexpr std::string_view kTooManyArguments = "54023";
inline constexpr std::string_view kObjectNotInPrerequisiteState = "55000";
inline constexpr std::string_view kObjectInUse = "55006";
inline constexpr std::string_view kLockNotAvailable = "55P03";
inline constexpr std::string_view kInternalError = "XX000";
}  // namespace sqlstate

/// An error with a SQLSTATE (five characters) and the texts a user reads: what is wrong, where, how
/// to mend it. Texts are UTF-8 or in the database encoding, without a trailing newline; detail and
/// hint may be empty.
class Error : public std::exception {
 public:
  Error(std::string_view sqlstate, std::string message, std::string detail = {},
        std::string hint = {})
      : sqlstate_(sqlstate),
        message_(std::move(message)),
        detail_(std::move(detail)),
        hint_(std::move(hint)) {}

  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
  [[nodiscard]] const std::string& sqlstate() const noexcept { return sqlstate_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

 private:
  std::string sqlstate_;
  std::string message_;
  std::string detail_;
  std::string hint_;
};

/// 22023: an argument or option has a value that can't be used.
[[nodiscard]] inline Error invalid_parameter(std::string message, std::string detail = {},
                                             std::string hint = {}) {
  return {sqlstate::kInvalidParameterValue, std::move(message), std::move(detail), std::move(hint)};
}

/// 54000: the request exceeds a limit of the program (size, count, depth).
[[nodiscard]] inline Error program_limit(std::string message, std::string detail = {},
                                         std::string hint = {}) {
  return {sqlstate::kProgramLimitExceeded, std::move(message), std::move(detail), std::move(hint)};
}

/// 22000: the data itself can't be processed.
[[nodiscard]] inline Error data_error(std::string message, std::string detail = {},
                                      std::string hint = {}) {
  return {sqlstate::kDataException, std::move(message), std::move(detail), std::move(hint)};
}

/// 55000: the object is not in the state the operation needs.
[[nodiscard]] inline Error wrong_state(std::string message, std::string detail = {},
                                       std::string hint = {}) {
  return {sqlstate::kObjectNotInPrerequisiteState, std::move(message), std::move(detail),
          std::move(hint)};
}

/// 42501: the caller lacks a right.
[[nodiscard]] inline Error insufficient_privilege(std::string message, std::string detail = {},
                                                  std::string hint = {}) {
  return {sqlstate::kInsufficientPrivilege, std::move(message), std::move(detail), std::move(hint)};
}

/// 0A000: the combination is not supported.
[[nodiscard]] inline Error not_supported(std::string message, std::string detail = {},
                                         std::string hint = {}) {
  return {sqlstate::kFeatureNotSupported, std::move(message), std::move(detail), std::move(hint)};
}

/// XX000: a broken invariant of the program; reaching it is a defect.
[[nodiscard]] inline Error internal_error(std::string message, std::string detail = {}) {
  return {sqlstate::kInternalError, std::move(message), std::move(detail)};
}

}  // namespace pt
