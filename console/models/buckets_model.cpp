#include "console/models/buckets_model.h"

#include <QDateTime>
#include <algorithm>

#include "console/models/format.h"

namespace cairn::console {
namespace {

qint64 nowSecond() {
  return QDateTime::currentSecsSinceEpoch();
}
qint64 ageOf(Timestamp at) {
  return QDateTime::currentMSecsSinceEpoch() - at.get();
}
QString rootOf(const BucketRow& r) {
  return r.bucket.root ? toText(*r.bucket.root) : QString();
}
QString lastBy(const BucketRow& r) {
  return r.bucket.lastFlipBy ? toText(r.bucket.lastFlipBy->get()) : QString();
}
Timestamp lastAt(const BucketRow& r) {
  return r.bucket.lastFlipAt.value_or(r.bucket.updatedAt);
}

}  // namespace

void MinuteRate::add(qint64 second, std::uint32_t n) {
  for (qint64 s = std::max(newest_ + 1, second - 59); s <= second; ++s) counts_[static_cast<std::size_t>(s % 60)] = 0;
  newest_ = std::max(newest_, second);
  if (second > newest_ - 60) counts_[static_cast<std::size_t>(second % 60)] += n;
}

std::uint64_t MinuteRate::perMinute(qint64 second) const {
  std::uint64_t sum = 0;
  for (qint64 s = std::max(second - 59, newest_ - 59); s <= newest_; ++s)
    if (s >= 0) sum += counts_[static_cast<std::size_t>(s % 60)];
  return sum;
}

QString BucketsModel::id(const OwnerId& owner, const BucketName& name) {
  return toText(owner.get()) + QLatin1Char('/') + toText(name.get());
}

BucketsModel::BucketsModel(QObject* parent) : ColumnModel(parent) {
  using Row = BucketRow;
  columns_.resize(last_column + 1);
  columns_[name_column] = {tr("Bucket"),
                           tr("Owner and name"),
                           false,
                           [](const Row& r) { return id(r.bucket.owner, r.bucket.name); },
                           {},
                           [](const Row& r) { return id(r.bucket.owner, r.bucket.name); },
                           {},
                           {},
                           {}};
  columns_[version_column] = {tr("Version"),
                              tr("Of the root pointer; each flip adds one"),
                              true,
                              [](const Row& r) { return count(r.bucket.version.get()); },
                              [](const Row& r) { return static_cast<qulonglong>(r.bucket.version.get()); },
                              {},
                              {},
                              {},
                              {}};
  columns_[root_column] = {tr("Root"), tr("CID of the block from which all of the bucket is reachable; click to copy"),
                           false,      rootOf,
                           {},         rootOf,
                           rootOf,     {},
                           {}};
  columns_[rate_column] = {tr("Flips/min"),
                           tr("Flips seen in the last 60 s"),
                           true,
                           [](const Row& r) { return count(r.rate.perMinute(nowSecond())); },
                           [](const Row& r) { return static_cast<qulonglong>(r.rate.perMinute(nowSecond())); },
                           {},
                           {},
                           {},
                           {}};
  columns_[races_column] = {tr("Races"),
                            tr("Lost races among the records that the fleet keeps"),
                            true,
                            [](const Row& r) { return count(r.bucket.races); },
                            [](const Row& r) { return static_cast<qulonglong>(r.bucket.races); },
                            {},
                            {},
                            {},
                            {}};
  columns_[last_column] = {tr("Last flip by"),
                           tr("Which master advanced the root pointer last, and when"),
                           false,
                           [](const Row& r) {
                             const QString by = lastBy(r);
                             return by.isEmpty() ? age(ageOf(lastAt(r))) : tr("%1  %2").arg(by, age(ageOf(lastAt(r))));
                           },
                           [](const Row& r) { return static_cast<qlonglong>(lastAt(r).get()); },
                           [](const Row& r) { return instant(lastAt(r)); },
                           {},
                           {},
                           lastBy};
}

void BucketsModel::update(const api::Buckets& buckets) {
  std::vector<BucketRow> fresh;
  fresh.reserve(buckets.buckets.size());
  for (const api::Bucket& bucket : buckets.buckets) fresh.push_back({bucket, {}, {}});
  std::sort(fresh.begin(), fresh.end(), [this](const auto& a, const auto& b) { return idOf(a) < idOf(b); });
  merge(
      std::move(fresh), [](const BucketRow& a, const BucketRow& b) { return a.bucket == b.bucket; },
      [](BucketRow& old, BucketRow row) {
        if (row.bucket.version >= old.bucket.version) old.bucket = std::move(row.bucket);
      });
}

void BucketsModel::update(const api::Bucket& one) {
  const int at = find(id(one.owner, one.name));
  if (at < 0) return;
  api::Bucket& standing = rows_[static_cast<std::size_t>(at)].bucket;
  standing.keys = one.keys;
  standing.bytes = one.bytes;
  standing.uploads = one.uploads;
  tellRow(at);
}

void BucketsModel::apply(const QList<api::Flip>& flips) {
  QList<QString> touched;
  for (const api::Flip& flip : flips) applyOne(flip, touched);
  for (const QString& which : std::as_const(touched))
    if (const int at = find(which); at >= 0) tellRow(at);
}

void BucketsModel::applyOne(const api::Flip& flip, QList<QString>& touched) {
  const QString which = id(flip.data.owner, flip.data.bucket);
  auto at = std::lower_bound(rows_.begin(), rows_.end(), which,
                             [this](const auto& r, const QString& w) { return idOf(r) < w; });
  const bool present = at != rows_.end() && idOf(*at) == which;
  const auto index = static_cast<std::size_t>(at - rows_.begin());
  if (!flip.data.root) {
    if (present && at->bucket.version < flip.data.version) removeAt(index);
    return;
  }
  if (!present) {
    api::Bucket bucket;
    bucket.owner = flip.data.owner;
    bucket.name = flip.data.bucket;
    insertAt(index, {std::move(bucket), {}, {}});
  }
  BucketRow& row = rows_[index];
  row.rate.add(flip.at.get() / 1000);
  if (!touched.contains(which)) touched.append(which);
  if (flip.data.version <= row.bucket.version) return;
  row.bucket.version = flip.data.version;
  row.bucket.flips = flip.data.version.get();
  row.bucket.root = flip.data.root;
  row.bucket.lastFlipBy = flip.data.master;
  row.bucket.lastFlipAt = flip.at;
  row.bucket.updatedAt = flip.at;
  row.changed.start();
}

void BucketsModel::setRaces(const QHash<QString, std::uint64_t>& byBucket) {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const std::uint64_t races = byBucket.value(idOf(rows_[i]));
    if (std::exchange(rows_[i].bucket.races, races) == races) continue;
    const auto cell = index(static_cast<int>(i), races_column);
    Q_EMIT dataChanged(cell, cell);
  }
}

void BucketsModel::tick() {
  tellColumn(rate_column);
  tellColumn(last_column);
}

QString BucketsModel::idOf(const BucketRow& row) const {
  return id(row.bucket.owner, row.bucket.name);
}

QVariant BucketsModel::changedMs(const BucketRow& row) const {
  return row.changed.isValid() ? QVariant(row.changed.elapsed()) : QVariant();
}

}  // namespace cairn::console
