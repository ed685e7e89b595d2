#include "daemon/app/export_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "common/base/url.h"
#include "common/cid/car.h"
#include "daemon/app/api_call.h"
#include "daemon/app/identity_commands.h"

namespace cairn::app {
namespace {

constexpr int kFailed = 1, kUsage = 2;
constexpr std::uint64_t kShowEvery = 64U << 20;

/// A file under another name until it is whole; or standard output.
class Output {
 public:
  explicit Output(const std::string& path) : path_(path), part_(path + ".part") {
    fd_ = path == "-" ? STDOUT_FILENO : ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (fd_ < 0 || path_ == "-") return;
    ::close(fd_);
    ::unlink(part_.c_str());
  }
  Status opened() const { return fd_ < 0 ? failed("open") : Status(); }
  Status write(BytesView bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("write");
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
  }
  Status finish() {
    if (path_ == "-") return {};
    if (::fsync(fd_) != 0 || ::close(std::exchange(fd_, -1)) != 0) return failed("write");
    return std::rename(part_.c_str(), path_.c_str()) == 0 ? Status() : failed("rename");
  }

 private:
  Status failed(const char* what) const {
    return fail(Errc::io, std::string("cannot ") + what + " " + path_ + ": " + std::strerror(errno));
  }
  std::string path_, part_;
  int fd_ = -1;
};

Task<Error> refusalOf(http::ResponseStream& answer) {
  const auto text = co_await http::readAll(answer, 1U << 16);
  std::string said = text ? std::string(asText(*text)) : std::string();
  while (!said.empty() && said.back() == '\n') said.pop_back();
  if (said.empty()) said = "HTTP status " + std::to_string(answer.status());
  const int s = answer.status();
  co_return fail(s == 404 ? Errc::not_found : s == 401 || s == 403 ? Errc::denied : Errc::unavailable, said);
}

Task<Result<Exported>> receive(http::ResponseStream& answer, Output& out) {
  Exported done;
  car::Reader reader([&done](const Cid&, BytesView) {
    ++done.blocks;
    return Status{};
  });
  const bool shows = ::isatty(STDERR_FILENO) != 0;
  for (std::uint64_t shown = 0;;) {
    const auto piece = co_await answer.read(1U << 20);
    if (!piece)
      co_return fail(Errc::corrupt,
                     "the export was cut off after " + std::to_string(done.bytes) + " bytes: " + piece.error().message);
    if (piece->empty()) break;
    if (auto s = reader.feed(*piece); !s) co_return s.error();
    if (auto s = out.write(*piece); !s) co_return s.error();
    done.bytes += piece->size();
    if (!shows || done.bytes - shown < kShowEvery) continue;
    shown = done.bytes;
    std::fprintf(stderr, "\r\033[K%llu MiB", static_cast<unsigned long long>(done.bytes >> 20));
  }
  if (shows) std::fputs("\r\033[K", stderr);
  if (auto s = reader.finish(); !s) co_return s.error();
  const auto& roots = *reader.roots();
  if (!roots.empty()) done.root = roots[0].str();
  if (roots.empty() != (done.blocks == 0)) co_return fail(Errc::corrupt, "the CAR lacks its root");
  co_return done;
}

Task<Result<Exported>> exported(http::Client& client, http::Endpoint endpoint, http::ClientRequest request,
                                Output& out) {
  auto answer = co_await client.open(endpoint, std::move(request));
  if (!answer) co_return answer.error();
  if ((*answer)->status() != 200) co_return co_await refusalOf(**answer);
  co_return co_await receive(**answer, out);
}

}  // namespace

Result<Exported> exportBucket(const ExportRequest& asked) {
  const auto endpoint = endpointOf(asked.api);
  if (!endpoint) return endpoint.error();
  http::ClientRequest request;
  request.target = "/export/" + uriEncode(asked.bucket);
  request.maxResponseBytes = UINT64_MAX;
  if (auto s = authorize(request, *endpoint, asked.as); !s) return s.error();
  Output out(asked.car);
  if (auto s = out.opened(); !s) return s.error();
  net::io_context io(1);
  http::Client client(io, {});
  Result<Exported> done = fail(Errc::unavailable, "");
  auto work = [&]() -> Task<void> { done = co_await exported(client, *endpoint, std::move(request), out); };
  spawn(net::make_strand(io), work());
  io.run();
  if (!done) return fail(done.error().code, asked.api + ": " + done.error().message);
  if (auto s = out.finish(); !s) return s.error();
  return done;
}

void addExportCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto request = std::make_shared<ExportRequest>();
  auto* command = cli.add_subcommand("export", "write all contents of a bucket into a CAR file");
  command->add_option("bucket", request->bucket, "the bucket's name, of the credentials' owner")->required();
  command->add_option("--car", request->car, "the file to write, or - for standard output")->required();
  command->add_option("--api", request->api,
                      "host:port of a master's API door, or its URL; default: the configuration's");
  addCallerOptions(*command, request->as);
  command->callback([&file, &json, &exitCode, request] {
    if (request->api.empty()) {
      const auto config = readConfig(file);
      if (!config) return void(exitCode = kUsage);
      request->api = config->api.address + ":" + std::to_string(config->api.port);
    }
    const auto done = exportBucket(*request);
    if (!done) {
      std::fprintf(stderr, "cairnd: %s\n", done.error().message.c_str());
      return void(exitCode = kFailed);
    }
    // Standard output may be the CAR itself.
    std::fprintf(request->car == "-" ? stderr : stdout,
                 json ? "{\"root\":\"%s\",\"blocks\":%llu,\"bytes\":%llu}\n" : "root %s, %llu blocks, %llu bytes\n",
                 done->root.c_str(), static_cast<unsigned long long>(done->blocks),
                 static_cast<unsigned long long>(done->bytes));
  });
}

}  // namespace cairn::app
