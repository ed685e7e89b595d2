// Node keys: self-signed certificates whose public key, not whose name, is what peers check.
//
// Contract: pure functions over PEM text, any thread. The fingerprint is the lower-case hexadecimal SHA-256 of the DER
// SubjectPublicKeyInfo (what RFC 7469 pins), so a certificate may be renewed without a new identity. Keys are EC P-256.
// Private keys never appear in an Error. Errors: invalid (malformed PEM, unusable name), internal (OpenSSL failed).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace cairn::http {

struct KeyAndCertificate {
  std::string keyPem;  ///< PKCS #8, secret
  std::string certPem;
};

/// `nodeName` (1 to 64 bytes) becomes the common name; `hosts` are host names or IP addresses for clients that verify
/// by name (self-signed certificates on a development machine).
Result<KeyAndCertificate> makeSelfSigned(std::string_view nodeName, const std::vector<std::string>& hosts = {});

/// Of the first certificate in the text.
Result<std::string> spkiFingerprint(std::string_view certPem);

}  // namespace cairn::http
