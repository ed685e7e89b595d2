// OpenSSL contexts for the server and the client. Internal to daemon/http.
//
// Contract: contexts are immutable once made and shared by connections on any thread. Peers with a pinned key are
// judged by that key alone: their certificate's names, dates and issuer mean nothing, possession of the key is proved
// by the handshake. TLS 1.2 at least; no session resumption where client certificates are asked for, so that a peer who
// lost his place cannot come back on an old session.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.h"

namespace cairn::http {

using SslContext = boost::asio::ssl::context;

/// Of the thread's OpenSSL error queue, which it empties.
std::string opensslError();

std::string fingerprintOf(X509* cert);
/// nullopt when the peer gave no certificate.
std::optional<std::string> peerFingerprint(SSL* ssl);

/// Judges a peer's key by its fingerprint. May be called from any thread.
using AllowKey = std::function<bool(const std::string&)>;

/// With `allowPeer` clients must present a certificate and it decides.
Result<std::shared_ptr<SslContext>> makeServerContext(const std::string& certPem, const std::string& keyPem,
                                                      std::shared_ptr<const AllowKey> allowPeer);

struct ClientTls {
  std::string certPem, keyPem;  ///< presented when the server asks; empty = none
  std::string caPem;            ///< trusted roots; empty = the system's
};
/// Pinned: the connection's expected key (see expectKey) is all that counts. Else chain and host name are verified.
Result<std::shared_ptr<SslContext>> makeClientContext(const ClientTls& options, bool pinned);

/// For a connection of a pinned client context; `fingerprint` must outlive the handshake.
void expectKey(SSL* ssl, const std::string* fingerprint);

}  // namespace cairn::http
