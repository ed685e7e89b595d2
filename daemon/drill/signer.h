// Signs requests with AWS Signature Version 4 in the header form, as any S3 client does.
//
// Contract: a value; sign() is const and may be called from any thread. It replaces Host, x-amz-date and
// x-amz-content-sha256 (the body's literal hash; UNSIGNED-PAYLOAD where the request has a source), signs them together
// with every other x-amz-* and x-cairn-* field and Content-MD5, and adds Authorization. The target is signed in S3's
// canonical form and sent as it is. Nothing here is logged. Source: "Authenticating Requests (AWS Signature Version
// 4)", Amazon S3 API reference.
#pragma once

#include <string>

#include "common/base/ids.h"
#include "daemon/http/client.h"

namespace cairn::drill {

struct Credentials {
  std::string accessKey, secret;
  std::string region = "us-east-1";
};

class Signer {
 public:
  explicit Signer(Credentials credentials) : credentials_(std::move(credentials)) {}
  /// `host` is what the Host field says; `now` the wall clock. The target must be well-formed.
  void sign(http::ClientRequest& request, const std::string& host, Timestamp now) const;

 private:
  Credentials credentials_;
};

}  // namespace cairn::drill
