#include "tests/sim/clients.h"

#include <algorithm>

namespace cairn::sim {

using bucket::Fault;

void Client::goOn(std::shared_ptr<Life> life) {
  life_ = std::move(life);
  working_ = true;
  spawn(life_->executor.io.get_executor(), work());
}

Task<void> Client::work() {
  auto life = life_;
  while (!life->dead() && left_ > 0) {
    --left_;
    co_await operate();
    if (life->dead()) co_return;
    co_await life->clock().sleep(Duration(1 + all_.world.rng.below(static_cast<std::uint64_t>(all_.habits.think))));
  }
  if (!life->dead()) working_ = false;
}

Task<void> Client::readAll(std::shared_ptr<Life> life) {
  life_ = life;
  for (const BucketId& b : all_.habits.buckets) {
    for (const std::string& key : all_.habits.keys)
      while (!life->dead() && !co_await get(b, key)) co_await life->clock().sleep(std::chrono::milliseconds(100));
    while (!life->dead() && !co_await list(b)) co_await life->clock().sleep(std::chrono::milliseconds(100));
  }
  readEverything_ = !life->dead();
}

void Client::abandon() {
  working_ = false;
  for (Under& u : under_)
    if (u.operation.kind != Operation::read && !u.ended) {
      u.operation.outcome = Operation::unknown;
      all_.history.add(u.object, u.operation);
    }
  under_.clear();
}

void Client::begin(std::vector<Under> under) {
  under_ = std::move(under);
  for (Under& u : under_) {
    u.operation.invoked = all_.world.step();
    u.operation.who = name_;
  }
}

void Client::end(std::size_t i, std::optional<Operation::Outcome> outcome) {
  if (life_->dead()) return;
  under_[i].ended = true;
  Operation op = under_[i].operation;
  life_->trace(name_ + " " + Operation::kKinds[op.kind] + " " + under_[i].object + " " + std::to_string(op.value) +
               " -> " + (outcome ? Operation::kOutcomes[*outcome] : "nothing"));
  if (!outcome || (op.kind == Operation::read && *outcome != Operation::done)) return;
  op.outcome = *outcome;
  if (op.outcome != Operation::unknown) op.returned = all_.world.step();
  if (op.outcome == Operation::done) lastSeen_[under_[i].object] = op.value;
  all_.world.note(static_cast<std::uint64_t>(op.value) * 4 + op.outcome);
  all_.history.add(under_[i].object, op);
}

std::optional<Operation::Outcome> Client::outcomeOf(const bucket::Failure& failure) {
  switch (failure.fault) {
    case Fault::precondition_failed:
    case Fault::bucket_yours:
      return Operation::refused;
    case Fault::no_such_key:
    case Fault::no_such_upload:
      return Operation::absent;
    case Fault::unknown:
      return Operation::unknown;
    case Fault::slow_down:
    case Fault::unavailable:
      return std::nullopt;
    default:
      if (!life_->dead()) all_.world.fail("answers", name_ + " is told: " + failure.message);
      return std::nullopt;
  }
}

Task<void> Client::operate() {
  Rng& rng = all_.world.rng;
  BucketId bucket = all_.habits.buckets[rng.below(all_.habits.buckets.size())];
  const auto& keys = all_.habits.keys;
  std::string key = keys[rng.below(keys.size())];
  std::uint64_t dice = rng.below(100);
  if (dice < 45) co_return co_await put(bucket, key);
  if (dice < 60) co_return co_await erase(bucket, {key});
  if (dice < 78) {
    co_await get(bucket, key);
    co_return;
  }
  if (dice < 83) {
    co_await list(bucket);
    co_return;
  }
  if (dice < 87) co_return co_await copy(bucket, key);
  if (dice < 90) co_return co_await startUpload(bucket, key);
  if (dice < 94) co_return co_await endUpload();
  if (dice < 96) co_return co_await erase(bucket, keys);
  co_await churn();
}

Task<Result<bucket::Content>> Client::write(const Value& value) {
  auto writer = service().writeContent(value.content.size());
  if (auto s = co_await writer->write(value.content); !s) co_return s.error();
  co_return co_await writer->finish();
}

Task<void> Client::write(BucketId bucket, std::string key, const Value& value, bool copied) {
  Rng& rng = all_.world.rng;
  std::string object = keyName(bucket, key);
  Operation op;
  op.kind = Operation::put;
  op.value = value.number;
  bucket::WriteConditions conditions;
  std::uint64_t dice = rng.below(4);
  if (dice == 0) {
    op.kind = Operation::putNew;
    conditions.ifNoneMatch = {"*"};
  } else if (dice == 1 && lastSeen_[object] != 0) {
    op.kind = Operation::putOver;
    op.expected = lastSeen_[object];
    conditions.ifMatch = {all_.values.at(op.expected).etag};
  }
  bucket::Content content;
  if (!copied) {
    auto written = co_await write(value);
    if (!written || life_->dead()) co_return;
    content = std::move(*written);
  }
  begin({{object, op, false}});
  auto answer = copied ? co_await service().copyObject(bucket, key, value.entry, conditions)
                       : co_await service().putObject(bucket, key, value.entry, std::move(content), conditions);
  if (answer && answer->etag != value.entry.etag)
    all_.world.fail("answers", name_ + " is told another ETag than it wrote");
  end(0, answer ? std::optional(Operation::done) : outcomeOf(answer.error()));
}

Task<void> Client::put(BucketId bucket, std::string key) {
  return write(bucket, key, all_.values.make(false), false);
}

Task<void> Client::copy(BucketId bucket, std::string key) {
  const BucketId& from = all_.habits.buckets[all_.world.rng.below(all_.habits.buckets.size())];
  const auto& keys = all_.habits.keys;
  std::string source = keys[all_.world.rng.below(keys.size())];
  auto snapshot = co_await service().snapshot(from);
  if (!snapshot) co_return;
  auto entry = co_await (*snapshot)->get(source);
  if (!entry || !*entry || life_->dead()) co_return;
  const Value* read = all_.values.find((*entry)->etag.str());
  if (!read) co_return;
  // The entry is as found; only its ETag is made another, so that a history can tell the copy from its source.
  Value copied = *read;
  copied.entry = **entry;
  co_await write(bucket, key, all_.values.copyOf(copied), true);
}

Task<bool> Client::sameContent(bucket::Entry entry, const Value& value) {
  auto reader = service().readContent(entry.content, 0, entry.size);
  Bytes all;
  for (;;) {
    auto piece = co_await reader->next();
    if (!piece) {
      if (piece.error().code == Errc::corrupt) all_.world.fail("content", piece.error().message);
      co_return false;
    }
    if (piece->bytes.empty()) break;
    append(all, piece->bytes);
  }
  if (all != value.content)
    all_.world.fail("content", name_ + " reads other bytes than were written as value " + std::to_string(value.number));
  co_return true;
}

Task<bool> Client::get(BucketId bucket, std::string key) {
  begin({{keyName(bucket, key), {}, false}});
  auto snapshot = co_await service().snapshot(bucket);
  if (!snapshot) {
    end(0, outcomeOf(snapshot.error()));
    co_return false;
  }
  auto entry = co_await (*snapshot)->get(key);
  if (!entry) {
    end(0, outcomeOf(entry.error()));
    co_return false;
  }
  if (*entry) {
    const Value* value = all_.values.find((*entry)->etag.str());
    if (!value) {
      all_.world.fail("content", name_ + " reads an ETag that nobody wrote");
      co_return false;
    }
    bool read = co_await sameContent(**entry, *value);
    if (!read) {
      end(0, std::nullopt);
      co_return false;
    }
    under_[0].operation.value = value->number;
  }
  end(0, Operation::done);
  co_return true;
}

Task<bool> Client::list(BucketId bucket) {
  std::vector<Under> reads;
  for (const std::string& key : all_.habits.keys) reads.push_back({keyName(bucket, key), {}, false});
  begin(std::move(reads));
  auto snapshot = co_await service().snapshot(bucket);
  if (!snapshot) {
    outcomeOf(snapshot.error());
    co_return false;
  }
  bucket::ListQuery query;
  query.limit = 1 + all_.world.rng.below(4);
  for (bool more = true; more;) {
    auto page = co_await (*snapshot)->list(query);
    if (!page) {
      outcomeOf(page.error());
      co_return false;
    }
    for (const auto& item : page->items) {
      auto at = std::find(all_.habits.keys.begin(), all_.habits.keys.end(), item.key) - all_.habits.keys.begin();
      const Value* value = all_.values.find(item.entry.etag.str());
      if (value) under_.at(static_cast<std::size_t>(at)).operation.value = value->number;
    }
    more = page->truncated;
    query.after = page->last;
  }
  for (std::size_t i = 0; i < under_.size(); ++i) end(i, Operation::done);
  co_return true;
}

}  // namespace cairn::sim
