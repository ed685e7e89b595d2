// Virtual S3 clients: what they do to a master's bucket service, and what they make of its answers.
//
// Contract: a client belongs to a master and goes on when that starts again. It keeps every operation with its outcome
// in the history: a Failure other than Fault::unknown says that nothing changed, and is taken at its word; a refusal
// (412, 404) says what it saw, as a read does; an operation whose master crashed is of unknown outcome. A body read
// that is not what was written is a violation ("content"), and so is an answer that no client should ever get
// ("answers").
#pragma once

#include "tests/sim/history.h"
#include "tests/sim/node.h"

namespace cairn::sim {

struct Habits {
  std::vector<BucketId> buckets;
  BucketId churned;  ///< created and deleted all the time; holds nothing
  std::vector<std::string> keys;
  Micros think = 5000;  ///< between operations, at most
};

class Clients;

class Client {
 public:
  Client(Clients& all, std::string name, int operations) : all_(all), name_(std::move(name)), left_(operations) {}
  /// Does what is left, as long as the master lives.
  void goOn(std::shared_ptr<Life> life);
  /// Reads every key through this master and says so when all could be read. For the end of a run.
  Task<void> readAll(std::shared_ptr<Life> life);
  /// The master crashed: what was under way may or may not happen.
  void abandon();
  bool working() const { return working_; }
  bool finished() const { return left_ == 0 && !working_; }
  bool readEverything() const { return readEverything_; }

 private:
  struct Under {
    std::string object;
    Operation operation;
    bool ended = false;
  };
  Task<void> work();
  Task<void> operate();
  Task<void> put(BucketId bucket, std::string key);
  Task<void> copy(BucketId bucket, std::string key);
  Task<bool> get(BucketId bucket, std::string key);
  Task<bool> list(BucketId bucket);
  Task<void> erase(BucketId bucket, std::vector<std::string> keys);
  Task<void> startUpload(BucketId bucket, std::string key);
  Task<void> endUpload();
  Task<void> churn();

  Task<Result<bucket::Content>> write(const Value& value);
  Task<bool> sameContent(bucket::Entry entry, const Value& value);
  Task<void> write(BucketId bucket, std::string key, const Value& value, bool copied);
  bucket::Service& service() { return life_->service(); }

  /// The operations that the next call makes, one for each object.
  void begin(std::vector<Under> under);
  /// Ends the i-th of them; nullopt: nothing happened and nothing was learnt.
  void end(std::size_t i, std::optional<Operation::Outcome> outcome);
  std::optional<Operation::Outcome> outcomeOf(const bucket::Failure& failure);
  std::string keyName(const BucketId& bucket, const std::string& key) const { return bucket.name.get() + "/" + key; }

  Clients& all_;
  std::string name_;
  int left_;
  bool working_ = false, readEverything_ = false;
  std::shared_ptr<Life> life_;
  std::vector<Under> under_;
  std::map<std::string, int> lastSeen_;  ///< by object, for If-Match
};

/// All clients of a run and what they share.
class Clients {
 public:
  Clients(World& w, Habits h) : world(w), habits(std::move(h)), values(w) {}

  World& world;
  const Habits habits;
  Values values;
  History history;

  struct OpenUpload {
    BucketId bucket;
    std::string key, id, partETag;
    int value = 0;
  };
  std::vector<OpenUpload> uploads;  ///< with their part in place
};

}  // namespace cairn::sim
