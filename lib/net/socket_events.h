#pragma once

#include "lib/net/handles.h"
#include "lib/net/loop.h"

namespace mitm::net {

/// What may happen to a socket, asked for with as few system calls as that takes. Loop thread only;
/// gone with its destructor, which must come before the socket is closed.
class SocketEvents {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;
    virtual void on_due() = 0;
  };

  /// `handler` must outlive it.
  SocketEvents(Loop& loop, int fd, Handler& handler);

  /// on_readable() again and again while there is something to read, and the end counts as such.
  void expect_readable(bool expected);
  /// on_writable() once.
  void expect_writable();
  /// on_due() once, after what else happens in this iteration, and never from within the call.
  void soon();
  /// Nothing of all this any more.
  void stop();

 private:
  EventPtr readable_, writable_, due_;
  bool expecting_readable_ = false;
  bool stopped_ = false;
};

}  // namespace mitm::net
