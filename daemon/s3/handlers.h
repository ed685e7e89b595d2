// Acting on operations: one handle() per operation, in a handle_*.cpp per family.
//
// Contract: internal to daemon/s3. A handler asks the bucket service, and gives a Reply or a Failed; it writes nothing
// to the socket. It borrows the Call and the operation until it answers, and runs on the caller's executor. An
// anonymous caller comes with `reads` only, and gets through openSnapshot() what is opened to everybody. A Reply's
// stream, if any, gives exactly `length` bytes and needs nothing of the Call.
#pragma once

#include <memory>
#include <string>

#include "daemon/auth/authenticator.h"
#include "daemon/bucket/service.h"
#include "daemon/http/body.h"
#include "daemon/http/message.h"
#include "daemon/s3/anybody.h"
#include "daemon/s3/door.h"
#include "daemon/s3/error.h"
#include "daemon/s3/md5_pool.h"
#include "daemon/s3/opened.h"
#include "daemon/s3/operation.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {

struct Call {
  const http::Request& request;
  http::BodyReader& body;
  const auth::Caller& caller;
  const Subject& subject;
  bucket::Service& buckets;
  const Options& options;
  Timestamp now;
  Md5Pool& md5s;
  Anybody& anybody;
  std::optional<Reading> reads{};      ///< what the request reads, where another owner may have opened it
  std::optional<bucket::Moment> at{};  ///< reads the past, which no owner opens: `reads` is empty then
};

struct Reply {
  int status = 200;
  http::Headers headers;
  std::string body;
  std::unique_ptr<bucket::ContentReader> stream;  ///< instead of `body`
  std::uint64_t length = 0;                       ///< of the stream, or of what a HEAD leaves out
};

Reply xmlReply(std::string document);
Reply emptyReply(int status);

/// The caller's own bucket of that name, not looked up: whether it exists is found by what is asked of it next, which
/// saves most requests a trip to the registry. AccessDenied when x-amz-expected-bucket-owner names somebody else.
Answer<BucketId> ownBucket(const Call& call, const BucketName& name,
                           std::string_view ownerHeader = "x-amz-expected-bucket-owner");
/// The bucket that has `name` as its alias, another one than the caller's own of that name, and opens `reading` to
/// everybody; AccessDenied where there is none, for whatever reason. Who has no credentials waits for his turn
/// (anybody.h), and is denied also where the registry is away and nothing was ever seen opened here; SlowDown where too
/// many wait.
Task<Answer<bucket::SnapshotPtr>> openedSnapshot(const Call& call, BucketName name, Reading reading,
                                                 std::string_view ownerHeader = "x-amz-expected-bucket-owner");
/// The same, looked up: before a body that would be stored for nothing.
Task<Answer<BucketId>> openBucket(const Call& call, BucketName name);
/// A service's failure in S3's words: where the caller has no such bucket and another one has its name, AccessDenied.
Task<Failed> explain(const Call& call, bucket::Failure failure, BucketName name);
Task<Failed> explain(const Call& call, bucket::Failure failure);
/// The current root of the caller's own bucket, else openedSnapshot() of the reading, if any.
Task<Answer<bucket::SnapshotPtr>> readable(const Call& call, BucketName name, std::optional<Reading> reading,
                                           std::string_view ownerHeader = "x-amz-expected-bucket-owner");
/// The current root of the bucket the request names: the caller's own, else that of who opened to everybody what
/// call.reads says. With call.at the root of then, of the caller's own bucket, which must still be there.
Task<Answer<bucket::SnapshotPtr>> openSnapshot(const Call& call);
/// An object's entry, NoSuchKey when absent.
Task<Answer<bucket::Entry>> readEntry(bucket::Snapshot& snapshot, std::string key);

std::vector<auth::HeaderView> headerViews(const http::Headers& headers);
/// Anybody can make wallets and sign grants: nobody is asked but for those of a bucket that is there.
Task<Answer<void>> useGrant(const Call& call, const auth::Authenticator& authenticator);

/// Where the past is read: which version and root the answer is of.
void sayWhen(http::Headers& headers, const Call& call, const bucket::Snapshot& snapshot);

std::string quoted(const bucket::ETag& etag);
/// x-amz-checksum-crc32c: AAAAAA==, and x-amz-checksum-type.
void addChecksum(http::Headers& headers, const bucket::Checksum& checksum, std::size_t parts);
/// The base64 text of a checksum; a composite one ends in "-<parts>".
std::string checksumText(const bucket::Checksum& checksum, std::size_t parts);
/// "ChecksumCRC32C".
std::string checksumElement(const bucket::Checksum& checksum);
/// That element and ChecksumType of an object; nothing when it has no checksum.
void writeChecksum(XmlWriter& xml, const bucket::Entry& entry);

/// Puts an entry whose content has been stored under the key of the request.
Task<Answer<Reply>> commitEntry(const Call& call, BucketId bucket, bucket::Entry entry, bucket::Content content,
                                const bucket::WriteConditions& conditions);

/// The source of a copy: read, and its conditions held.
Task<Answer<bucket::Entry>> readCopySource(const Call& call, const CopySource& source);

Task<Answer<Reply>> handle(const Call& call, const ListBuckets& operation);
Task<Answer<Reply>> handle(const Call& call, const CreateBucket& operation);
Task<Answer<Reply>> handle(const Call& call, const ImportBucket& operation);
Task<Answer<Reply>> handle(const Call& call, const HeadBucket& operation);
Task<Answer<Reply>> handle(const Call& call, const DeleteBucket& operation);
Task<Answer<Reply>> handle(const Call& call, const SetBucketPolicy& operation);
Task<Answer<Reply>> handle(const Call& call, const GetBucketSetting& operation);
Task<Answer<Reply>> handle(const Call& call, const ListObjects& operation);
Task<Answer<Reply>> handle(const Call& call, const ListObjectVersions& operation);
Task<Answer<Reply>> handle(const Call& call, const ListUploads& operation);
Task<Answer<Reply>> handle(const Call& call, const ListParts& operation);
Task<Answer<Reply>> handle(const Call& call, const GetObject& operation);
Task<Answer<Reply>> handle(const Call& call, const PutObject& operation);
Task<Answer<Reply>> handle(const Call& call, const CopyObject& operation);
Task<Answer<Reply>> handle(const Call& call, const ImportObject& operation);
Task<Answer<Reply>> handle(const Call& call, const DeleteObject& operation);
Task<Answer<Reply>> handle(const Call& call, const DeleteObjects& operation);
Task<Answer<Reply>> handle(const Call& call, const GetObjectAttributes& operation);
Task<Answer<Reply>> handle(const Call& call, const GetObjectSetting& operation);
Task<Answer<Reply>> handle(const Call& call, const SetObjectTags& operation);
Task<Answer<Reply>> handle(const Call& call, const CreateUpload& operation);
Task<Answer<Reply>> handle(const Call& call, const UploadPart& operation);
Task<Answer<Reply>> handle(const Call& call, const UploadPartCopy& operation);
Task<Answer<Reply>> handle(const Call& call, const CompleteUpload& operation);
Task<Answer<Reply>> handle(const Call& call, const AbortUpload& operation);

}  // namespace cairn::s3
