// What tests ask of a bucket service, in one line each.
//
// Contract: all are about `kBucket`, which create() makes. Tasks to be run on the Fleet's io_context; what a call needs
// and must succeed (storing content, opening a snapshot) is asserted.
#pragma once

#include <algorithm>
#include <set>

#include "common/cid/sha256.h"
#include "daemon/bucket/service.h"
#include "masters.h"

namespace cairn::bucket {

inline const BucketId kBucket{OwnerId("alice"), BucketName("photos")};

inline Task<Outcome<Entry>> put(Service& service, std::string key, std::string body, WriteConditions conditions = {}) {
  auto writer = service.writeContent(body.size());
  CAIRN_ASSERT((co_await writer->write(asBytes(body))).has_value());
  auto content = co_await writer->finish();
  CAIRN_ASSERT(content.has_value());
  Entry entry;
  auto digest = sha256(asBytes(body));
  std::copy(digest.begin(), digest.begin() + 16, entry.etag.md5.begin());
  co_return co_await service.putObject(kBucket, std::move(key), std::move(entry), std::move(*content),
                                       std::move(conditions));
}

inline Task<std::optional<std::string>> read(Service& service, std::string key) {
  auto snapshot = co_await service.snapshot(kBucket);
  CAIRN_ASSERT(snapshot.has_value());
  auto entry = co_await (*snapshot)->get(std::move(key));
  CAIRN_ASSERT(entry.has_value());
  if (!*entry) co_return std::nullopt;
  auto reader = service.readContent((*entry)->content, 0, (*entry)->size);
  std::string body;
  for (;;) {
    auto piece = co_await reader->next();
    CAIRN_ASSERT(piece.has_value());
    if (piece->bytes.empty()) co_return body;
    body += asText(piece->bytes);
  }
}

inline Task<std::set<std::string>> names(Service& service) {
  auto snapshot = co_await service.snapshot(kBucket);
  CAIRN_ASSERT(snapshot.has_value());
  std::set<std::string> out;
  for (std::string after;;) {
    auto page = co_await (*snapshot)->list({"", "", after, 100});
    CAIRN_ASSERT(page.has_value());
    for (const auto& i : page->items) out.insert(i.key);
    if (!page->truncated) co_return out;
    after = page->last;
  }
}

inline void create(test::Fleet& fleet) {
  CAIRN_ASSERT(fleet.run(fleet[0].service->createBucket(kBucket)).has_value());
}

}  // namespace cairn::bucket
