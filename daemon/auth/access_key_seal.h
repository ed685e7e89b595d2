// The secret of an access key as it lies in the registry: sealed together with what the key is good for.
//
// Contract: pure, any thread. sealSecret() gives 0x02 and the secret sealed under `key`, bound to the row's id, owner,
// scope and end: who changes one of these in the registry, without the shared key, has a row that does not open. A row
// without the 0x02 is of the version before, bound to its id alone, and opens too (docs/formats/session.md says for how
// long that should be). openSecret() gives nullopt for what `key` did not seal for that row.
#pragma once

#include <optional>

#include "common/base/secret.h"
#include "daemon/auth/sealing.h"
#include "daemon/registry/identity.h"

namespace cairn::auth {

Bytes sealSecret(const SealKey& key, const registry::AccessKeyRow& row, std::string_view secret, Random& random);
std::optional<Secret> openSecret(const SealKey& key, const registry::AccessKeyRow& row);
/// Whether the row is of the version that binds all of it.
bool boundWhole(const SealKey& key, const registry::AccessKeyRow& row);

}  // namespace cairn::auth
