#include "lib/base/error.h"

#include <catch2/catch.hpp>

namespace {

mitm::Status tried(mitm::Status status, bool& went_on) {
  MITM_TRY(std::move(status));
  went_on = true;
  return {};
}

}  // namespace

TEST_CASE("a failure is a value with a code, a message and a hint") {
  const mitm::Status status =
      mitm::fail(mitm::Code::kLimit, "read a: too large", "raise the limit");
  REQUIRE_FALSE(status);
  CHECK(status.error() == mitm::Error{mitm::Code::kLimit, "read a: too large", "raise the limit"});
}

TEST_CASE("a failed system call says what was attempted and what the system said") {
  CHECK(mitm::Status(mitm::fail_errno("open a", ENOENT)).error() ==
        mitm::Error{mitm::Code::kIo, "open a: No such file or directory"});
  errno = ENOSPC;
  CHECK(mitm::Status(mitm::fail_errno("write a")).error().message ==
        "write a: No space left on device");
}

TEST_CASE("trying hands an error to the caller and goes on without one") {
  bool went_on = false;
  CHECK(tried(mitm::fail(mitm::Code::kIo, "a"), went_on).error().message == "a");
  CHECK_FALSE(went_on);
  CHECK(tried({}, went_on));
  CHECK(went_on);
}
