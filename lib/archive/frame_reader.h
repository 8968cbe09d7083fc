#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lib/archive/content.h"
#include "lib/archive/frame_walker.h"
#include "lib/archive/raw_buffer.h"
#include "lib/archive/read_observer.h"
#include "lib/archive/reader.h"
#include "lib/archive/summary_codec.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// The part of an Ending that shows in the frames.
struct Losses {
  /// From where on nothing could be used up to the end of the source.
  struct Tail {
    std::uint64_t frame = 0;     ///< where the frame begins in which that is
    std::uint64_t verified = 0;  ///< up to here it could be used
  };
  std::optional<std::uint64_t> torn_at;
  std::uint64_t torn_bytes = 0;
  std::vector<Ending::Skipped> skipped;
  std::optional<Tail> tail;  ///< torn or, when the last of `skipped` is that place, damaged
};

/// The verified contents of a source's data frames, one after the other, and what is lost between
/// them.
class FrameReader {
 public:
  /// `observer`, which may be null and must outlive it, sees frames.
  explicit FrameReader(std::unique_ptr<ByteSource> source, ReadObserver* observer = nullptr)
      : raw_(std::move(source)), observer_(observer) {}

  /// The first octets of the source, at most `size`. Before the first call of next() only.
  Result<ByteView> peek(std::size_t size);
  /// Loads the next content. False at the end of the source, or when a source that does not begin
  /// as an archive does shows nothing readable soon. An error is the source's; where that was only
  /// that nothing has come yet, the next call goes on.
  Result<bool> next();
  /// Of a frame that is read while it is written, and has to be waited for, next() loads what its
  /// checkpoints vouch for so far, then what came since.
  [[nodiscard]] ByteView content() const;
  /// Of the last checkpoint, if the content ends with one.
  [[nodiscard]] std::optional<std::uint64_t> run_id() const { return content_.run_id(); }
  /// Where the frame of the content begins.
  [[nodiscard]] std::uint64_t frame() const { return current_.at; }
  /// Of the last checkpoint of all contents so far.
  [[nodiscard]] std::optional<std::uint64_t> last_run() const { return run_id_; }
  /// For content that is verified and yet makes no sense: counts its frame as skipped.
  void give_up_frame();
  /// After the last data frame came a seek table, as after that of an archive that is whole.
  [[nodiscard]] bool is_closed() const { return closed_; }
  /// The same of the last data frame but the one of the content.
  [[nodiscard]] bool was_closed() const { return was_closed_; }
  /// How much of the source was looked at.
  [[nodiscard]] std::uint64_t position() const { return raw_.offset(); }
  /// What was lost before the end of the content.
  [[nodiscard]] const Losses& losses() const { return losses_; }
  /// What looking at frames has cost so far, in octets. In proportion to what was read and shown,
  /// whatever the source holds.
  [[nodiscard]] std::uint64_t work() const { return walked_ + content_.work(); }

 private:
  enum class Unit : std::uint8_t { kFrame, kPart, kSkippable, kTorn, kDamaged };
  /// For what comes after a place from where on nothing could be used.
  struct Search {
    std::uint64_t lost_from = 0;
    std::uint64_t frame = 0;  ///< where the frame begins in which that is
    bool torn = false;        ///< if nothing comes any more, the source ends there
    bool active = false;
  };

  Result<Unit> examine();
  Result<Unit> examine_frame();
  bool has_grown();
  Result<Unit> examine_skippable();
  Result<bool> followed_by_frame(std::size_t size);
  Result<bool> discard();
  Status begin_search(bool torn);
  Result<bool> search();
  Result<bool> seek_magic();
  bool end_search();
  [[nodiscard]] bool is_trustworthy() const;
  [[nodiscard]] bool may_look() const;
  void take_part();
  void take_frame();
  void end_frame();
  void set_current(std::uint64_t size);
  void tell_of_frame();
  void lose_rest();
  void add_skipped(std::uint64_t at, std::uint64_t bytes);

  RawBuffer raw_;
  ReadObserver* observer_;
  bool untold_ = false;  // the observer has not heard yet of current_, which is whole
  Content content_;
  Losses losses_;
  FrameWalker walker_;           // over the frame at the beginning of raw_
  Ending::Skipped current_;      // the frame whose content is loaded
  std::size_t known_ = 0;        // octets of its content that came with earlier calls
  std::size_t given_ = 0;        // the same with the last call, while the frame is not over
  bool given_up_ = false;        // nothing more of it is wanted
  std::uint64_t unit_size_ = 0;  // what examine() found: octets of it, or of its verified beginning
  std::size_t structural_end_ = 0;  // of a damaged frame whose blocks are in order, else 0
  Search search_;
  SummaryDecoder summaries_;
  bool closed_ = false;
  bool was_closed_ = false;
  std::optional<Ending::Skipped> rest_lost_;  // of the frame whose beginning is loaded
  std::uint64_t to_discard_ = 0;              // of a skippable frame that begins at discarded_from_
  std::uint64_t discarded_from_ = 0;
  std::uint64_t walked_ = 0;             // the part of work() that is not the content's
  std::uint64_t shown_ = 0;              // octets of all contents
  std::optional<std::uint64_t> run_id_;  // of the last frame that was accepted
};

}  // namespace mitm::archive
