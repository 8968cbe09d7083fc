#include "lib/cli/man.h"

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "tests/cli/sample.h"
#include "tests/support/temp_dir.h"

using mitm::cli::render_man;
using mitm::test::run_shell;

namespace {

/// `page` as mandoc shows it, without overstriking.
std::string shown(const std::string& page) {
  const mitm::test::TempDir dir;
  REQUIRE(mitm::write_file_atomically(dir / "page.1", page, 0600, mitm::IfExists::kFail));
  return run_shell("mandoc -T ascii -O width=100 " + (dir / "page.1").string() + " | col -b")
      .output;
}

std::string lint(const std::string& page) {
  const mitm::test::TempDir dir;
  REQUIRE(mitm::write_file_atomically(dir / "page.1", page, 0600, mitm::IfExists::kFail));
  return run_shell("mandoc -T lint -W warning " + (dir / "page.1").string()).output;
}

}  // namespace

TEST_CASE("the sections of a manual page are there and in order") {
  const std::string page = render_man(mitm::test::sample_program());
  std::size_t at = 0;
  for (const char* title : {"NAME", "SYNOPSIS", "DESCRIPTION", "ARGUMENTS", "OPTIONS", "SIGNALS",
                            "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"}) {
    CAPTURE(title);
    at = page.find(std::string(".SH ") + title + "\n", at);
    REQUIRE(at != std::string::npos);
  }
}

TEST_CASE("a further section has paragraphs, then rows") {
  CHECK(render_man(mitm::test::sample_program())
            .find(".SH SIGNALS\nSIGINT ends it.\n.TP\n\\fBSIGUSR1\\fR\nSee "
                  "\\fB\\-\\-color\\fR.\n") != std::string::npos);
}

TEST_CASE("a flag shows its names, summary, details and repetition") {
  CHECK(render_man(mitm::test::sample_program()).find(R"(.TP
\fB\-r\fR, \fB\-\-read\fR \fIFILE\fR
Read FILE, \(aq\-\(aq is stdin.
.IP
Archives and others.
.IP
See \fB\-\-output\fR for what comes out.
.IP
May be given several times.
)") != std::string::npos);
}

TEST_CASE("a summary begins with a capital letter unless it begins with a value") {
  const std::string page = render_man(mitm::test::sample_program());
  CHECK(page.find("\nKeep at most BYTES of a body.\n") != std::string::npos);
  CHECK(page.find("\nexplicit, transparent or reverse:URL; don\\(aqt guess.\n") !=
        std::string::npos);
}

TEST_CASE("letters that roff would change are named, and no text line is a macro") {
  const std::string page = render_man(mitm::test::sample_program());
  CHECK(page.find("mitm\\-sample \\-r session.flowz \\(aq\\(tid example.com\\(aq\n") !=
        std::string::npos);
  CHECK(page.find("\n\\&.A line that begins") != std::string::npos);
}

TEST_CASE("subcommands are sections with their flags and examples") {
  const std::string page = render_man(mitm::test::sample_program_with_subcommands());
  CHECK(page.find(".SH COMMANDS\n.SS init\n.B mitm\\-many init\n[\\-\\-days N]\n") !=
        std::string::npos);
  CHECK(page.find("\\fB\\-d\\fR, \\fB\\-\\-days\\fR \\fIN\\fR") != std::string::npos);
  CHECK(page.find(".TP\n\\fIHOST\\fR\nWhom it is for.\n") != std::string::npos);
}

TEST_CASE("mandoc has no complaints") {
  if (!mitm::test::is_installed("mandoc")) {
    WARN("mandoc is not installed");
    return;
  }
  CHECK(lint(render_man(mitm::test::sample_program())) == "");
  CHECK(lint(render_man(mitm::test::sample_program_with_subcommands())) == "");
}

TEST_CASE("mandoc shows what was written") {
  if (!mitm::test::is_installed("mandoc") || !mitm::test::is_installed("col")) {
    WARN("mandoc or col is not installed");
    return;
  }
  const std::string text = shown(render_man(mitm::test::sample_program()));
  CHECK(text.find("mitm-sample -r session.flowz '~d example.com'\n") != std::string::npos);
  CHECK(text.find("mitm-sample -r FILE [-r FILE]... [options] [FILTER]\n") != std::string::npos);
  CHECK(text.find(".A line that begins with a period.\n") != std::string::npos);
}
