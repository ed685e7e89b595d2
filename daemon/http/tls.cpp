#include "daemon/http/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <memory>

#include "daemon/http/tls_context.h"

namespace cairn::http {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;

std::string text(BIO* bio) {
  char* data = nullptr;
  long n = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(n)};
}

bool addExtension(X509* cert, int nid, const std::string& value) {
  Extension ext(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  return ext && X509_add_ext(cert, ext.get(), -1) == 1;
}

Result<std::string> alternativeNames(const std::vector<std::string>& hosts) {
  std::string names;
  for (const std::string& host : hosts) {
    // OpenSSL parses this as configuration text: nothing but a plain name may enter it.
    if (host.empty() ||
        host.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:*") != host.npos)
      return fail(Errc::invalid, "'" + host + "' is not a host name or IP address");
    boost::system::error_code ec;
    boost::asio::ip::make_address(host, ec);
    names += (names.empty() ? "" : ",") + std::string(ec ? "DNS:" : "IP:") + host;
  }
  return names;
}

bool fillIn(X509* cert, EVP_PKEY* key, std::string_view name, const std::string& alternatives) {
  unsigned char serial[16];
  if (RAND_bytes(serial, sizeof serial) != 1) return false;
  serial[0] &= 0x7f;
  std::unique_ptr<BIGNUM, Freer<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  constexpr long kCentury = 100L * 365 * 24 * 3600;
  X509_NAME* subject = X509_get_subject_name(cert);
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(cert)) &&
         X509_set_version(cert, X509_VERSION_3) && X509_gmtime_adj(X509_getm_notBefore(cert), -24 * 3600) &&
         X509_gmtime_adj(X509_getm_notAfter(cert), kCentury) &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) &&
         X509_set_issuer_name(cert, subject) && X509_set_pubkey(cert, key) &&
         addExtension(cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         (alternatives.empty() || addExtension(cert, NID_subject_alt_name, alternatives)) &&
         X509_sign(cert, key, EVP_sha256()) > 0;
}

}  // namespace

Result<KeyAndCertificate> makeSelfSigned(std::string_view nodeName, const std::vector<std::string>& hosts) {
  if (nodeName.empty() || nodeName.size() > 64)
    return fail(Errc::invalid, "a node's name must have 1 to 64 bytes to be put into a certificate");
  auto alternatives = alternativeNames(hosts);
  if (!alternatives) return alternatives.error();
  Key key(EVP_EC_gen("P-256"));
  Certificate cert(X509_new());
  if (!key || !cert || !fillIn(cert.get(), key.get(), nodeName, *alternatives))
    return fail(Errc::internal, "cannot make a certificate for '" + std::string(nodeName) + "': " + opensslError());
  Bio keyOut(BIO_new(BIO_s_mem())), certOut(BIO_new(BIO_s_mem()));
  if (!PEM_write_bio_PKCS8PrivateKey(keyOut.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ||
      !PEM_write_bio_X509(certOut.get(), cert.get()))
    return fail(Errc::internal, "cannot encode the certificate of '" + std::string(nodeName) + "': " + opensslError());
  return KeyAndCertificate{text(keyOut.get()), text(certOut.get())};
}

Result<std::string> spkiFingerprint(std::string_view certPem) {
  Bio in(BIO_new_mem_buf(certPem.data(), static_cast<int>(certPem.size())));
  Certificate cert(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (!cert) return fail(Errc::invalid, "not a certificate in PEM: " + opensslError());
  return fingerprintOf(cert.get());
}

}  // namespace cairn::http
