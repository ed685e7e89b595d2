// What clients did and what they were told, object by object, and the values they wrote.
//
// Contract: an object is a key of a bucket, an upload, or a bucket itself. Values have numbers from 1 on, unique in a
// run; a value is known by its ETag. check() fails the world ("linearizability") with the history of the first object
// that no order explains.
#pragma once

#include <map>

#include "daemon/bucket/service.h"
#include "tests/sim/linear.h"
#include "tests/sim/world.h"

namespace cairn::sim {

struct Value {
  int number = 0;
  std::string etag;
  Bytes content;
  bucket::Entry entry;  ///< as a door would make it: ETag and attributes
  bucket::Part part;    ///< for one that is put as an upload's only part
};

class Values {
 public:
  explicit Values(World& world) : world_(world) {}
  /// Of its own content.
  const Value& make(bool asPart);
  /// A copy: another value, the same content.
  const Value& copyOf(const Value& source);
  /// nullptr for an ETag that nobody ever wrote.
  const Value* find(const std::string& etag) const;
  const Value& at(int number) const { return values_[static_cast<std::size_t>(number) - 1]; }
  int made() const { return static_cast<int>(values_.size()); }

 private:
  const Value& keep(Value value);
  World& world_;
  std::deque<Value> values_;
  std::map<std::string, int> byETag_;
};

class History {
 public:
  void starts(const std::string& object, int state) { objects_[object].initial = state; }
  void add(const std::string& object, Operation operation) {
    objects_[object].operations.push_back(std::move(operation));
  }
  void check(World& world) const;
  std::size_t size() const;

 private:
  struct Object {
    int initial = 0;
    std::vector<Operation> operations;
  };
  std::map<std::string, Object> objects_;
};

}  // namespace cairn::sim
