#include "daemon/registry/identity_check.h"

#include <algorithm>
#include <array>

#include "common/cid/cbor.h"

namespace cairn::registry {
namespace {

constexpr std::size_t kMaxName = 1024;

bool isHex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// UTF-8 without NUL: PostgreSQL takes no other text, and canonical DAG-CBOR neither.
bool isText(std::string_view text) {
  if (text.find('\0') != text.npos) return false;
  Bytes item;
  cbor::Writer(item).text(text);
  return cbor::validate(item).has_value();
}

/// What any bucket of S3 can be called, and a little more: names are looked up, never made, by it.
bool isBucketName(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
         });
}

/// The first complaint of a row, field by field.
class Checker {
 public:
  Checker& holds(bool good, const char* complaint) {
    if (!good && !found_) found_ = complaint;
    return *this;
  }
  Checker& name(const std::string& value, const char* complaint) {
    return holds(!value.empty() && value.size() <= kMaxName && isText(value), complaint);
  }
  Checker& key(const std::string& id, const char* complaint) { return holds(isHex(id, 16), complaint); }
  Checker& time(Timestamp at, const char* complaint) { return holds(at.get() >= 0, complaint); }
  operator Complaint() const { return found_; }

 private:
  Complaint found_;
};

constexpr std::array<std::pair<Role, const char*>, 4> kRoles = {
    {{Role::none, "none"}, {Role::viewer, "viewer"}, {Role::operator_, "operator"}, {Role::admin, "admin"}}};

}  // namespace

bool isWallet(const OwnerId& wallet) {
  const std::string& text = wallet.get();
  return text.starts_with("0x") && isHex(std::string_view(text).substr(2), 40);
}

std::string toText(Role role) {
  for (const auto& [value, text] : kRoles)
    if (value == role) return text;
  CAIRN_ASSERT(!"a role without a name");
  return {};
}

std::optional<Role> roleOf(const std::string& text) {
  for (const auto& [value, name] : kRoles)
    if (text == name) return value;
  return std::nullopt;
}

Complaint wrongWith(const Revocation& row) {
  return Checker()
      .holds(isWallet(row.wallet), "wallet: not 0x and 40 lower-case hex digits")
      .holds(row.upTo >= 0, "up to: before 1970");
}

Complaint wrongWith(const AccessKeyRow& row) {
  return Checker()
      .name(row.id, "id: not 1 to 1024 bytes of text")
      .name(row.owner.get(), "owner: not 1 to 1024 bytes of text")
      .holds(row.deleted || !row.sealedSecret.empty(), "sealed secret: empty")
      .key(row.sealedBy, "sealed by: not 16 lower-case hex digits")
      .holds(isText(row.scope), "scope: not UTF-8 text")
      .holds(isText(row.label), "label: not UTF-8 text")
      .time(row.createdAt, "created at: before 1970")
      .time(row.expiresAt, "expires at: before 1970")
      .time(row.lastUsedAt, "last used at: before 1970");
}

Complaint wrongWith(const SharedKeyRow& row) {
  return Checker()
      .key(row.id, "id: not 16 lower-case hex digits")
      .name(row.purpose, "purpose: not 1 to 1024 bytes of text")
      .time(row.createdAt, "created at: before 1970");
}

Complaint wrongWith(const WrappedKey& row) {
  return Checker()
      .key(row.keyId, "key id: not 16 lower-case hex digits")
      .key(row.wrappedFor, "wrapped for: not 16 lower-case hex digits")
      .holds(!row.wrapped.empty(), "wrapped key: empty");
}

Complaint wrongWith(const OperatorRow& row) {
  return Checker()
      .holds(isWallet(row.wallet), "wallet: not 0x and 40 lower-case hex digits")
      .holds(row.by.get().empty() || isWallet(row.by), "by: not 0x and 40 lower-case hex digits, nor empty")
      .time(row.at, "at: before 1970");
}

Complaint wrongWith(const Voucher& row) {
  return Checker()
      .name(row.master.get(), "master: not 1 to 1024 bytes of text")
      .holds(row.publicKey.size() == 33 && (row.publicKey[0] == 2 || row.publicKey[0] == 3),
             "public key: not a compressed secp256k1 key")
      .holds(isWallet(row.by), "by: not 0x and 40 lower-case hex digits")
      .holds(isText(row.message), "message: not UTF-8 text")
      .holds(!row.signature.empty(), "signature: empty")
      .time(row.at, "at: before 1970");
}

Complaint wrongWith(const AuditRow& row) {
  return Checker()
      .name(row.who, "who: not 1 to 1024 bytes of text")
      .name(row.action, "action: not 1 to 1024 bytes of text")
      .holds(isText(row.what), "what: not UTF-8 text")
      .holds(isText(row.message), "message: not UTF-8 text")
      .holds(isText(row.from), "from: not UTF-8 text")
      .holds(isText(row.outcome), "outcome: not UTF-8 text")
      .time(row.at, "at: before 1970")
      .holds(cbor::validate(encode(row)).has_value(), "row: over 2 MiB");
}

Complaint wrongWith(const AddSharedKey& change) {
  if (auto wrong = wrongWith(change.key)) return wrong;
  for (const WrappedKey& form : change.wrapped) {
    if (auto wrong = wrongWith(form)) return wrong;
    if (form.keyId != change.key.id) return "wrapped key: it is of another shared key";
  }
  return std::nullopt;
}

Complaint wrongWith(const SetAlias& change) {
  Checker checker;
  checker.holds(isBucketName(change.name.get()), "name: not 3 to 63 characters of a-z 0-9 . -");
  if (change.bucket)
    checker.name(change.bucket->owner.get(), "owner: not 1 to 1024 bytes of text")
        .holds(isBucketName(change.bucket->name.get()), "bucket: not 3 to 63 characters of a-z 0-9 . -");
  return checker.holds(isWallet(change.by), "by: not 0x and 40 lower-case hex digits");
}

Complaint wrongWith(const Change& change) {
  if (const auto* set = std::get_if<SetOperator>(&change)) return wrongWith(set->row);
  if (const auto* row = std::get_if<Revocation>(&change)) return wrongWith(*row);
  if (const auto* add = std::get_if<AddSharedKey>(&change)) return wrongWith(*add);
  if (const auto* row = std::get_if<AccessKeyRow>(&change)) return wrongWith(*row);
  if (const auto* row = std::get_if<Voucher>(&change)) return wrongWith(*row);
  if (const auto* set = std::get_if<SetAlias>(&change)) return wrongWith(*set);
  return std::nullopt;  // nothing, or what names a row that is there or not
}

Error alreadySo(const RequireCas& change) {
  return fail(Errc::precondition,
              std::string("this fleet ") + (change.required ? "requires CAS" : "does not require CAS") + " already");
}

std::optional<Error> objection(const std::vector<OperatorRow>& standing, const OperatorRow& row, bool onlyFirst) {
  if (onlyFirst && row.role != Role::admin) return fail(Errc::invalid, "the first operator must be an admin");
  if (onlyFirst && !standing.empty()) return fail(Errc::already_exists, "this fleet has operators already");
  if (row.role == Role::admin) return std::nullopt;
  bool takes = false, others = false;
  for (const OperatorRow& one : standing)
    if (one.role == Role::admin) (one.wallet == row.wallet ? takes : others) = true;
  if (takes && !others)
    return fail(Errc::precondition, row.wallet.get() + " is the fleet's last admin: make another one first");
  return std::nullopt;
}

}  // namespace cairn::registry
