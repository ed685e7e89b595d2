// What a test may put underneath the embedded store: files that fail, a RocksDB environment that loses power.
//
// Contract: as openEmbedded() of embedded.h, on these instead of the machine's. `indexEnv` null means RocksDB's own and
// must outlive the store.
#pragma once

#include <memory>

#include "daemon/blocks/embedded/embedded.h"
#include "daemon/blocks/embedded/files.h"

namespace rocksdb {
class Env;
}

namespace cairn::blocks::embedded {

struct Seams {
  std::shared_ptr<FileSystem> files;
  rocksdb::Env* indexEnv = nullptr;
};

Result<std::unique_ptr<EmbeddedStore>> open(EmbeddedOptions options, Seams seams);

}  // namespace cairn::blocks::embedded
