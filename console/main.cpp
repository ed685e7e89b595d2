// cairn-console: command line, settings, and the window.

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QTimer>
#include <QTranslator>
#include <cstdio>

#include "console/client/addresses.h"
#include "console/views/main_window.h"

using namespace cairn::console;

namespace {

constexpr int exitUsage = 2;
constexpr int exitNoPicture = 1;
constexpr int settleMs = 400;  // for layouts, and for the first flips to be painted
constexpr int giveUpWaitingMs = 20000;

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Words)
};

struct Options {
  QList<QUrl> fleet;
  QString page, screenshot;
  QSize size;
  std::optional<ThemeChoice> theme;
};

int usage(const QString& problem) {
  std::fprintf(stderr, "cairn-console: %s\n", qUtf8Printable(problem));
  return exitUsage;
}

void describe(QCommandLineParser& parser) {
  parser.setApplicationDescription(
      Words::tr("Shows a Cairn fleet: masters, buckets with their roots, and lost races as they happen."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addOption({QStringLiteral("fleet"), Words::tr("API addresses of the fleet's masters, separated by commas."),
                    QStringLiteral("URL[,URL...]")});
  parser.addOption({QStringLiteral("token-file"),
                    Words::tr("A file with an operator's token, where the masters ask for one; or CAIRN_TOKEN_FILE."),
                    QStringLiteral("FILE")});
  parser.addOption({QStringLiteral("page"),
                    Words::tr("The page to open: %1.").arg(MainWindow::pageNames().join(QStringLiteral(", "))),
                    QStringLiteral("NAME")});
  parser.addOption({QStringLiteral("theme"), Words::tr("system, light or dark."), QStringLiteral("NAME")});
  parser.addOption({QStringLiteral("size"), Words::tr("The window's size."), QStringLiteral("WxH")});
  parser.addOption({QStringLiteral("screenshot"),
                    Words::tr("Write a picture once there is something to see, and exit."), QStringLiteral("FILE")});
}

/// Empty when all is well, else what is wrong.
QString read(const QCommandLineParser& parser, const QSettings& settings, Options& options) {
  const QString kept = settings.value(QStringLiteral("fleet"), QStringLiteral("127.0.0.1:9001")).toString();
  auto fleet = parseAddresses(parser.isSet(QStringLiteral("fleet")) ? parser.value(QStringLiteral("fleet")) : kept);
  if (!fleet) return QString::fromStdString(fleet.error().message);
  options.fleet = *fleet;
  options.page = parser.value(QStringLiteral("page"));
  if (!options.page.isEmpty() && !MainWindow::pageNames().contains(options.page))
    return Words::tr("there is no page \"%1\"; there are %2")
        .arg(options.page, MainWindow::pageNames().join(QStringLiteral(", ")));
  const QString theme = parser.isSet(QStringLiteral("theme"))
                            ? parser.value(QStringLiteral("theme"))
                            : settings.value(QStringLiteral("theme"), QStringLiteral("system")).toString();
  if (theme == QStringLiteral("light"))
    options.theme = ThemeChoice::light;
  else if (theme == QStringLiteral("dark"))
    options.theme = ThemeChoice::dark;
  else if (theme == QStringLiteral("system"))
    options.theme = ThemeChoice::system;
  else
    return Words::tr("there is no theme \"%1\"; there are system, light and dark").arg(theme);
  options.screenshot = parser.value(QStringLiteral("screenshot"));
  if (parser.isSet(QStringLiteral("size"))) {
    const QStringList sides = parser.value(QStringLiteral("size")).split(QLatin1Char('x'));
    options.size = sides.size() == 2 ? QSize(sides[0].toInt(), sides[1].toInt()) : QSize(0, 0);
    if (options.size.width() < 1 || options.size.height() < 1)
      return Words::tr("--size wants two numbers, like 1200x760");
  }
  return {};
}

void takePicture(MainWindow& window, const QString& file) {
  const bool written = window.grab().save(file);
  if (!written) std::fprintf(stderr, "cairn-console: cannot write %s\n", qUtf8Printable(file));
  QCoreApplication::exit(written ? 0 : exitNoPicture);
}

void pictureWhenSettled(MainWindow& window, const QString& file) {
  auto* poll = new QTimer(&window);
  QElapsedTimer waited;
  waited.start();
  QObject::connect(poll, &QTimer::timeout, &window, [&window, poll, waited, file] {
    if (!window.settled() && waited.elapsed() < giveUpWaitingMs) return;
    poll->stop();
    QTimer::singleShot(settleMs, &window, [&window, file] { takePicture(window, file); });
  });
  poll->start(50);
}

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QCoreApplication::setOrganizationName(QStringLiteral("cairn"));
  QCoreApplication::setApplicationName(QStringLiteral("cairn-console"));
  QCoreApplication::setApplicationVersion(QStringLiteral(CAIRN_VERSION));
  QTranslator translator;
  const QString translations = QStringLiteral(":/translations");
  if (translator.load(QLocale(), QStringLiteral("cairn-console"), QStringLiteral("_"), translations) ||
      translator.load(QStringLiteral("cairn-console_en"), translations))  // for its plurals
    QCoreApplication::installTranslator(&translator);

  QCommandLineParser parser;
  describe(parser);
  parser.process(app);
  QSettings settings;
  Options options;
  if (const QString problem = read(parser, settings, options); !problem.isEmpty()) return usage(problem);

  applyTheme(app, *options.theme);
  Session session(options.fleet);
  session.client.setTokenFile(parser.isSet(QStringLiteral("token-file")) ? parser.value(QStringLiteral("token-file"))
                                                                         : qEnvironmentVariable("CAIRN_TOKEN_FILE"));
  const bool picture = !options.screenshot.isEmpty();
  MainWindow window(session, picture ? nullptr : &settings);
  QObject::connect(&window, &MainWindow::themeRequested, &app, [&app, &settings](ThemeChoice choice) {
    settings.setValue(QStringLiteral("theme"),
                      choice == ThemeChoice::dark ? QStringLiteral("dark") : QStringLiteral("light"));
    applyTheme(app, choice);
  });
  if (!picture && parser.isSet(QStringLiteral("fleet")))
    settings.setValue(QStringLiteral("fleet"), parser.value(QStringLiteral("fleet")));
  if (!options.page.isEmpty()) window.showPage(options.page);
  if (options.size.isValid()) window.resize(options.size);
  window.show();
  session.client.start();
  if (picture) pictureWhenSettled(window, options.screenshot);
  return QApplication::exec();
}
