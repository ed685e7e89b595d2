// S3's errors: one enum; its wire code, HTTP status and default message stand side by side in error.cpp.
//
// Contract: ErrorCode values are what clients switch on, so their spelling on the wire never changes (Amazon S3 API
// Reference, "List of error codes"; MalformedCar and MissingBlock are Cairn's, docs/formats/import.md). A Failed is a
// value: the code, what to tell the client (never a secret), and the few extra elements that S3 puts into the XML of
// some errors. Pure functions, any thread.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "daemon/auth/failure.h"
#include "daemon/bucket/service.h"

namespace cairn::s3 {

enum class ErrorCode {
  AccessControlListNotSupported,
  AccessDenied,
  AccessForbidden,
  BadDigest,
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  BucketNotEmpty,
  ConditionalRequestConflict,
  EntityTooLarge,
  EntityTooSmall,
  IncompleteBody,
  InternalError,
  InvalidArgument,
  InvalidBucketName,
  InvalidDigest,
  InvalidPart,
  InvalidPartNumber,
  InvalidPartOrder,
  InvalidRange,
  InvalidRequest,
  InvalidStorageClass,
  InvalidTag,
  InvalidURI,
  KeyTooLongError,
  MalformedCar,
  MalformedPolicy,
  MalformedXML,
  MaxMessageLengthExceeded,
  MetadataTooLarge,
  MethodNotAllowed,
  MissingBlock,
  MissingContentLength,
  MissingRequestBodyError,
  NoSuchBucket,
  NoSuchBucketPolicy,
  NoSuchCORSConfiguration,
  NoSuchKey,
  NoSuchLifecycleConfiguration,
  NoSuchObjectLockConfiguration,
  NoSuchPublicAccessBlockConfiguration,
  NoSuchTagSet,
  NoSuchUpload,
  NoSuchVersion,
  NoSuchWebsiteConfiguration,
  NotImplemented,
  ObjectLockConfigurationNotFoundError,
  OwnershipControlsNotFoundError,
  PreconditionFailed,
  ReplicationConfigurationNotFoundError,
  RequestTimeout,
  ServerSideEncryptionConfigurationNotFoundError,
  ServiceUnavailable,
  SlowDown,
  TooManyTags,
};

std::string_view wireCode(ErrorCode code);
unsigned httpStatus(ErrorCode code);
std::string_view defaultMessage(ErrorCode code);

/// A refused request.
struct Failed {
  ErrorCode code = ErrorCode::InternalError;
  std::string message;
  /// Further elements of the error document, e.g. {"ArgumentName", "max-keys"}.
  std::vector<std::pair<std::string, std::string>> details;
  /// When the failure came with a wire code that is not in the enum (from daemon/auth): code and status as given.
  std::string otherCode;
  unsigned otherStatus = 0;

  std::string_view wire() const { return otherCode.empty() ? wireCode(code) : std::string_view(otherCode); }
  unsigned status() const { return otherStatus ? otherStatus : httpStatus(code); }
};

[[noreturn]] inline void throw_exception_from_error(const Failed& f, const boost::source_location&) {
  throw std::runtime_error(f.message);
}

template <class T>
using Answer = boost::system::result<T, Failed>;

Failed refuse(ErrorCode code);
Failed refuse(ErrorCode code, std::string message);
/// InvalidArgument with the name and value of the argument.
Failed badArgument(std::string message, std::string_view name, std::string_view value);

/// What a failure of the bucket service is called in S3.
Failed fromFault(const bucket::Failure& failure);
Failed fromAuth(const auth::AuthError& error);
/// For content that could not be read or written.
Failed fromError(const Error& error);

}  // namespace cairn::s3
