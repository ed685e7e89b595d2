#include "console/client/addresses.h"

namespace cairn::console {
namespace {

constexpr int defaultPort = 9001;

Result<QUrl> parseOne(const QString& text) {
  const auto wrong = [&text](const char* why) {
    return fail(Errc::invalid, "address \"" + text.toStdString() + "\": " + why);
  };
  QUrl url(text.contains(QStringLiteral("://")) ? text : QStringLiteral("http://") + text, QUrl::StrictMode);
  if (!url.isValid() || url.host().isEmpty()) return wrong("not host:port, nor an http:// or https:// address");
  if (url.scheme() != QStringLiteral("http") && url.scheme() != QStringLiteral("https"))
    return wrong("only http and https are spoken here");
  if (!url.userInfo().isEmpty()) return wrong("must not carry a user or password");
  if (url.path().size() > 1 || url.hasQuery() || url.hasFragment()) return wrong("must end after the port");
  if (url.port() == 0) return wrong("port 0 cannot be connected to");
  url.setPath(QString());
  if (url.port() < 0) url.setPort(defaultPort);
  return url;
}

}  // namespace

Result<QList<QUrl>> parseAddresses(const QString& text) {
  QList<QUrl> all;
  const auto parts = text.split(QLatin1Char(','), Qt::SkipEmptyParts);
  for (const QString& part : parts) {
    if (part.trimmed().isEmpty()) continue;
    auto one = parseOne(part.trimmed());
    if (!one) return one.error();
    if (!all.contains(*one)) all.append(*one);
  }
  if (all.isEmpty()) return fail(Errc::invalid, "no address given");
  return all;
}

QString shortAddress(const QUrl& url) {
  return url.authority();
}

}  // namespace cairn::console
