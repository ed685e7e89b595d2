#include "common/identity/keystore.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>

#include "common/identity/keccak.h"
#include "common/identity/wiped.h"

namespace cairn::identity {
namespace {

// The two test vectors of the Web3 Secret Storage definition.
constexpr std::string_view kPbkdf2 = R"({"crypto":{"cipher":"aes-128-ctr",
  "cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
  "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
  "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",
               "salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
  "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
  "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3})";
constexpr std::string_view kScrypt = R"({"crypto":{"cipher":"aes-128-ctr",
  "cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
  "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt",
  "kdfparams":{"dklen":32,"n":262144,"r":1,"p":8,
               "salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
  "mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},
  "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3})";

// Written by eth-account 0.14.0 (scrypt, pbkdf2) and ethers 6.17.0 (without and with a mnemonic's own member).
constexpr std::string_view kOthers[] = {
    R"({"address": "2c7536E3605D9C16a7a3D7b1898e529396a65c23", "crypto": {"cipher": "aes-128-ctr", "cipherparams": {"iv": "2920d5cf42c59d3b54942950061ff9cb"}, "ciphertext": "d4786f2f4320ab2f0605b501b50454633d5bfae7097d13e4dca691e31f793f4a", "kdf": "scrypt", "kdfparams": {"dklen": 32, "n": 1024, "r": 8, "p": 1, "salt": "44a0f5092b1f993bb5debf119bdf91b0"}, "mac": "ccec5774d5db5d5abad6ccafb6597055ed95f7bb505db49711c3b436e7c95a73"}, "id": "dc2c5cb8-2600-4a79-8aab-b66661afc4de", "version": 3})",
    R"({"address": "2c7536E3605D9C16a7a3D7b1898e529396a65c23", "crypto": {"cipher": "aes-128-ctr", "cipherparams": {"iv": "6da6b9bd2e0e82020d2c81db0446b927"}, "ciphertext": "7c9abced2e0812655fa69d6ac605cd7f05acd3cfb977df378cb51d05692dfe3e", "kdf": "pbkdf2", "kdfparams": {"c": 1000, "dklen": 32, "prf": "hmac-sha256", "salt": "fc4d888fe72642ba85187ec22be97968"}, "mac": "908397a5853d0bd86fde2e74eb95720bff8a909f5368b69b71fc674c54eac728"}, "id": "4bba06f0-4955-4473-9f42-e31d9ff3cdf6", "version": 3})",
    R"({"address":"2c7536e3605d9c16a7a3d7b1898e529396a65c23","id":"051aa280-6a8f-4821-ba00-e594b30a3baf","version":3,"Crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"86d8ce2ec51c4e8be898668c61883a79"},"ciphertext":"c8d94630657ec4c256b6d959f2a9e9b09707066ff3f076a8092a8f744d10ce3e","kdf":"scrypt","kdfparams":{"salt":"795d46c55cf21db6d9dc3424c2a930a654712641975ee3d8045738f7a9a58970","n":1024,"dklen":32,"p":1,"r":8},"mac":"1507b22b01b0576c0eaed21b56e41751f6b42d86df1190bd4b67ea3f21b49a5e"}})", R"({"address":"2c7536e3605d9c16a7a3d7b1898e529396a65c23","id":"f0119e7a-074d-43e9-8d9f-2b25a302b028","version":3,"Crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"1f15a79c34d6bb9046e1545452669396"},"ciphertext":"6b892346177bfd15ba86bf738c79dcf477da8aead38e2c420e4331e04a7791d7","kdf":"scrypt","kdfparams":{"salt":"dc7999505443478bfae4bab52ca4be7f02783ddef1d8f47afa98fb28966f1cce","n":1024,"dklen":32,"p":1,"r":8},"mac":"ddf055bf10dab80527166fbe718dfe7420d42508c2e098ae7bb9c61edd7957fc"},"x-ethers":{"client":"ethers/6.17.0","gethFilename":"UTC--2026-11-23T12-13-00.0Z--2c7536e3605d9c16a7a3d7b1898e529396a65c23","path":"m/44'/60'/0'/0/0","locale":"en","mnemonicCounter":"4e23ae3ac9ae57f19b4e7df490a7bdea","mnemonicCiphertext":"cf185f9924fdedce37c71e36ee002744","version":"0.1"}})"};

constexpr std::string_view kPassword = "correct horse";
constexpr std::string_view kOthersKey = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";

Result<std::string> open(std::string_view json, std::string_view password) {
  const auto file = Keystore::parse(json);
  if (!file) return file.error();
  const auto key = file->open(password);
  if (!key) return key.error();
  return toHex(key->bytes());
}
Errc errorOf(std::string_view json, std::string_view password = kPassword) {
  const auto opened = open(json, password);
  EXPECT_FALSE(opened);
  return opened ? Errc::internal : opened.error().code;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const std::size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

std::function<void(std::span<std::uint8_t>)> counter() {
  return [next = std::uint8_t{0}](std::span<std::uint8_t> out) mutable {
    for (auto& byte : out) byte = next++;
  };
}

TEST(Scrypt, VectorsOfRfc7914) {
  Bytes out(64);
  ASSERT_TRUE(scrypt("", {}, {16, 1, 1}, out));
  EXPECT_EQ(toHex(out),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  ASSERT_TRUE(scrypt("password", asBytes("NaCl"), {1024, 8, 16}, out));
  EXPECT_EQ(toHex(out),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
  ASSERT_TRUE(scrypt("pleaseletmein", asBytes("SodiumChloride"), {16384, 8, 1}, out));
  EXPECT_EQ(toHex(out),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
}

TEST(Wiped, LeavesNothingBehind) {
  alignas(Wiped<32>) std::array<unsigned char, sizeof(Wiped<32>)> place;
  auto* secret = new (place.data()) Wiped<32>;
  std::fill(secret->bytes().begin(), secret->bytes().end(), std::uint8_t{0xab});
  EXPECT_EQ(std::count(place.begin(), place.end(), 0xab), 32);
  secret->~Wiped();
  EXPECT_EQ(std::count(place.begin(), place.end(), 0xab), 0);
}

TEST(Keystore, TheVectorsOfTheDefinition) {
  const std::string_view secret = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
  EXPECT_EQ(*open(kPbkdf2, "testpassword"), secret);
  EXPECT_EQ(*open(kScrypt, "testpassword"), secret);
}

TEST(Keystore, FilesOfOtherWallets) {
  for (const std::string_view file : kOthers) {
    EXPECT_EQ(*open(file, kPassword), kOthersKey);
    EXPECT_EQ(Keystore::parse(file)->address()->lowerCase(), "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23");
    EXPECT_EQ(errorOf(file, "correct horse "), Errc::denied);
    EXPECT_EQ(errorOf(file, ""), Errc::denied);
  }
}

TEST(Keystore, WritesWhatItReads) {
  const SecretKey key = *SecretKey::parse(*fromHex(kOthersKey));
  for (const KeystoreCost& cost : {KeystoreCost(ScryptCost{1024, 8, 1}), KeystoreCost(Pbkdf2Cost{1000})}) {
    const auto file = writeKeystore(key, kPassword, cost, counter());
    ASSERT_TRUE(file);
    EXPECT_EQ(*open(*file, kPassword), kOthersKey);
    EXPECT_EQ(errorOf(*file, "another"), Errc::denied);
    EXPECT_EQ(Keystore::parse(*file)->cost().index(), cost.index());
    EXPECT_EQ(file->find(kOthersKey), std::string::npos);
  }
}

// The MAC covers the password's key and the ciphertext; the file's address covers the rest.
TEST(Keystore, AWrongPasswordIsToldFromADamagedFile) {
  const std::string_view file = kOthers[0];
  EXPECT_EQ(errorOf(replaced(file, "\"2920d5", "\"2920d4")), Errc::corrupt) << "iv";
  EXPECT_EQ(errorOf(replaced(file, "2c7536E3", "2c7536E4")), Errc::corrupt) << "address";
  EXPECT_EQ(errorOf(replaced(file, "d4786f", "d4786e")), Errc::denied) << "ciphertext";
  EXPECT_EQ(errorOf(replaced(file, "ccec57", "ccec56")), Errc::denied) << "mac";
  EXPECT_EQ(errorOf(replaced(file, "44a0f5", "44a0f4")), Errc::denied) << "salt";
}

TEST(Keystore, ADecryptedZeroIsNotAKey) {
  // AES-CTR is an exclusive or: a ciphertext made to decrypt to zeros, under a MAC that fits, needs the password.
  const auto file = writeKeystore(*SecretKey::parse(*fromHex(kOthersKey)), "p", Pbkdf2Cost{1}, counter());
  Bytes salt(32), derived(32);
  counter()(salt);
  ASSERT_TRUE(pbkdf2("p", salt, 1, derived));
  const std::size_t at = file->find("ciphertext") + 13;
  Bytes zeroed = *fromHex(file->substr(at, 64));
  const Bytes key = *fromHex(kOthersKey);
  for (std::size_t i = 0; i < 32; ++i) zeroed[i] ^= key[i];
  const Digest mac = Keccak256().update(BytesView(derived).last(16)).update(zeroed).finish();
  std::string forged = replaced(*file, file->substr(at, 64), toHex(zeroed));
  const std::size_t macAt = forged.find("\"mac\"") + 7;
  forged.replace(macAt, 64, toHex(mac));
  EXPECT_EQ(errorOf(forged, "p"), Errc::corrupt);
}

TEST(Keystore, Malformed) {
  const std::string_view file = kOthers[0];
  const std::pair<std::string_view, std::string_view> kChanges[] = {
      {"\"version\": 3", "\"version\": \"3\""},
      {"\"version\": 3", "\"version\": 3.0"},
      {"\"version\": 3", "\"version\": 3, \"version\": 3"},
      {"\"iv\": \"29", "\"iv\": \""},
      {"\"iv\": \"29", "\"iv\": \"zz"},
      {"\"ciphertext\": \"d4", "\"ciphertext\": \""},
      {"\"mac\": \"cc", "\"mac\": \"cccc"},
      {"\"n\": 1024", "\"n\": 1000"},
      {"\"n\": 1024", "\"n\": 1"},
      {"\"n\": 1024", "\"n\": 0"},
      {"\"n\": 1024", "\"n\": -1024"},
      {"\"n\": 1024", "\"n\": 1e3"},
      {"\"n\": 1024", "\"n\": \"1024\""},
      {"\"r\": 8", "\"r\": 0"},
      {"\"p\": 1", "\"p\": 0"},
      {"\"dklen\": 32", "\"dklen\": 31"},
      {"\"dklen\": 32", "\"dklen\": 2000"},
      {"\"crypto\"", "\"krypto\""},
      {"\"address\": \"2c", "\"address\": \""},
      {"\"crypto\"", "\"Crypto\": {}, \"crypto\""},
      {"\"salt\": \"44a0f5092b1f993bb5debf119bdf91b0\"", "\"salt\": \"\""}};
  for (const auto& [from, to] : kChanges) EXPECT_EQ(errorOf(replaced(file, from, to)), Errc::invalid) << to;
  for (const std::string_view bad : {"", "{}", "[]", "null", "{\"version\":3}"}) EXPECT_EQ(errorOf(bad), Errc::invalid);
}

TEST(Keystore, Unsupported) {
  EXPECT_EQ(errorOf(replaced(kOthers[0], "\"version\": 3", "\"version\": 1")), Errc::unsupported);
  EXPECT_EQ(errorOf(replaced(kOthers[0], "aes-128-ctr", "aes-128-cbc")), Errc::unsupported);
  EXPECT_EQ(errorOf(replaced(kOthers[0], "\"scrypt\"", "\"argon2id\"")), Errc::unsupported);
  EXPECT_EQ(errorOf(replaced(kOthers[1], "hmac-sha256", "hmac-sha512")), Errc::unsupported);
}

// Each of these would take minutes or gigabytes; each is refused before anything is derived.
TEST(Keystore, HostileParameters) {
  const std::string_view scryptFile = kOthers[0], pbkdf2File = kOthers[1];
  for (const std::string_view n : {"1048576", "4294967296", "18446744073709551616", "9223372036854775808"})
    EXPECT_NE(errorOf(replaced(scryptFile, "\"n\": 1024", "\"n\": " + std::string(n))), Errc::denied) << n;
  for (const std::string_view r : {"1048576", "4294967295", "4294967304"})
    EXPECT_EQ(errorOf(replaced(scryptFile, "\"r\": 8", "\"r\": " + std::string(r))), Errc::too_large) << r;
  for (const std::string_view p : {"1048576", "4294967295", "4294967297"})
    EXPECT_EQ(errorOf(replaced(scryptFile, "\"p\": 1", "\"p\": " + std::string(p))), Errc::too_large) << p;
  for (const std::string_view c : {"10000001", "4294967297", "2147483648"})
    EXPECT_EQ(errorOf(replaced(pbkdf2File, "\"c\": 1000", "\"c\": " + std::string(c))), Errc::too_large) << c;
  EXPECT_EQ(errorOf(std::string(kMaxKeystoreBytes + 1, ' ')), Errc::too_large);
  const SecretKey key = *SecretKey::parse(*fromHex(kOthersKey));
  EXPECT_EQ(writeKeystore(key, "p", ScryptCost{1U << 24, 8, 1}, counter()).error().code, Errc::too_large);
  EXPECT_EQ(writeKeystore(key, "p", ScryptCost{1024, 0, 1}, counter()).error().code, Errc::invalid);
  EXPECT_EQ(writeKeystore(key, "p", Pbkdf2Cost{0}, counter()).error().code, Errc::invalid);
}

}  // namespace
}  // namespace cairn::identity
