#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lib/archive/reader.h"
#include "lib/base/error.h"
#include "lib/flow/record.h"

namespace mitm::archive {

/// Several archives as one stream, merged by the time of records. Archives of the same run (a
/// rotated recording) are read one after the other, by their file number, and share one `source`
/// number, so that flows which span them stay whole; others never do. So no connection's records
/// are reordered. One thread; memory bounded by a frame of each archive.
class MergedReader {
 public:
  struct Input {
    std::string name;
    std::unique_ptr<Reader> reader;
    std::optional<Error> failed;  ///< why reading ended early, in the middle of the archive
    std::optional<flow::Header> header = {};  ///< the last one that was read
    bool is_live = false;  ///< somebody writes it still, so that it need not have an end

    /// How it ended, as far as that is its fault.
    [[nodiscard]] Ending ending() const;
  };
  /// What takes the place of an input that has been read.
  struct Successor {
    Input input;
    std::string loss;  ///< what is lost between them, in words; empty: nothing
  };
  /// Asked when the last archive of a run ended or failed: nullopt when nothing follows. Fails with
  /// kAgain while that is not known; other failures say what cannot be read.
  using GoOn = std::function<Result<std::optional<Successor>>(const Input& ended)>;
  /// What is damaged or missing, and what else people should know of the inputs.
  struct Losses {
    std::vector<std::string> warnings;  ///< each names its input
    bool any = false;                   ///< not every warning is about a loss
  };

  /// Stands for an archive of which nothing can be read, for a reason that is told with the losses.
  static Input unreadable(std::string name, Error why);
  /// Takes readers of which nothing has been read. Fails when one cannot be read at all.
  static Result<MergedReader> merge(std::vector<Input> inputs, GoOn go_on = nullptr);

  /// The next record, or nullopt at the end. An input that fails in the middle ends there (see
  /// inputs()) and the others go on. Fails with kCancelled where an input does, and the next call
  /// goes on; with kLimit when there are more than 65,536 runs. An input that says kAgain is not
  /// waited for while others have records, whose order is then that of their coming; kAgain when
  /// none has, and the next call goes on.
  Result<std::optional<flow::Record>> next();
  /// Where the last record came from. After a record.
  [[nodiscard]] const Input& origin() const;
  /// In the order in which they were given; their endings are known when next() has returned
  /// nullopt.
  [[nodiscard]] const std::vector<Input>& inputs() const { return inputs_; }
  /// Of what was read. How archives end is judged only when next() has returned nullopt.
  [[nodiscard]] Losses losses() const;
  /// Whether records of more than one run are to come or came: known from the start of archives
  /// that begin with different runs, else as soon as another one comes in an archive of several.
  [[nodiscard]] bool has_several_runs() const {
    return tracks_.size() > 1 || sources_.allocated() > 1;
  }

 private:
  /// The archives of one run.
  struct Track {
    std::vector<std::size_t> inputs;  // by file number
    std::size_t current = 0;          // in `inputs`
    std::optional<flow::Record> head;
  };
  /// What the `source` numbers of each input become.
  class Sources {
   public:
    Status renumber(std::size_t input, flow::Record& record);
    /// How many numbers there are so far, one for each run.
    [[nodiscard]] std::uint32_t allocated() const { return allocated_; }

   private:
    Result<std::uint16_t> allocate();

    std::map<std::pair<std::size_t, std::uint16_t>, std::uint16_t> numbers_;  // of input and source
    std::unordered_map<std::uint64_t, std::uint16_t> runs_;
    std::uint32_t allocated_ = 0;
  };
  using Turn = std::pair<Time, std::size_t>;

  MergedReader() = default;
  void make_tracks();
  /// The next record of an input; nullopt at its end. Fails with kCancelled and kAgain only.
  Result<std::optional<flow::Record>> read(std::size_t input);
  Result<bool> replace(std::size_t input);
  void keep_losses(const Input& input);
  void note_gap(const Input& input, const flow::Record& record);
  void note_missing(const Input& ended, std::size_t next);
  Result<std::optional<flow::Record>> advance(Track& track);
  Status fill_heads();
  Result<std::optional<flow::Record>> take_earliest();

  std::vector<Input> inputs_;
  std::vector<std::optional<flow::Record>> first_;  // of each input, until it is its turn
  std::vector<Track> tracks_;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;  // by head, of tracks
  std::vector<std::size_t> headless_;  // tracks whose next record has not been read
  GoOn go_on_;
  Losses kept_losses_;    // of inputs whose place was taken
  std::size_t turn_ = 0;  // the track of the last record
  bool at_end_ = false;
  Sources sources_;
};

}  // namespace mitm::archive
