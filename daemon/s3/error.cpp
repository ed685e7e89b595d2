#include "daemon/s3/error.h"

#include <algorithm>
#include <array>

namespace cairn::s3 {
namespace {

struct Row {
  ErrorCode code;
  std::string_view wire;
  unsigned status;
  std::string_view message;
};

using E = ErrorCode;
constexpr Row kRows[] = {
    {E::AccessControlListNotSupported, "AccessControlListNotSupported", 400,
     "The bucket does not allow ACLs; access belongs to its owner."},
    {E::AccessDenied, "AccessDenied", 403, "Access Denied"},
    {E::AccessForbidden, "AccessForbidden", 403, "CORSResponse: CORS is not enabled for this bucket."},
    {E::BadDigest, "BadDigest", 400, "The digest or checksum you specified did not match what we received."},
    {E::BucketAlreadyExists, "BucketAlreadyExists", 409,
     "The requested bucket name is not available. Please select a different name and try again."},
    {E::BucketAlreadyOwnedByYou, "BucketAlreadyOwnedByYou", 409,
     "Your previous request to create the named bucket succeeded and you already own it."},
    {E::BucketNotEmpty, "BucketNotEmpty", 409, "The bucket you tried to delete is not empty."},
    {E::ConditionalRequestConflict, "ConditionalRequestConflict", 409,
     "A conflicting operation occurred during the request. Please try again."},
    {E::EntityTooLarge, "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed object size."},
    {E::EntityTooSmall, "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size."},
    {E::IncompleteBody, "IncompleteBody", 400,
     "You did not provide the number of bytes specified by the Content-Length HTTP header."},
    {E::InternalError, "InternalError", 500, "We encountered an internal error. Please try again."},
    {E::InvalidArgument, "InvalidArgument", 400, "Invalid Argument"},
    {E::InvalidBucketName, "InvalidBucketName", 400, "The specified bucket is not valid."},
    {E::InvalidDigest, "InvalidDigest", 400, "The Content-MD5 or checksum value that you specified is not valid."},
    {E::InvalidPart, "InvalidPart", 400,
     "One or more of the specified parts could not be found. The part might not have been uploaded, or the specified "
     "entity tag might not have matched the part's entity tag."},
    {E::InvalidPartNumber, "InvalidPartNumber", 416, "The requested partnumber is not satisfiable"},
    {E::InvalidPartOrder, "InvalidPartOrder", 400,
     "The list of parts was not in ascending order. Parts must be ordered by part number."},
    {E::InvalidRange, "InvalidRange", 416, "The requested range is not satisfiable"},
    {E::InvalidRequest, "InvalidRequest", 400, "Invalid Request"},
    {E::InvalidStorageClass, "InvalidStorageClass", 400, "The storage class you specified is not valid"},
    {E::InvalidTag, "InvalidTag", 400, "The tag provided was not a valid tag."},
    {E::InvalidURI, "InvalidURI", 400, "Couldn't parse the specified URI."},
    {E::KeyTooLongError, "KeyTooLongError", 400, "Your key is too long"},
    {E::MalformedCar, "MalformedCar", 400, "The CAR, or a block in it, is not valid"},
    {E::MalformedPolicy, "MalformedPolicy", 400, "The policy is not valid"},
    {E::MalformedXML, "MalformedXML", 400,
     "The XML you provided was not well-formed or did not validate against our published schema"},
    {E::MaxMessageLengthExceeded, "MaxMessageLengthExceeded", 400, "Your request was too large."},
    {E::MetadataTooLarge, "MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size"},
    {E::MethodNotAllowed, "MethodNotAllowed", 405, "The specified method is not allowed against this resource."},
    {E::MissingBlock, "MissingBlock", 400,
     "The import reaches a block that is neither in the CAR nor below an object named to be reused"},
    {E::MissingContentLength, "MissingContentLength", 411, "You must provide the Content-Length HTTP header."},
    {E::MissingRequestBodyError, "MissingRequestBodyError", 400, "Request body is empty."},
    {E::NoSuchBucket, "NoSuchBucket", 404, "The specified bucket does not exist"},
    {E::NoSuchBucketPolicy, "NoSuchBucketPolicy", 404, "The bucket policy does not exist"},
    {E::NoSuchCORSConfiguration, "NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"},
    {E::NoSuchKey, "NoSuchKey", 404, "The specified key does not exist."},
    {E::NoSuchLifecycleConfiguration, "NoSuchLifecycleConfiguration", 404,
     "The lifecycle configuration does not exist"},
    {E::NoSuchObjectLockConfiguration, "NoSuchObjectLockConfiguration", 404,
     "The specified object does not have a ObjectLock configuration"},
    {E::NoSuchPublicAccessBlockConfiguration, "NoSuchPublicAccessBlockConfiguration", 404,
     "The public access block configuration was not found"},
    {E::NoSuchTagSet, "NoSuchTagSet", 404, "The TagSet does not exist"},
    {E::NoSuchUpload, "NoSuchUpload", 404,
     "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
     "completed."},
    {E::NoSuchVersion, "NoSuchVersion", 404, "The specified version does not exist."},
    {E::NoSuchWebsiteConfiguration, "NoSuchWebsiteConfiguration", 404,
     "The specified bucket does not have a website configuration"},
    {E::NotImplemented, "NotImplemented", 501,
     "A header or query you provided implies functionality that is not implemented."},
    {E::ObjectLockConfigurationNotFoundError, "ObjectLockConfigurationNotFoundError", 404,
     "Object Lock configuration does not exist for this bucket"},
    {E::OwnershipControlsNotFoundError, "OwnershipControlsNotFoundError", 404,
     "The bucket ownership controls were not found"},
    {E::PreconditionFailed, "PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"},
    {E::ReplicationConfigurationNotFoundError, "ReplicationConfigurationNotFoundError", 404,
     "The replication configuration was not found"},
    {E::RequestTimeout, "RequestTimeout", 400,
     "Your socket connection to the server was not read from or written to within the timeout period."},
    {E::ServerSideEncryptionConfigurationNotFoundError, "ServerSideEncryptionConfigurationNotFoundError", 404,
     "The server side encryption configuration was not found"},
    {E::ServiceUnavailable, "ServiceUnavailable", 503, "Service is unable to handle request."},
    {E::SlowDown, "SlowDown", 503, "Please reduce your request rate."},
    {E::TooManyTags, "BadRequest", 400, "Object tags cannot be greater than 10"},
};

constexpr bool rowsFollowTheEnum() {
  std::size_t i = 0;
  for (const auto& row : kRows)
    if (row.code != static_cast<ErrorCode>(i++)) return false;
  return i == static_cast<std::size_t>(E::TooManyTags) + 1;
}
static_assert(rowsFollowTheEnum(), "the table is indexed by the enum");

const Row& rowOf(ErrorCode code) {
  return kRows[static_cast<std::size_t>(code)];
}

}  // namespace

std::string_view wireCode(ErrorCode code) {
  return rowOf(code).wire;
}
unsigned httpStatus(ErrorCode code) {
  return rowOf(code).status;
}
std::string_view defaultMessage(ErrorCode code) {
  return rowOf(code).message;
}

Failed refuse(ErrorCode code) {
  return refuse(code, std::string(defaultMessage(code)));
}

Failed refuse(ErrorCode code, std::string message) {
  Failed failed;
  failed.code = code;
  failed.message = std::move(message);
  return failed;
}

Failed badArgument(std::string message, std::string_view name, std::string_view value) {
  Failed failed = refuse(ErrorCode::InvalidArgument, std::move(message));
  failed.details.emplace_back("ArgumentName", name);
  failed.details.emplace_back("ArgumentValue", value);
  return failed;
}

namespace {

ErrorCode codeOf(bucket::Fault fault) {
  using bucket::Fault;
  switch (fault) {
    case Fault::no_such_bucket:
      return E::NoSuchBucket;
    case Fault::bucket_exists:
      return E::BucketAlreadyExists;
    case Fault::bucket_yours:
      return E::BucketAlreadyOwnedByYou;
    case Fault::bucket_not_empty:
      return E::BucketNotEmpty;
    case Fault::no_such_key:
      return E::NoSuchKey;
    case Fault::no_such_version:
      return ErrorCode::NoSuchVersion;
    case Fault::no_such_upload:
      return E::NoSuchUpload;
    case Fault::invalid_part:
      return E::InvalidPart;
    case Fault::invalid_part_order:
      return E::InvalidPartOrder;
    case Fault::part_too_small:
      return E::EntityTooSmall;
    case Fault::precondition_failed:
      return E::PreconditionFailed;
    case Fault::conflict:
      return E::ConditionalRequestConflict;
    case Fault::invalid_request:
      return E::InvalidRequest;
    case Fault::malformed_car:
      return E::MalformedCar;
    case Fault::missing_block:
      return E::MissingBlock;
    case Fault::too_large:
      return E::EntityTooLarge;
    case Fault::slow_down:
      return E::SlowDown;
    case Fault::unavailable:
      return E::ServiceUnavailable;
    case Fault::unknown:
    case Fault::internal:
      return E::InternalError;
  }
  return E::InternalError;
}

}  // namespace

Failed fromFault(const bucket::Failure& failure) {
  using bucket::Fault;
  const ErrorCode code = codeOf(failure.fault);
  // S3's own sentence is what tools know; only where the reason differs from case to case does the service's go out.
  // What went wrong inside stays in the log.
  static constexpr Fault kReasonHelps[] = {Fault::invalid_request, Fault::malformed_car, Fault::missing_block,
                                           Fault::no_such_version, Fault::too_large,     Fault::unavailable,
                                           Fault::slow_down,       Fault::unknown};
  const bool reasonHelps = std::ranges::find(kReasonHelps, failure.fault) != std::end(kReasonHelps);
  Failed failed = reasonHelps && !failure.message.empty() ? refuse(code, failure.message) : refuse(code);
  if (failure.subject.empty()) return failed;
  switch (failure.fault) {
    case Fault::precondition_failed:
      failed.details.emplace_back("Condition", failure.subject);
      break;
    case Fault::no_such_upload:
      failed.details.emplace_back("UploadId", failure.subject);
      break;
    case Fault::invalid_part:
    case Fault::part_too_small:
      failed.details.emplace_back("PartNumber", failure.subject);
      break;
    default:
      break;
  }
  return failed;
}

Failed fromAuth(const auth::AuthError& error) {
  Failed failed = refuse(E::AccessDenied, error.message);
  failed.otherCode = auth::s3Code(error.failure);
  failed.otherStatus = static_cast<unsigned>(auth::httpStatus(error.failure));
  return failed;
}

Failed fromError(const Error& error) {
  switch (error.code) {
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::cancelled:
      return refuse(E::ServiceUnavailable, error.message);
    case Errc::no_space:
      return refuse(E::ServiceUnavailable, "no space is left to store this object");
    default:
      return refuse(E::InternalError);
  }
}

}  // namespace cairn::s3
