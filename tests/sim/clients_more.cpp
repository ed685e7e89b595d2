// The clients' deletes, uploads and buckets.
#include "tests/sim/clients.h"

namespace cairn::sim {

Task<void> Client::erase(BucketId bucket, std::vector<std::string> keys) {
  std::vector<Under> under;
  std::vector<bucket::DeleteItem> items;
  Operation op;
  op.kind = Operation::erase;
  for (const std::string& key : keys) {
    under.push_back({keyName(bucket, key), op, false});
    items.push_back({key, {}});
  }
  begin(std::move(under));
  auto answers = co_await service().deleteObjects(bucket, std::move(items));
  if (answers && answers->size() != keys.size()) {
    all_.world.fail("answers", name_ + " is told of " + std::to_string(answers->size()) + " deletes, not of all");
    co_return;
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!answers)
      end(i, outcomeOf(answers.error()));
    else if (!(*answers)[i])
      end(i, outcomeOf((*answers)[i].error()));
    else
      end(i, *(*answers)[i] ? Operation::done : Operation::absent);
  }
}

/// One part is all that an upload needs here; another client, at another master, may complete it.
Task<void> Client::startUpload(BucketId bucket, std::string key) {
  const Value& value = all_.values.make(true);
  auto content = co_await write(value);
  if (!content || life_->dead()) co_return;
  bucket::Upload upload;
  upload.attributes = value.entry.attributes;
  auto id = co_await service().createUpload(bucket, key, upload);
  if (life_->dead()) co_return;
  if (!id) {
    outcomeOf(id.error());
    co_return;
  }
  std::string object = "upload " + *id;
  all_.history.starts(object, 1);
  Operation seen;
  seen.value = 1;
  begin({{object, seen, false}});
  auto put = co_await service().putPart(bucket, key, *id, 1, value.part, std::move(*content));
  if (life_->dead()) co_return;
  if (!put) {
    auto outcome = outcomeOf(put.error());
    if (outcome == Operation::absent) {
      under_[0].operation.value = 0;
      end(0, Operation::done);
    }
    co_return;
  }
  end(0, Operation::done);
  bucket::ETag part;
  part.md5 = value.part.md5;
  all_.uploads.push_back({bucket, key, *id, part.str(), value.number});
}

Task<void> Client::endUpload() {
  if (all_.uploads.empty()) co_return;
  Rng& rng = all_.world.rng;
  std::size_t which = rng.below(all_.uploads.size());
  Clients::OpenUpload upload = all_.uploads[which];
  // Some are left for another client to complete or abort once more.
  if (rng.chance(0.5)) all_.uploads.erase(all_.uploads.begin() + static_cast<std::ptrdiff_t>(which));
  Operation gone, put;
  gone.kind = Operation::erase;
  put.kind = Operation::put;
  put.value = upload.value;
  if (rng.chance(0.2)) {
    begin({{"upload " + upload.id, gone, false}});
    auto aborted = co_await service().abortUpload(upload.bucket, upload.key, upload.id);
    end(0, aborted ? std::optional(Operation::done) : outcomeOf(aborted.error()));
    co_return;
  }
  gone.kind = Operation::complete;
  begin({{"upload " + upload.id, gone, false}, {keyName(upload.bucket, upload.key), put, false}});
  std::vector<bucket::CompletePart> parts(1);
  parts[0].number = 1;
  parts[0].etag = upload.partETag;
  auto completed = co_await service().completeUpload(upload.bucket, upload.key, upload.id, parts, std::nullopt, {});
  auto outcome = completed ? std::optional(Operation::done) : outcomeOf(completed.error());
  end(0, outcome);
  end(1, outcome == Operation::absent ? std::nullopt : outcome);  // no such upload says nothing of the key
}

Task<void> Client::churn() {
  const BucketId& bucket = all_.habits.churned;
  std::string object = "bucket " + bucket.name.get();
  Operation op;
  if (all_.world.rng.chance(0.5)) {
    op.kind = Operation::putNew;
    op.value = 1;
    begin({{object, op, false}});
    auto created = co_await service().createBucket(bucket);
    end(0, created ? std::optional(Operation::done) : outcomeOf(created.error()));
    co_return;
  }
  op.kind = Operation::erase;
  begin({{object, op, false}});
  auto deleted = co_await service().deleteBucket(bucket);
  if (!deleted && deleted.error().fault == bucket::Fault::no_such_bucket)
    end(0, Operation::absent);
  else
    end(0, deleted ? std::optional(Operation::done) : outcomeOf(deleted.error()));
}

}  // namespace cairn::sim
