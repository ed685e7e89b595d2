// A node's own keys: the TLS key that peers pin, and the key that signs receipts.
//
// Contract: makeKeys() creates what is missing in a directory (mode 0700, secrets 0600) and never replaces anything;
// loadKeys() refuses secrets that others can read. Secrets never appear in errors. Not for concurrent use on one
// directory. Errors: invalid (mode, contents), not_found (run `cairnd init`), io.
#pragma once

#include <memory>
#include <string>

#include "common/identity/secp.h"
#include "daemon/http/tls.h"
#include "daemon/rt/clock.h"

namespace cairn::app {

struct NodeKeys {
  http::KeyAndCertificate tls;
  std::string fingerprint;  ///< hex SHA-256 of the TLS public key: the node's name among peers
  std::shared_ptr<const identity::SecretKey> receipts;
};

Status makeKeys(const std::string& directory, const std::string& node, Random& random);
Result<NodeKeys> loadKeys(const std::string& directory);

/// A file's text without a trailing newline. Errc::invalid if anybody but its owner may read it.
Result<std::string> readSecretFile(const std::string& path);
Result<std::string> readTextFile(const std::string& path);
/// Creates the file with `mode`; Errc::already_exists if it is there.
Status writeNewFile(const std::string& path, const std::string& text, unsigned mode);

}  // namespace cairn::app
