// The masters' addresses as a person types them.
//
// Contract: pure. "host:port", "[::1]:9001" and http(s) URLs without path, separated by commas; an address without a
// port gets the API door's 9001. Errors (Errc::invalid) name the address and what is wrong with it.
#pragma once

#include <QList>
#include <QString>
#include <QUrl>

#include "common/base/result.h"

namespace cairn::console {

Result<QList<QUrl>> parseAddresses(const QString& text);

/// Without scheme, as shown to people: "127.0.0.1:9001".
QString shortAddress(const QUrl& url);

}  // namespace cairn::console
