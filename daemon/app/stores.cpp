#include "daemon/app/stores.h"

#include <filesystem>

#include "daemon/app/ethereum.h"

namespace cairn::app {

namespace {

Result<BlockStore> openKubo(const Config& config) {
  auto api = parseRpcUrl(config.kuboApi);
  if (!api) return fail(api.error().code, "[blocks] kubo_api " + api.error().message);
  blocks::KuboOptions options;
  options.directory = config.blocksDirectory;
  options.host = api->endpoint.host;
  options.port = api->endpoint.port;
  options.repository = config.kuboRepository;
  options.journalBytes = config.journalBytes;
  options.reserveBytes = config.blocksReserve;
  options.pinEvery = config.kuboPinEvery;
  auto store = blocks::openKubo(std::move(options));
  if (!store) return store.error();
  BlockStore out;
  out.kubo = store->get();
  out.store = std::move(*store);
  return out;
}

}  // namespace

Result<BlockStore> openBlocks(const Config& config) {
  if (config.blocksEngine == "kubo") return openKubo(config);
  std::error_code ignored;
  if (std::filesystem::exists(config.blocksDirectory + "/kubo", ignored))
    return fail(Errc::precondition,
                "the blocks of " + config.blocksDirectory +
                    " are in a kubo: [blocks] engine must stay \"kubo\", or name another directory");
  blocks::EmbeddedOptions options;
  options.directory = config.blocksDirectory;
  options.reserveBytes = config.blocksReserve;
  auto store = blocks::openEmbedded(options);
  if (!store) return store.error();
  BlockStore out;
  out.embedded = store->get();
  out.store = std::move(*store);
  return out;
}

}  // namespace cairn::app
