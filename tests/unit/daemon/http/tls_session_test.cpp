// A TLS session over a pair of sockets: what it says when the peer says goodbye, at any moment.
#include "daemon/http/tls_session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/http/tls.h"

namespace cairn::http::test {
namespace {

class Pair : public testing::Test {
 protected:
  Pair() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_), 0);
    auto key = makeSelfSigned("m1");
    auto serving = makeServerContext(key->certPem, key->keyPem, nullptr);
    auto asking = makeClientContext({}, true);
    CAIRN_ASSERT(serving.has_value() && asking.has_value());
    contexts_ = {*serving, *asking};
    fingerprint_ = *spkiFingerprint(key->certPem);
    server_ = std::make_unique<TlsSession>(**serving, sockets_[0]);
    client_ = std::make_unique<TlsSession>(**asking, sockets_[1]);
    expectKey(client_->native(), &fingerprint_);
  }
  ~Pair() override {
    for (int s : sockets_) ::close(s);
  }
  void shakeHands() {
    for (int turn = 0; turn < 10; ++turn) {
      const auto here = client_->handshake(false), there = server_->handshake(true);
      ASSERT_FALSE(here.error) << here.error.message();
      ASSERT_FALSE(there.error) << there.error.message();
      if (here.done() && there.done()) return;
    }
    FAIL() << "no handshake";
  }

  int sockets_[2];
  std::vector<std::shared_ptr<SslContext>> contexts_;
  std::string fingerprint_;
  std::unique_ptr<TlsSession> server_, client_;
};

TEST_F(Pair, BytesOfManyRecordsComeInOneRead) {
  shakeHands();
  const Bytes sent(100'000, 7);
  const auto wrote = client_->write(sent);
  ASSERT_EQ(wrote.bytes, sent.size());
  Bytes got(200'000);
  const auto read = server_->read(got);
  EXPECT_TRUE(read.done());
  EXPECT_GT(read.bytes, 16'384U);
}

TEST_F(Pair, AGoodbyeEndsTheStreamAndFailsWhatIsWrittenAfterIt) {
  shakeHands();
  (void)client_->shutdown();
  Bytes got(10);
  const auto end = server_->read(got);
  EXPECT_TRUE(end.done());
  EXPECT_EQ(end.bytes, 0U);
  ::close(std::exchange(sockets_[1], -1));
  const auto written = server_->write(got);
  EXPECT_TRUE(written.error) << "else whoever writes goes on for ever";
}

TEST_F(Pair, AStreamCutOffIsNoEnd) {
  shakeHands();
  ::close(std::exchange(sockets_[1], -1));
  Bytes got(10);
  EXPECT_TRUE(server_->read(got).error);
}

TEST_F(Pair, AGoodbyeInTheHandshakeIsNoHandshake) {
  ASSERT_EQ(client_->handshake(false).need, TlsSession::Need::read);
  ASSERT_EQ(server_->handshake(true).need, TlsSession::Need::read);  // its answer is out, under way
  constexpr std::uint8_t kGoodbye[] = {0x15, 3, 3, 0, 2, 1, 0};
  ASSERT_EQ(::write(sockets_[1], kGoodbye, sizeof kGoodbye), static_cast<ssize_t>(sizeof kGoodbye));
  EXPECT_TRUE(server_->handshake(true).error);
}

}  // namespace
}  // namespace cairn::http::test
