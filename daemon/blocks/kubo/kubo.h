// The block store whose blocks are in a local kubo, behind a journal of Cairn's own.
//
// Contract. As store.h. put() and sync() are answered by the journal (an embedded store in `directory`): kubo gets the
// blocks behind them, in batches, and the journal lets go of them only when kubo is known to have them on its disk. A
// kubo that does not answer leaves what is in the journal readable, and roots and index nodes that were put or read
// lately, so that commits can go on; for the rest get() answers Errc::unavailable, with the cause. While the journal is
// at its bound, put() waits for kubo up to `patience` and then answers Errc::unavailable. Bytes from kubo are verified
// against their CID. What kubo has and Cairn did not put there counts as absent to missing(), and get() keeps it in the
// journal. A block that kubo lost or spoiled is missing from then on, and all complete marks are void.
//
// openKubo() starts without kubo where it does not answer yet, and refuses (Errc::precondition) one that must not be
// used: with garbage collection of its own, with a datastore that never says when blocks are on the disk, or another
// one than the journal in `directory` was in front of. An embedded store that was in `directory` becomes the journal:
// its blocks are carried like any others, oldest first, and until kubo has them all the journal has no bound. Threads
// and destruction are as for the embedded store.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "daemon/blocks/store.h"

namespace cairn::blocks {

struct KuboOptions {
  std::string directory;
  std::string host;  ///< of kubo's RPC
  std::uint16_t port = 5001;
  std::string repository;                     ///< kubo's directory where it is on this machine; may be empty
  std::uint64_t journalBytes = 1ULL << 30;    ///< bound of the journal
  std::uint64_t reserveBytes = 256ULL << 20;  ///< of free disk that the journal leaves alone
  std::uint64_t nodeBytes = 64ULL << 20;      ///< of memory for roots and index nodes put or read lately
  std::chrono::milliseconds patience{5000};
  std::chrono::milliseconds carryEvery{200};       ///< how long a block may wait before it is taken to kubo
  std::chrono::milliseconds releaseEvery{5000};    ///< how often kubo is made to sync, unless much waits for it
  std::chrono::milliseconds pinEvery{10'000};      ///< how long a root stays the newest before it is pinned
  std::chrono::milliseconds readTimeout{5000};     ///< of one block from kubo
  std::chrono::milliseconds writeTimeout{60'000};  ///< of one batch, sync or pin
};

struct KuboStatus {
  bool answers = false;
  std::string problem;  ///< empty when all is well; for people
  std::string version, peer;
  std::uint64_t journalBytes = 0, journalLimit = 0;
  std::uint64_t waitingBytes = 0;  ///< of the journal: what kubo was not given yet
  double lagSeconds = 0;           ///< age of the oldest of that
  std::uint64_t movingBytes = 0;  ///< left of an embedded store that is being moved into kubo; no bound holds meanwhile
};

class KuboStore : public Store {
 public:
  virtual KuboStatus kubo() = 0;
  /// Has `root` pinned in kubo some time soon if it is complete here; of several of one `name` the last one counts.
  virtual void pinLater(std::string name, Cid root) = 0;
};

Result<std::unique_ptr<KuboStore>> openKubo(KuboOptions options);

}  // namespace cairn::blocks
