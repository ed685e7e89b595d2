// Buckets with their root pointers, a row each, moved along by flips.
//
// Contract: see column_model.h. update() takes every bucket at once (after a connect), apply() a batch of flips:
// however many there are, each touched row is told once. A flip older than what stands is counted but changes nothing.
// Rates are of the last 60 s as seen here. tick() ages the relative times; call it about once a second.
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <array>

#include "common/api/messages.h"
#include "console/models/column_model.h"

namespace cairn::console {

/// Counts per second over the last minute.
class MinuteRate {
 public:
  void add(qint64 second, std::uint32_t n = 1);
  std::uint64_t perMinute(qint64 second) const;

 private:
  std::array<std::uint32_t, 60> counts_{};
  qint64 newest_ = 0;
};

struct BucketRow {
  api::Bucket bucket;
  MinuteRate rate;
  QElapsedTimer changed;
};

class BucketsModel : public ColumnModel<BucketRow> {
  Q_OBJECT

 public:
  enum ColumnIndex { name_column, version_column, root_column, rate_column, races_column, last_column };
  explicit BucketsModel(QObject* parent = nullptr);
  void update(const api::Buckets& buckets);
  void update(const api::Bucket& one);  ///< with statistics; ignored when the row is gone
  void apply(const QList<api::Flip>& flips);
  void setRaces(const QHash<QString, std::uint64_t>& byBucket);
  void tick();
  /// "owner/name"
  static QString id(const OwnerId& owner, const BucketName& name);

 protected:
  QString idOf(const BucketRow& row) const override;
  QVariant changedMs(const BucketRow& row) const override;

 private:
  void applyOne(const api::Flip& flip, QList<QString>& touched);
};

}  // namespace cairn::console
