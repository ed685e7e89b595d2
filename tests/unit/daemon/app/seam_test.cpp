#include "daemon/app/seam.h"

#include <gtest/gtest.h>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>

namespace cairn::app {
namespace {

using Socket = net::local::stream_protocol::socket;

/// Waits for bytes that never come. `alive` is true from before it waits until its frame is destroyed.
Task<void> readForEver(Socket socket, std::shared_ptr<std::atomic<int>> alive, OneShot<bool> waiting) {
  ++*alive;
  std::shared_ptr<void> gone(nullptr, [alive](void*) { --*alive; });
  waiting.set(true);
  std::array<char, 1> byte{};
  co_await net::async_read(socket, net::buffer(byte), net::use_awaitable);
}

/// Runs on one context and reads from a socket of another, as commits do that are held by other nodes.
TEST(DataPlane, EndsWhatWaitsForTheOtherContextsSocketsBeforeEitherIsGone) {
  auto alive = std::make_shared<std::atomic<int>>(0);
  {
    DataPlane plane(2);
    std::vector<Socket> silent;
    for (bool swapped : {false, true}) {
      net::io_context& owner = swapped ? plane.commits() : plane.io();
      net::io_context& runner = swapped ? plane.io() : plane.commits();
      Socket ours(owner), theirs(owner);
      net::local::connect_pair(ours, theirs);
      OneShot<bool> waiting;
      spawn(net::make_strand(runner), readForEver(std::move(ours), alive, waiting));
      EXPECT_TRUE(plane.start(waiting.wait()).get());
      silent.push_back(std::move(theirs));  // closed, it would wake the reader
    }
    EXPECT_EQ(*alive, 2);
    plane.stop();
    EXPECT_EQ(*alive, 0) << "what they refer to is destroyed after stop()";
  }
}

}  // namespace
}  // namespace cairn::app
