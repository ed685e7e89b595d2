#include "daemon/s3/door_metrics.h"

namespace cairn::s3 {
namespace {

constexpr std::string_view kOperations[] = {"Unknown",
                                            "AssumeRole",
                                            "GetChallenge",
                                            "RevokeOwn",
                                            "AssumeRoleWithWebIdentity",
                                            "ListBuckets",
                                            "CreateBucket",
                                            "HeadBucket",
                                            "DeleteBucket",
                                            "GetBucketLocation",
                                            "GetBucketSetting",
                                            "ListObjects",
                                            "ListObjectsV2",
                                            "ListObjectVersions",
                                            "ListMultipartUploads",
                                            "ListParts",
                                            "GetObject",
                                            "HeadObject",
                                            "PutObject",
                                            "CopyObject",
                                            "ImportObject",
                                            "DeleteObject",
                                            "DeleteObjects",
                                            "GetObjectAttributes",
                                            "GetObjectSetting",
                                            "CreateMultipartUpload",
                                            "UploadPart",
                                            "UploadPartCopy",
                                            "CompleteMultipartUpload",
                                            "AbortMultipartUpload"};

}  // namespace

DoorMetrics::DoorMetrics() {
  for (const auto name : kOperations) {
    auto row = std::make_unique<Row>();
    row->name = name;
    row->latency =
        &metrics::latency("cairn_s3_request_seconds", "Time from an S3 request's head to the end of its answer",
                          {{"operation", row->name}});
    rows_.emplace(row->name, std::move(row));
  }
}

DoorMetrics::Row& DoorMetrics::rowOf(std::string_view operation) {
  const auto found = rows_.find(operation);
  return found == rows_.end() ? *rows_.find("Unknown")->second : *found->second;
}

void DoorMetrics::record(std::string_view operation, unsigned status, Duration took) {
  Row& row = rowOf(operation);
  auto& cell = row.byStatus[status < row.byStatus.size() ? status : 0];
  prometheus::Counter* counter = cell.load(std::memory_order_acquire);
  if (!counter) {
    counter = &metrics::counter("cairn_s3_requests_total", "S3 requests answered",
                                {{"operation", row.name}, {"status", std::to_string(status)}});
    cell.store(counter, std::memory_order_release);
  }
  counter->Increment();
  row.latency->Observe(std::chrono::duration<double>(took).count());
}

}  // namespace cairn::s3
