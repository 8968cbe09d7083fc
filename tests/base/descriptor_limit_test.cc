#include "lib/base/descriptor_limit.h"

#include <fcntl.h>

#include <catch2/catch.hpp>

#include "lib/base/fd.h"

namespace mitm {
namespace {

/// Puts back what a test changes.
class Before {
 public:
  Before() = default;
  Before(const Before&) = delete;
  Before& operator=(const Before&) = delete;
  ~Before() { set_descriptor_limit(limit); }

  const DescriptorLimit limit = descriptor_limit();
};

TEST_CASE("the soft limit is raised to the hard one, which stays") {
  const Before before;
  REQUIRE(set_descriptor_limit({100, before.limit.hard}));
  CHECK(descriptor_limit().soft == 100);
  raise_descriptor_limit();
  CHECK(descriptor_limit() == DescriptorLimit{before.limit.hard, before.limit.hard});
}

TEST_CASE("for children the limit is another one, and afterwards what it was") {
  const Before before;
  {
    const LimitForChildren lowered({77, before.limit.hard});
    CHECK(descriptor_limit().soft == 77);
  }
  CHECK(descriptor_limit() == before.limit);
}

TEST_CASE("open descriptors are counted, without the one that counting takes") {
  const std::size_t before = open_descriptors();
  const Fd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(one.is_open());
  CHECK(before >= 1);
  CHECK(open_descriptors() == before + 1);
  CHECK(open_descriptors() == before + 1);
}

}  // namespace
}  // namespace mitm
