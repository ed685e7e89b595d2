// Masters of a drill's own: real registry, block stores, engines and S3 doors, in a scratch directory, on loopback
// ports.
//
// Contract: for `cairnd drill --control` and tests. make() creates a directory under the system's temporary one, the
// destructor removes it. start() brings the masters up on the io_context that was given, which is run by one thread;
// stop() drains their doors. Run the io_context until it has no work left after stop(), destroy this, then the
// io_context.
//
// With `cas` each master registers under its own name, as masters do. Without, nothing is compared at the flip, and
// both flip at once: they share one registration and one term of the writer lease, as if two processes took themselves
// for the same dark writer. The registry would refuse a second dark master of another name; it is not asked to make an
// exception, here or anywhere.
#pragma once

#include <memory>
#include <vector>

#include "daemon/drill/signer.h"
#include "daemon/rt/clock.h"

namespace cairn::drill {

class Scratch {
 public:
  static Result<std::unique_ptr<Scratch>> make(net::io_context& io, bool cas, std::size_t masters = 2);
  virtual ~Scratch() = default;
  virtual Task<Status> start() = 0;
  virtual Task<void> stop() = 0;
  /// Closes one master's door at once, in the middle of whatever it does.
  virtual void kill(std::size_t master) = 0;
  virtual std::vector<http::Endpoint> endpoints() const = 0;
  virtual Credentials credentials() const = 0;
  virtual const std::string& directory() const = 0;
};

}  // namespace cairn::drill
