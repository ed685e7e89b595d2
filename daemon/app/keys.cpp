#include "daemon/app/keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace cairn::app {
namespace {

constexpr const char* kTlsKey = "node.key.pem";
constexpr const char* kTlsCertificate = "node.cert.pem";
constexpr const char* kReceiptKey = "receipt.key";
constexpr std::size_t kMostFileBytes = 1 << 20;

std::string in(const std::string& directory, const char* name) {
  return (std::filesystem::path(directory) / name).string();
}

Result<std::string> readFile(const std::string& path, bool secret) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(errno == ENOENT ? Errc::not_found : Errc::io, path + ": " + std::strerror(errno));
  struct stat st{};
  std::string text;
  std::string problem;
  if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) problem = "is not a file";
  if (secret && (st.st_mode & 077) != 0) problem = "can be read by others than its owner; run chmod 600 on it";
  if (st.st_size > static_cast<off_t>(kMostFileBytes)) problem = "is too large";
  if (problem.empty()) {
    text.resize(static_cast<std::size_t>(st.st_size));
    ssize_t n = ::read(fd, text.data(), text.size());
    if (n != st.st_size) problem = "could not be read whole";
  }
  ::close(fd);
  if (!problem.empty()) return fail(Errc::invalid, path + " " + problem);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

Result<std::string> readSecretFile(const std::string& path) {
  return readFile(path, true);
}
Result<std::string> readTextFile(const std::string& path) {
  return readFile(path, false);
}

Status writeNewFile(const std::string& path, const std::string& text, unsigned mode) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return fail(errno == EEXIST ? Errc::already_exists : Errc::io, path + ": " + std::strerror(errno));
  bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (whole) return {};
  ::unlink(path.c_str());
  return fail(Errc::io, path + ": could not be written: " + std::strerror(errno));
}

Status makeKeys(const std::string& directory, const std::string& node, Random& random) {
  std::error_code error;
  bool fresh = !std::filesystem::exists(directory);
  std::filesystem::create_directories(directory, error);
  if (error) return fail(Errc::io, directory + ": " + error.message());
  if (fresh) ::chmod(directory.c_str(), 0700);
  if (!std::filesystem::exists(in(directory, kTlsKey))) {
    auto made = http::makeSelfSigned(node);
    if (!made) return made.error();
    if (auto s = writeNewFile(in(directory, kTlsCertificate), made->certPem, 0644); !s) return s;
    if (auto s = writeNewFile(in(directory, kTlsKey), made->keyPem, 0600); !s) return s;
  }
  if (std::filesystem::exists(in(directory, kReceiptKey))) return {};
  auto key = identity::SecretKey::generate([&](std::span<std::uint8_t> out) { random.fill(out); });
  return writeNewFile(in(directory, kReceiptKey), toHex(key.bytes()) + "\n", 0600);
}

Result<NodeKeys> loadKeys(const std::string& directory) {
  auto explain = [&](const Error& e) {
    return e.code == Errc::not_found ? fail(Errc::not_found, e.message + "; run `cairnd init` to make the node's keys")
                                     : e;
  };
  auto key = readSecretFile(in(directory, kTlsKey));
  if (!key) return explain(key.error());
  auto certificate = readTextFile(in(directory, kTlsCertificate));
  if (!certificate) return explain(certificate.error());
  auto receipt = readSecretFile(in(directory, kReceiptKey));
  if (!receipt) return explain(receipt.error());
  auto bytes = fromHex(*receipt);
  auto secret = bytes ? identity::SecretKey::parse(*bytes) : fail(Errc::invalid, "not hexadecimal");
  if (!secret) return fail(Errc::invalid, in(directory, kReceiptKey) + " is not a secp256k1 secret key");
  NodeKeys keys;
  keys.tls = {*key + "\n", *certificate + "\n"};
  auto fingerprint = http::spkiFingerprint(keys.tls.certPem);
  if (!fingerprint) return fingerprint.error();
  keys.fingerprint = *fingerprint;
  keys.receipts = std::make_shared<const identity::SecretKey>(std::move(*secret));
  return keys;
}

}  // namespace cairn::app
