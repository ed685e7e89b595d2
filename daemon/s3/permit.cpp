#include "daemon/s3/permit.h"

#include <algorithm>

namespace cairn::s3 {
namespace {

using Op = identity::Operation;
using identity::Scope;

/// Asks a scope for what each operation does.
struct Asker {
  const Scope& scope;
  const std::string& bucket;
  const std::string& key;

  bool may(Op o) const { return scope.allows(o, bucket, key); }
  bool read(const CopySource& source) const { return scope.allows(Op::read, source.bucket.get(), source.key); }

  bool operator()(const ListBuckets&) const { return scope.allowsList(identity::kAnyBucket, ""); }
  bool operator()(const CreateBucket&) const { return may(Op::write); }
  /// A merge tells which keys are there.
  bool operator()(const ImportBucket& o) const {
    return may(Op::write) && (o.merge == bucket::Merge::refuse || scope.allowsList(bucket, ""));
  }
  bool operator()(const HeadBucket&) const { return scope.allowsSome(bucket); }
  bool operator()(const DeleteBucket&) const { return may(Op::remove); }
  /// What is opened is everything's: only who may do all in the bucket says it.
  bool operator()(const SetBucketPolicy&) const {
    return may(Op::read) && may(Op::write) && may(Op::remove) && scope.allowsList(bucket, "");
  }
  bool operator()(const GetBucketSetting&) const { return scope.allowsSome(bucket); }
  bool operator()(const ListObjects& o) const { return scope.allowsList(bucket, o.prefix); }
  bool operator()(const ListObjectVersions& o) const { return scope.allowsList(bucket, o.prefix); }
  bool operator()(const ListUploads& o) const { return scope.allowsList(bucket, o.prefix); }
  bool operator()(const ListParts&) const { return may(Op::write); }
  bool operator()(const GetObject&) const { return may(Op::read); }
  bool operator()(const PutObject&) const { return may(Op::write); }
  bool operator()(const CopyObject& o) const { return may(Op::write) && read(o.source); }
  bool operator()(const ImportObject& o) const {
    return may(Op::write) && std::ranges::all_of(o.reuse, [this](const CopySource& s) { return read(s); });
  }
  bool operator()(const DeleteObject&) const { return may(Op::remove); }
  bool operator()(const DeleteObjects&) const { return scope.allowsSome(bucket); }
  bool operator()(const GetObjectAttributes&) const { return may(Op::read); }
  bool operator()(const GetObjectSetting&) const { return may(Op::read); }
  bool operator()(const SetObjectTags&) const { return may(Op::write); }
  bool operator()(const CreateUpload&) const { return may(Op::write); }
  bool operator()(const UploadPart&) const { return may(Op::write); }
  bool operator()(const UploadPartCopy& o) const { return may(Op::write) && read(o.source); }
  bool operator()(const CompleteUpload&) const { return may(Op::write); }
  bool operator()(const AbortUpload&) const { return may(Op::write); }
  /// It reads, writes and deletes, under a prefix or the very keys.
  bool operator()(const BringBack& o) const {
    const auto all = [this](const std::string& what) {
      return scope.allows(Op::read, bucket, what) && scope.allows(Op::write, bucket, what) &&
             scope.allows(Op::remove, bucket, what);
    };
    if (!o.from.get().empty() &&
        !(scope.allows(Op::read, o.from.get(), o.prefix) && scope.allowsList(o.from.get(), o.prefix)))
      return false;
    return o.what == BringBack::What::adopt ? std::ranges::all_of(o.keys, all)
                                            : all(o.prefix) && scope.allowsList(bucket, o.prefix);
  }
};

/// A grant is of what is in a bucket, not of the bucket; and who has no more than a link does not choose with which
/// headers it is answered, as S3 has it for anonymous requests.
Answer<void> grantHolds(const auth::Caller& caller, const Operation& operation) {
  if (!caller.grant) return {};
  const Action& action = operation.action;
  if (operation.at) return refuse(ErrorCode::AccessDenied, "A grant is of what is in a bucket, not of what was");
  if (std::holds_alternative<CreateBucket>(action) || std::holds_alternative<DeleteBucket>(action) ||
      std::holds_alternative<ImportBucket>(action))
    return refuse(ErrorCode::AccessDenied, "A grant does not make or delete buckets");
  if (std::holds_alternative<BringBack>(action))
    return refuse(ErrorCode::AccessDenied, "A grant does not bring back what a bucket had");
  if (std::holds_alternative<SetBucketPolicy>(action))
    return refuse(ErrorCode::AccessDenied, "A grant does not open or close buckets");
  const auto* get = std::get_if<GetObject>(&action);
  if (caller.linked && get != nullptr && !get->overrides.empty())
    return refuse(ErrorCode::InvalidRequest, std::string(kChooses));
  return {};
}

}  // namespace

Answer<void> permit(const auth::Caller& caller, const Operation& operation) {
  if (auto s = grantHolds(caller, operation); !s) return s.error();
  if (!caller.scope) return {};
  const Asker asker{*caller.scope, operation.subject.bucket.get(), operation.subject.key};
  if (std::visit(asker, operation.action)) return {};
  return refuse(ErrorCode::AccessDenied,
                "The credential's scope does not allow " + std::string(nameOf(operation)) + " here");
}

Answer<void> mayDelete(const auth::Caller& caller, const BucketName& bucket, std::string_view key) {
  if (!caller.scope || caller.scope->allows(Op::remove, bucket.get(), key)) return {};
  return refuse(ErrorCode::AccessDenied, "The credential's scope does not allow deleting this key");
}

}  // namespace cairn::s3
