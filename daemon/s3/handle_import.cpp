#include "daemon/s3/body.h"
#include "daemon/s3/handlers.h"

namespace cairn::s3 {
namespace {

class CarSink final : public BodySink {
 public:
  explicit CarSink(bucket::ContentImport& import) : import_(import) {}
  Task<Answer<void>> take(BytesView piece) override {
    const auto taken = co_await import_.write(piece);
    if (!taken) co_return fromFault(taken.error());
    co_return Answer<void>();
  }

 private:
  bucket::ContentImport& import_;
};

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

}  // namespace cairn::s3
