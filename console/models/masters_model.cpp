#include "console/models/masters_model.h"

#include <algorithm>

#include "console/models/format.h"

namespace cairn::console {
namespace {

QString reasons(const api::Master& m) {
  QStringList lines;
  for (const std::string& reason : m.reasons) lines.append(toText(reason));
  return lines.join(QLatin1Char('\n'));
}

}  // namespace

Verdict judge(const api::Master& m) {
  if (m.fenced) return {State::error, MastersModel::tr("fenced")};
  if (!m.live) return {State::error, MastersModel::tr("down")};
  if (m.readyToRead == false) return {State::error, MastersModel::tr("not ready")};
  if (m.readyToWrite == false) return {State::warning, MastersModel::tr("read-only")};
  if (!m.reasons.empty()) return {State::warning, MastersModel::tr("degraded")};
  return {State::ok, MastersModel::tr("healthy")};
}

MastersModel::MastersModel(QObject* parent) : ColumnModel(parent) {
  using Row = api::Master;
  columns_.resize(version_column + 1);
  columns_[name_column] = {tr("Name"),
                           tr("The node's configured name"),
                           false,
                           [](const Row& m) { return toText(m.id.get()); },
                           {},
                           {},
                           {},
                           {},
                           [](const Row& m) { return toText(m.id.get()); }};
  columns_[state_column] = {tr("State"),
                            tr("What the fleet knows of this node"),
                            false,
                            [](const Row& m) { return judge(m).word; },
                            [](const Row& m) { return -static_cast<int>(judge(m).state); },
                            reasons,
                            {},
                            [](const Row& m) { return judge(m).state; },
                            {}};
  columns_[role_column] = {
      tr("Role"), tr("A master serves S3 and may flip root pointers; a storage node holds blocks"),
      false,      [](const Row& m) { return m.profile == "storage" ? tr("storage node") : tr("master"); },
      {},         {},
      {},         {},
      {}};
  columns_[heartbeat_column] = {tr("Heartbeat"),
                                tr("Age of the last heartbeat in the registry"),
                                true,
                                [](const Row& m) { return age(m.heartbeatAgeMs); },
                                [](const Row& m) { return static_cast<qlonglong>(m.heartbeatAgeMs); },
                                [](const Row& m) { return instant(m.heartbeatAt); },
                                {},
                                {},
                                {}};
  columns_[epoch_column] = {tr("Epoch"),
                            tr("Of the node's incarnation; each start and each fence bumps it"),
                            true,
                            [](const Row& m) { return count(m.epoch.get()); },
                            [](const Row& m) { return static_cast<qulonglong>(m.epoch.get()); },
                            {},
                            {},
                            {},
                            {}};
  columns_[cas_column] = {
      tr("CAS"), tr("Whether it flips root pointers by compare-and-swap"),
      false,     [](const Row& m) { return m.profile == "storage" ? QString() : m.cas ? tr("on") : tr("off"); },
      {},        {},
      {},        {},
      {}};
  columns_[s3_column] = {tr("S3 address"),
                         tr("Where clients reach it"),
                         false,
                         [](const Row& m) { return toText(m.s3Address); },
                         {},
                         {},
                         [](const Row& m) { return toText(m.s3Address); },
                         {},
                         {}};
  columns_[version_column] = {
      tr("Version"), tr("Of the program"), false, [](const Row& m) { return toText(m.version); }, {}, {}, {}, {}, {}};
}

void MastersModel::update(const api::Masters& masters) {
  auto fresh = masters.masters;
  std::sort(fresh.begin(), fresh.end(), [this](const auto& a, const auto& b) { return idOf(a) < idOf(b); });
  merge(
      std::move(fresh), [](const auto& a, const auto& b) { return a == b; },
      [](api::Master& old, api::Master row) { old = std::move(row); });
}

int MastersModel::troubled() const {
  return static_cast<int>(
      std::count_if(rows_.begin(), rows_.end(), [](const auto& m) { return judge(m).state >= State::warning; }));
}

QString MastersModel::idOf(const api::Master& row) const {
  return toText(row.id.get());
}

}  // namespace cairn::console
