#include "daemon/app/offline.h"

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <iostream>

#include "daemon/app/registry.h"

namespace cairn::app {

Status withRegistry(const std::string& where, const std::function<Task<Status>(registry::Registry&)>& work) {
  net::io_context io(1);  // outlives the registry, whose threads answer into it
  auto opened = openRegistry(where);
  if (!opened) return opened.error();
  Status status;
  auto go = [&]() -> Task<void> { status = co_await work(**opened); };
  spawn(io.get_executor(), go());
  io.run();
  return status;
}

Status withExistingRegistry(const std::string& where, const std::function<Task<Status>(registry::Registry&)>& work) {
  if (Status there = registryExists(where); !there) return there;
  return withRegistry(where, work);
}

registry::AuditRow commandRow(const Config& config, std::string action, std::string what) {
  registry::AuditRow row;
  row.who = config.node;
  row.action = std::move(action);
  row.what = std::move(what);
  row.outcome = "done";
  return row;
}

Task<Status> act(registry::Registry& registry, const Config& config, registry::Change change, std::string action,
                 std::string what) {
  auto written =
      co_await registry.identity().act(std::move(change), commandRow(config, std::move(action), std::move(what)), {});
  if (!written) co_return written.error();
  co_return Status{};
}

Result<std::string> readInput(const std::string& file, std::size_t limit) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return fail(Errc::not_found, file + " cannot be read");
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::string text(limit + 2, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.ends_with('\n')) text.pop_back();
  if (text.size() > limit) return fail(Errc::too_large, file + " has more than " + std::to_string(limit) + " bytes");
  return text;
}

}  // namespace cairn::app
