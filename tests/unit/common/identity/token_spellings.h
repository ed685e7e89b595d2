// Every way to write a version-1 token that is still that token, and the ways next to it that are not.
//
// Contract: for tests; pure. spellings() has no text twice and begins with tokenText()'s. twins() are what anybody can
// make of a token without the wallet's key and nobody may take: the high s, every other v, other base64.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <vector>

#include "common/digest/base64.h"
#include "common/identity/token.h"

namespace cairn::identity::testing {

using RawSignature = RecoverableSignature::Raw;

/// n - s, with v turned over: a signature of the same key, made without it.
inline RawSignature highS(RawSignature raw) {
  static const Bytes kOrder = *fromHex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int d = kOrder[i] - raw[32 + i] - borrow;
    borrow = d < 0 ? 1 : 0;
    raw[32 + i] = static_cast<std::uint8_t>(d & 0xff);
  }
  raw[64] = raw[64] == 27 ? 28 : 27;
  return raw;
}

/// A token of its parts, whatever they are.
inline std::string assemble(std::string_view prefix, std::string_view payload, BytesView signature) {
  return std::string(prefix) + base64Url(asBytes(payload)) + "." + base64Url(signature);
}

/// Addresses: lower and upper case, the checksum's, a wrong one, and each without 0x.
inline std::vector<std::string> addressSpellings(const Address& wallet) {
  std::string upper = wallet.lowerCase(), wrong = wallet.text();
  for (std::size_t i = 2; i < upper.size(); ++i) upper[i] = static_cast<char>(std::toupper(upper[i]));
  const auto letter = std::find_if(wrong.begin() + 2, wrong.end(), [](char c) { return std::isalpha(c) != 0; });
  *letter = static_cast<char>(*letter ^ 0x20);
  std::vector<std::string> all{wallet.lowerCase(), upper, wallet.text(), wrong};
  for (std::size_t i = 0, n = all.size(); i < n; ++i) all.push_back(all[i].substr(2));
  return all;
}

/// Layouts of one address: the members in every order and otherwise written, with blanks, escapes, members more.
inline std::vector<std::string> payloadSpellings(const std::string& address, const Token& token) {
  const std::string iat = std::to_string(token.issued), exp = std::to_string(token.expires);
  std::array<std::string, 3> members = {"\"exp\":" + exp, "\"iat\":" + iat, "\"wallet\":\"" + address + "\""};
  std::vector<std::string> all;
  do {
    all.push_back("{" + members[0] + "," + members[1] + "," + members[2] + "}");
    all.push_back("\t{ \r\n" + members[0] + " ,\n" + members[1] + "\t, " + members[2] + " }\n");
  } while (std::next_permutation(members.begin(), members.end()));
  const std::string rest = "\"iat\" : " + iat + ",\"exp\":" + exp;
  all.push_back("{\"w\\u0061llet\":\"" + address + "\"," + rest + "}");
  all.push_back("{\"wallet\":\"\\u00" + toHex(asBytes(address.substr(0, 1))) + address.substr(1) + "\"," + rest + "}");
  all.push_back("{\"wallet\":\"" + address + "\"," + rest + ",\"nonce\":[{\"a\":null}],\"\":1.5e3}");
  all.push_back("{\"version\":2,\"wallet\":\"" + address + "\",\"role\":\"operator\"," + rest + "}");
  all.push_back("[\"" + address + "\"," + iat + "," + exp + "]");
  return all;
}

/// `token` is of version 1.
inline std::vector<std::string> spellings(const Token& token, const RecoverableSignature& signature) {
  RawSignature plain = signature.bytes(), low = plain;
  low[64] = static_cast<std::uint8_t>(low[64] - 27);
  std::set<std::string> all;
  for (const std::string& address : addressSpellings(token.wallet))
    for (const std::string& payload : payloadSpellings(address, token))
      for (const RawSignature& raw : {plain, low}) all.insert(assemble(kTokenV1, payload, raw));
  const std::string first = tokenText(token, signature);
  all.erase(first);
  std::vector<std::string> out{first};
  out.insert(out.end(), all.begin(), all.end());
  return out;
}

/// Of a token of either version.
inline std::vector<std::string> twins(const std::string& text, const RecoverableSignature& signature) {
  const std::size_t first = text.find('.') + 1, second = text.rfind('.') + 1;
  const std::string head = text.substr(0, second);
  std::vector<std::string> all{head + base64Url(highS(signature.bytes()))};
  const bool also01 = text.starts_with(kTokenV1);
  for (int v = 0; v < 256; ++v) {
    RawSignature raw = signature.bytes();
    if (v == raw[64] || (also01 && v == raw[64] - 27)) continue;
    raw[64] = static_cast<std::uint8_t>(v);
    all.push_back(head + base64Url(raw));
  }
  // The last character has bits to spare; what is beside the alphabet, and where; the other alphabet; other cases.
  for (int c = 1; c < 256; ++c)
    if (static_cast<char>(c) != text.back()) all.push_back(text.substr(0, text.size() - 1) + static_cast<char>(c));
  for (const char* more : {"=", "==", " ", "\n", "\t", ".", "A", "AAAA", "%3D"}) {
    all.push_back(text + more);
    all.push_back(std::string(text).insert(second - 1, more));
    all.push_back(std::string(text).insert(first, more));
  }
  for (const auto& [url, other] : {std::pair('-', '+'), std::pair('_', '/')}) {
    std::string changed = text;
    std::replace(changed.begin() + static_cast<std::ptrdiff_t>(first), changed.end(), url, other);
    if (changed != text) all.push_back(changed);
  }
  std::string prefix = text;
  for (std::size_t i = 0; i < first; ++i) prefix[i] = static_cast<char>(std::toupper(prefix[i]));
  all.push_back(prefix);
  return all;
}

}  // namespace cairn::identity::testing
