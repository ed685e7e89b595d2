#include "daemon/http/tls_context.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509_vfy.h>

#include "common/base/bytes.h"

namespace cairn::http {
namespace {

namespace ssl = boost::asio::ssl;

int contextSlot() {
  static const int slot =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, [](void*, void* p, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<std::shared_ptr<const AllowKey>*>(p);
      });
  return slot;
}

int connectionSlot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

int judge(X509_STORE_CTX* store, bool allowed) {
  X509_STORE_CTX_set_error(store, allowed ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
  return allowed ? 1 : 0;
}

int verifyClient(X509_STORE_CTX* store, void* allow) {
  X509* cert = X509_STORE_CTX_get0_cert(store);
  return judge(store, cert && (*static_cast<const AllowKey*>(allow))(fingerprintOf(cert)));
}

int verifyPinnedServer(X509_STORE_CTX* store, void*) {
  auto* connection = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* expected = static_cast<const std::string*>(SSL_get_ex_data(connection, connectionSlot()));
  X509* cert = X509_STORE_CTX_get0_cert(store);
  return judge(store, cert && expected && fingerprintOf(cert) == *expected);
}

int chooseProtocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned int n,
                   void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, ours, sizeof ours - 1, offered, n) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Status useKeyPair(SslContext& context, const std::string& certPem, const std::string& keyPem) {
  boost::system::error_code ec;
  context.use_certificate_chain(boost::asio::buffer(certPem), ec);
  if (ec) return fail(Errc::invalid, "TLS certificate is not usable: " + ec.message());
  context.use_private_key(boost::asio::buffer(keyPem), SslContext::pem, ec);
  if (ec) return fail(Errc::invalid, "TLS private key is not usable: " + ec.message());
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    ERR_clear_error();
    return fail(Errc::invalid, "TLS private key does not belong to the certificate");
  }
  return {};
}

}  // namespace

std::string opensslError() {
  unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "error " + std::to_string(code);
}

std::string fingerprintOf(X509* cert) {
  unsigned char* der = nullptr;
  int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
  CAIRN_ASSERT(n > 0);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(der, static_cast<std::size_t>(n), digest);
  OPENSSL_free(der);
  return toHex(digest);
}

std::optional<std::string> peerFingerprint(SSL* connection) {
  X509* cert = SSL_get0_peer_certificate(connection);
  if (!cert) return std::nullopt;
  return fingerprintOf(cert);
}

Result<std::shared_ptr<SslContext>> makeServerContext(const std::string& certPem, const std::string& keyPem,
                                                      std::shared_ptr<const AllowKey> allowPeer) {
  auto context = std::make_shared<SslContext>(SslContext::tls_server);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (Status s = useKeyPair(*context, certPem, keyPem); !s) return s.error();
  SSL_CTX_set_alpn_select_cb(raw, chooseProtocol, nullptr);
  if (allowPeer) {
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    auto* kept = new std::shared_ptr<const AllowKey>(std::move(allowPeer));
    SSL_CTX_set_ex_data(raw, contextSlot(), kept);
    SSL_CTX_set_cert_verify_callback(raw, verifyClient, const_cast<AllowKey*>(kept->get()));
  }
  return context;
}

Result<std::shared_ptr<SslContext>> makeClientContext(const ClientTls& options, bool pinned) {
  auto context = std::make_shared<SslContext>(SslContext::tls_client);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  if (!options.certPem.empty())
    if (Status s = useKeyPair(*context, options.certPem, options.keyPem); !s) return s.error();
  if (pinned) {
    SSL_CTX_set_cert_verify_callback(raw, verifyPinnedServer, nullptr);
    return context;
  }
  boost::system::error_code ec;
  if (options.caPem.empty())
    context->set_default_verify_paths(ec);
  else
    context->add_certificate_authority(boost::asio::buffer(options.caPem), ec);
  if (ec) return fail(Errc::invalid, "trusted certificates cannot be loaded: " + ec.message());
  return context;
}

void expectKey(SSL* connection, const std::string* fingerprint) {
  SSL_set_ex_data(connection, connectionSlot(), const_cast<std::string*>(fingerprint));
}

}  // namespace cairn::http
