// A drill against masters that serve: writes, looks for what was acknowledged, reports, cleans up.
//
// Contract: made and run on one thread, whose io_context it borrows, with clock and randomness, for its life. run()
// makes the bucket unless it is there, writes under a prefix of its own, verifies, and removes its keys, and the bucket
// if it made it, unless `keep` is set. Statistics are in the Report; an Error means that no drill took place (no master
// answers, wrong credentials). interrupt() may be called at any time from that thread: the first ends the writing, and
// what was measured is still verified; the second ends that too. Nothing of anybody else's in the bucket is read or
// touched.
#pragma once

#include "daemon/drill/workload.h"

namespace cairn::drill {

struct Options {
  Kind kind = Kind::cas_race;
  std::vector<http::Endpoint> masters{};  ///< S3 doors
  std::vector<http::Endpoint> apis{};     ///< API doors to read counters from; may be empty
  Credentials credentials{};
  std::string bucket{};  ///< empty: drill-<random>
  std::uint64_t writes = 10'000;
  std::size_t workers = 32;
  bool keep = false;
};

struct Progress {
  bool verifying = false;
  std::uint64_t done = 0, of = 0;  ///< writes begun; or reads
  std::uint64_t acknowledged = 0, rejected = 0;
};

class Drill {
 public:
  Drill(net::io_context& io, Options options, Clock& clock, Random& random,
        std::function<void(const Progress&)> progress = {});
  ~Drill();

  Task<Result<Report>> run();
  void interrupt();

 private:
  Task<Result<bool>> openBucket();
  Task<std::vector<Counters>> counters(std::vector<std::string>* notes);
  Task<void> showProgress(const bool& over);
  Task<void> write();
  Task<void> cleanUp(bool ourBucket);
  Task<bool> removeKeys(S3Client& master);
  void fillReport();

  Options options_;
  Clock& clock_;
  Random& random_;
  std::function<void(const Progress&)> progress_;
  Signer signer_;
  http::Client client_;
  std::vector<std::unique_ptr<S3Client>> masters_;
  std::vector<S3Client*> pointers_;
  std::unique_ptr<Workload> work_;
  Report report_;
  int interrupts_ = 0;
  bool stopVerifying_ = false;
};

}  // namespace cairn::drill
