// DAG-PB and the UnixFS files in it: what the strict order accepts, the lenient one does too, and gives the same links;
// a file's sizes add up.

#include "common/cid/dagpb.h"
#include "common/cid/links.h"
#include "common/cid/unixfs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cairn;
  const BytesView block(data, size);
  std::vector<Cid> links;
  const auto walked = forEachLink(Codec::dag_pb, block, [&](const Cid& cid) { links.push_back(cid); });
  const auto strict = dagpb::decode(block);
  if (strict) {
    CAIRN_ASSERT(walked.has_value() && strict->links.size() == links.size());
    for (std::size_t i = 0; i < links.size(); ++i) CAIRN_ASSERT(strict->links[i].cid == links[i]);
  }
  const auto file = unixfs::decodeFile(block);
  if (!file) return 0;
  CAIRN_ASSERT(strict.has_value() && file->children.size() == links.size());
  std::uint64_t sum = file->content.size();
  for (const auto& child : file->children) sum += child.fileSize;
  CAIRN_ASSERT(sum == file->fileSize);
  return 0;
}
