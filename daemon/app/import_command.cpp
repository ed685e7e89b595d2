#include "daemon/app/import_command.h"

#include <fcntl.h>
#include <sys/stat.h>
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
#include "daemon/s3/xml.h"

namespace cairn::app {
namespace {

constexpr int kFailed = 1, kUsage = 2;
constexpr std::size_t kPiece = 1U << 20;
constexpr std::uint64_t kShowEvery = 64U << 20;
/// Of the whole request: a bucket may take days.
constexpr auto kLongest = std::chrono::hours(24 * 14);

/// A file or standard input, read once; its header is looked at before the rest is asked for.
class Input {
 public:
  explicit Input(const std::string& path) : path_(path), shows_(::isatty(STDERR_FILENO) != 0) {
    fd_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about{};
    if (fd_ >= 0 && ::fstat(fd_, &about) == 0 && S_ISREG(about.st_mode)) {
      const off_t at = ::lseek(fd_, 0, SEEK_CUR);
      if (at >= 0 && at <= about.st_size) size_ = static_cast<std::uint64_t>(about.st_size - at);
    }
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input() {
    if (shows_) std::fputs("\r\033[K", stderr);
    if (fd_ >= 0 && path_ != "-") ::close(fd_);
  }
  std::optional<std::uint64_t> size() const { return size_; }

  /// The root that the header names; null: none.
  Result<Cid> root() {
    if (fd_ < 0) return failed("open");
    car::Reader reader([](const Cid&, BytesView) { return Status{}; });
    while (!reader.roots()) {
      if (auto s = fill(4096); !s) return s.error();
      if (buffer_.empty()) return fail(Errc::corrupt, path_ + " is no CAR: it ends inside the header");
      head_.insert(head_.end(), buffer_.begin(), buffer_.end());
      if (auto s = reader.feed(buffer_); !s) return fail(s.error().code, path_ + ": " + s.error().message);
    }
    if (reader.roots()->size() > 1) return fail(Errc::invalid, path_ + " has several roots; a bucket has one");
    return reader.roots()->empty() ? Cid() : reader.roots()->front();
  }

  /// The next piece, from the start; empty at the end.
  Result<BytesView> next() {
    if (!head_.empty()) {
      buffer_ = std::exchange(head_, {});
    } else if (auto s = fill(kPiece); !s) {
      return s.error();
    }
    sent_ += buffer_.size();
    show();
    return BytesView(buffer_);
  }
  std::uint64_t sent() const { return sent_; }

 private:
  Status fill(std::size_t atMost) {
    buffer_.resize(atMost);
    ssize_t n = -1;
    while ((n = ::read(fd_, buffer_.data(), buffer_.size())) < 0 && errno == EINTR) {
    }
    if (n < 0) return failed("read");
    buffer_.resize(static_cast<std::size_t>(n));
    return {};
  }
  void show() {
    if (!shows_ || sent_ - shown_ < kShowEvery) return;
    shown_ = sent_;
    std::fprintf(stderr, "\r\033[K%llu", static_cast<unsigned long long>(sent_ >> 20));
    if (size_) std::fprintf(stderr, " of %llu", static_cast<unsigned long long>(*size_ >> 20));
    std::fputs(" MiB", stderr);
  }
  Error failed(const char* what) const {
    return fail(Errc::io, std::string("cannot ") + what + " " + path_ + ": " + std::strerror(errno));
  }

  std::string path_;
  int fd_ = -1;
  const bool shows_;
  std::optional<std::uint64_t> size_;
  Bytes head_, buffer_;
  std::uint64_t sent_ = 0, shown_ = 0;
};

Error refusalOf(const http::Response& answer) {
  const auto xml = s3::parseXml(asText(answer.body));
  std::string said = xml ? std::string(xml->childText("Message")) : std::string();
  if (said.empty()) said = "HTTP status " + std::to_string(answer.status);
  if (xml && !xml->childText("Key").empty()) said += " (key " + std::string(xml->childText("Key")) + ")";
  const int s = answer.status;
  return fail(s == 409               ? Errc::already_exists
              : s == 401 || s == 403 ? Errc::denied
              : s >= 400 && s < 500  ? Errc::invalid
                                     : Errc::unavailable,
              said + (s >= 500 ? ". It is safe to run the import again" : ""));
}

Result<ImportDone> readAnswer(const http::Response& answer) {
  if (answer.status != 200) return refusalOf(answer);
  const auto xml = s3::parseXml(asText(answer.body));
  if (!xml || xml->name != "ImportBucketResult")
    return fail(Errc::invalid, "the answer is not that of an import: is this an S3 door of Cairn?");
  ImportDone done;
  done.root = xml->childText("ContentsRoot");
  const std::pair<const char*, std::uint64_t*> counts[] = {{"Keys", &done.keys},         {"Blocks", &done.blocks},
                                                           {"Added", &done.added},       {"Same", &done.same},
                                                           {"Replaced", &done.replaced}, {"Kept", &done.kept}};
  for (const auto& [name, count] : counts)
    *count = std::strtoull(std::string(xml->childText(name)).c_str(), nullptr, 10);
  for (const auto& child : xml->children)
    if (child.name == "KeptKey") done.keptKeys.push_back(child.text);
  return done;
}

void print(const ImportDone& done, bool json) {
  using U = unsigned long long;
  std::printf(json ? "{\"root\":\"%s\",\"keys\":%llu,\"blocks\":%llu,\"bytes\":%llu,\"added\":%llu,\"same\":%llu,"
                     "\"replaced\":%llu,\"kept\":%llu}\n"
                   : "root %s, %llu keys, %llu blocks, %llu bytes: %llu keys added, %llu the same, %llu replaced, %llu "
                     "kept as they were\n",
              done.root.c_str(), U(done.keys), U(done.blocks), U(done.bytes), U(done.added), U(done.same),
              U(done.replaced), U(done.kept));
  for (const std::string& key : done.keptKeys) std::fprintf(stderr, "kept: %s\n", key.c_str());
}

}  // namespace

Result<ImportDone> importBucket(const ImportRequest& asked) {
  const auto endpoint = endpointOf(asked.s3);
  if (!endpoint) return endpoint.error();
  Input input(asked.car);
  const auto root = input.root();
  if (!root) return root.error();
  http::ClientRequest request;
  request.method = "PUT";
  request.target = "/" + uriEncode(asked.bucket);
  request.timeout = kLongest;
  request.headers.add("x-cairn-import", "car");
  request.headers.add("x-cairn-import-root", root->isNull() ? "" : root->str());
  if (!asked.owner.empty()) request.headers.add("x-amz-expected-bucket-owner", asked.owner);
  if (!asked.merge.empty()) request.headers.add("x-cairn-import-merge", asked.merge);
  request.source = [&input]() -> Task<Result<BytesView>> { co_return input.next(); };
  request.sourceLength = input.size();
  if (auto s = authorize(request, *endpoint, asked.as); !s) return s.error();
  net::io_context io(1);
  http::Client client(io, {});
  Result<http::Response> answer = fail(Errc::unavailable, "");
  auto work = [&]() -> Task<void> { answer = co_await client.request(*endpoint, std::move(request)); };
  spawn(net::make_strand(io), work());
  io.run();
  if (!answer)
    return fail(answer.error().code, asked.s3 + ": " + answer.error().message + ". It is safe to run the import again");
  auto done = readAnswer(*answer);
  if (!done) return fail(done.error().code, asked.s3 + ": " + done.error().message);
  done->bytes = input.sent();
  return done;
}

void addImportCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto request = std::make_shared<ImportRequest>();
  auto* command = cli.add_subcommand("import", "make a bucket of what `cairnd export` wrote");
  command->add_option("bucket", request->bucket, "the bucket's name; it is made for the credentials' owner")
      ->required();
  command->add_option("--car", request->car, "the file to read, or - for standard input")->required();
  command->add_option("--s3", request->s3, "host:port of a master's S3 door, or its URL; default: the configuration's");
  command
      ->add_option("--merge", request->merge,
                   "into a bucket that has other objects; its own ones under the same keys: keep, or replace")
      ->check(CLI::IsMember({"keep", "replace"}));
  addCallerOptions(*command, request->as);
  command->callback([&file, &json, &exitCode, request] {
    if (request->s3.empty()) {
      const auto config = readConfig(file);
      if (!config) return void(exitCode = kUsage);
      request->s3 = config->s3.address + ":" + std::to_string(config->s3.port);
    }
    const auto done = importBucket(*request);
    if (!done) {
      std::fprintf(stderr, "cairnd: %s\n", done.error().message.c_str());
      return void(exitCode = kFailed);
    }
    print(*done, json);
  });
}

}  // namespace cairn::app
