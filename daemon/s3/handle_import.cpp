#include "daemon/s3/body.h"
#include "daemon/s3/entry_rules.h"
#include "daemon/s3/handlers.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {
namespace {

/// `Import`: of an object's content or of a bucket.
template <class Import>
class CarSink final : public BodySink {
 public:
  explicit CarSink(Import& import) : import_(import) {}
  Task<Answer<void>> take(BytesView piece) override {
    const auto taken = co_await import_.write(piece);
    if (!taken) co_return fromFault(taken.error());
    co_return Answer<void>();
  }

 private:
  Import& import_;
};

/// Nobody sends a bucket to be told at its end that there is no place for it.
Task<Answer<void>> lookFirst(const Call& call, const BucketId& bucket, const ImportBucket& operation) {
  if (operation.merge != bucket::Merge::refuse) co_return Answer<void>();
  const auto snapshot = co_await call.buckets.snapshot(bucket);
  if (!snapshot && snapshot.error().fault == bucket::Fault::no_such_bucket) co_return Answer<void>();
  if (!snapshot) co_return fromFault(snapshot.error());
  if ((*snapshot)->statistics().keys == 0 || operation.root == (*snapshot)->contentsRoot()) co_return Answer<void>();
  Failed failed = refuse(ErrorCode::BucketNotEmpty,
                         "The bucket has other objects. An import into it says what becomes of keys that are there: "
                         "x-cairn-import-merge: keep or replace");
  failed.details.emplace_back("BucketName", bucket.name.get());
  co_return failed;
}

std::string resultOf(const bucket::ImportedBucket& imported) {
  XmlWriter xml("ImportBucketResult");
  xml.plain("ContentsRoot", imported.contents.cid.isNull() ? "" : imported.contents.cid.str());
  const std::pair<const char*, std::uint64_t> counts[] = {{"Keys", imported.contents.count},
                                                          {"Bytes", imported.contents.weight},
                                                          {"Blocks", imported.blocks},
                                                          {"Added", imported.added},
                                                          {"Same", imported.same},
                                                          {"Replaced", imported.replaced},
                                                          {"Kept", imported.kept}};
  for (const auto& [name, count] : counts) xml.number(name, count);
  for (const std::string& key : imported.keptKeys) xml.text("KeptKey", key);
  return xml.finish();
}

}  // namespace

Task<Answer<Reply>> handle(const Call& call, const ImportObject& operation) {
  const auto size = announcedSize(call.request, call.caller.body);
  if (!size) co_return size.error();
  const auto bucket = co_await openBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  const auto import = call.buckets.importContent();
  for (const CopySource& named : operation.reuse) {
    const auto entry = co_await readCopySource(call, named);
    if (!entry) co_return entry.error();
    import->mayReuse(entry->content);
  }
  CarSink sink(*import);
  const BodyOrder order{call.caller.body, operation.claims, operation.claims.algorithm, Md5By::promise};
  const auto received = co_await receive(call.body, order, sink);
  if (!received) co_return received.error();
  if (received->size != *size) co_return refuse(ErrorCode::IncompleteBody);
  auto imported = co_await import->finish();
  if (!imported) co_return fromFault(imported.error());
  bucket::Entry entry;
  entry.etag.md5 = imported->md5;
  entry.attributes = operation.attributes;
  co_return co_await commitEntry(call, *bucket, std::move(entry), std::move(imported->content), operation.conditions);
}

Task<Answer<Reply>> handle(const Call& call, const ImportBucket& operation) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  if (auto ok = co_await lookFirst(call, *bucket, operation); !ok) co_return ok.error();
  const auto import = call.buckets.importBucket(*bucket, {checkEntry, operation.root, operation.merge});
  CarSink sink(*import);
  const BodyOrder order{call.caller.body, operation.claims, operation.claims.algorithm, Md5By::promise};
  const auto received = co_await receive(call.body, order, sink);
  if (!received) co_return received.error();
  const auto imported = co_await import->finish();
  if (!imported) co_return co_await explain(call, imported.error());
  co_return xmlReply(resultOf(*imported));
}

}  // namespace cairn::s3
