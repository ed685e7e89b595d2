// console_watch HOST:PORT[,HOST:PORT...]: the console's window on real masters, and what it shows as JSON lines.
//
// A line is printed whenever what can be seen on the Roots page has changed: {"ms", "word", "link", "banner", "detail",
// "proof", "ink", "buckets", "races"}. `ink` is the darkest grey (0-255) in the table of buckets: text is nearly black
// while the data are fresh. `races` are the rows that lie within the viewport of the table of races. Ends when its
// input does.

#include <unistd.h>

#include <QApplication>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QSocketNotifier>
#include <QTimer>
#include <cstdio>

#include "console/client/addresses.h"
#include "console/views/main_window.h"

using namespace cairn::console;

namespace {

constexpr int lookEveryMs = 25;

class Watch : public QObject {
 public:
  explicit Watch(const MainWindow& window) : window_(window) {
    connect(&timer_, &QTimer::timeout, this, [this] { look(); });
    timer_.start(lookEveryMs);
  }

 private:
  QString label(const char* name) const {
    const auto* found = window_.findChild<QLabel*>(QString::fromLatin1(name));
    return found && found->isVisible() ? found->text() : QString();
  }
  Table* table(const char* name) const { return window_.findChild<Table*>(QString::fromLatin1(name)); }

  /// With its reason, when the chain is broken.
  QString proof() const {
    const auto* label = window_.findChild<QLabel*>(QStringLiteral("fleetProof"));
    return label->text() + QStringLiteral(" (") + label->toolTip() + QLatin1Char(')');
  }

  QJsonObject buckets() const {
    QJsonObject out;
    const QAbstractItemModel& rows = *table("bucketsTable")->model();
    for (int row = 0; row < rows.rowCount(); ++row)
      out[rows.index(row, BucketsModel::name_column).data().toString()] =
          rows.index(row, BucketsModel::version_column).data(sort_role).toLongLong();
    return out;
  }

  QJsonArray races() const {
    QJsonArray out;
    const Table& races = *table("racesTable");
    const auto text = [&races](int row, int column) { return races.model()->index(row, column).data().toString(); };
    for (int row = 0; row < races.model()->rowCount(); ++row) {
      const QModelIndex first = races.model()->index(row, RacesModel::time_column);
      if (!races.viewport()->rect().contains(races.visualRect(first))) continue;
      out.append(QJsonObject{{QStringLiteral("id"), QString::number(~first.data(id_role).toString().toULongLong())},
                             {QStringLiteral("winner"), text(row, RacesModel::winner_column)},
                             {QStringLiteral("loser"), text(row, RacesModel::loser_column)},
                             {QStringLiteral("outcome"), text(row, RacesModel::outcome_column)}});
    }
    return out;
  }

  int ink() const {
    const QImage picture =
        table("bucketsTable")->viewport()->grab().toImage().convertToFormat(QImage::Format_Grayscale8);
    int darkest = 255;
    for (int y = 0; y < picture.height(); ++y) {
      const uchar* line = picture.constScanLine(y);
      darkest = std::min<int>(darkest, *std::min_element(line, line + picture.width()));
    }
    return darkest;
  }

  void look() {
    QJsonObject seen{{QStringLiteral("word"), label("fleetWord")},
                     {QStringLiteral("link"), label("linkWord")},
                     {QStringLiteral("banner"), label("bannerHeadline")},
                     {QStringLiteral("detail"), label("bannerDetail")},
                     {QStringLiteral("proof"), proof()},
                     {QStringLiteral("ink"), ink()},
                     {QStringLiteral("buckets"), buckets()},
                     {QStringLiteral("races"), races()}};
    if (seen == last_) return;
    last_ = seen;
    seen[QStringLiteral("ms")] = QDateTime::currentMSecsSinceEpoch();
    std::puts(QJsonDocument(seen).toJson(QJsonDocument::Compact).constData());
    std::fflush(stdout);
  }

  const MainWindow& window_;
  QTimer timer_;
  QJsonObject last_;
};

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  auto addresses = parseAddresses(QCoreApplication::arguments().value(1));
  if (!addresses) {
    std::fprintf(stderr, "console_watch: %s\n", addresses.error().message.c_str());
    return 2;
  }
  applyTheme(app, ThemeChoice::light);
  Session session(*addresses);
  MainWindow window(session, nullptr);
  window.showPage(QStringLiteral("roots"));
  window.resize(1600, 1000);
  window.show();
  const Watch watch(window);
  QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
  QObject::connect(&input, &QSocketNotifier::activated, &app, [] { QCoreApplication::quit(); });
  session.client.start();
  return QApplication::exec();
}
