#include "console/views/main_window.h"

#include <QCloseEvent>
#include <QHBoxLayout>

#include "console/models/format.h"
#include "console/theme/icons.h"
#include "console/views/bottom_bar.h"
#include "console/views/empty_page.h"
#include "console/views/status_line.h"

namespace cairn::console {

MainWindow::MainWindow(Session& session, QSettings* settings, QWidget* parent)
    : QMainWindow(parent),
      session_(session),
      settings_(settings),
      rail_(new Rail(this)),
      banner_(new Banner(this)),
      pages_(new QStackedWidget(this)),
      fleetPage_(new FleetPage(session, this)),
      rootsPage_(new RootsPage(session, this)),
      palette_(new CommandPalette(this)) {
  setObjectName(QStringLiteral("mainWindow"));
  setWindowTitle(tr("Cairn"));
  setWindowIcon(applicationIcon());
  auto* status = new StatusLine(session_, this);
  auto* bottom = new BottomBar(session_, this);
  auto* middle = new QHBoxLayout;
  middle->setSpacing(0);
  middle->addWidget(rail_);
  middle->addWidget(pages_, 1);
  auto* center = new QWidget(this);
  auto* column = new QVBoxLayout(center);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(status);
  column->addWidget(banner_);
  column->addLayout(middle, 1);
  column->addWidget(bottom);
  setCentralWidget(center);
  addPages();
  addActions();
  connect(rail_, &Rail::chosen, pages_, &QStackedWidget::setCurrentIndex);
  connect(pages_, &QStackedWidget::currentChanged, rail_, &Rail::setCurrent);
  connect(bottom, &BottomBar::paletteRequested, this, [this] { palette_->offer(actions()); });
  connect(banner_, &Banner::actionRequested, &session_.client, &FleetClient::retryNow);
  connect(&session_, &Session::changed, this, &MainWindow::refresh);
  resize(1200, 760);
  rail_->setCurrent(0);
  restore();
  startTimer(1000);  // the banner tells the age of the data
  refresh();
}

QStringList MainWindow::pageNames() {
  return {QStringLiteral("fleet"),   QStringLiteral("roots"),    QStringLiteral("nodes"), QStringLiteral("failover"),
          QStringLiteral("objects"), QStringLiteral("identity"), QStringLiteral("audit")};
}

void MainWindow::addPage(const QString& iconName, const QString& title, const QString& toolTip, QWidget* page) {
  const int number = pages_->addWidget(page) + 1;
  rail_->add(iconName, title, QStringLiteral("rail_") + iconName, tr("%1 (Ctrl+%2)").arg(toolTip).arg(number));
}

void MainWindow::addPages() {
  addPage(QStringLiteral("fleet"), tr("Fleet"), tr("Masters and storage nodes, and their health"), fleetPage_);
  addPage(QStringLiteral("roots"), tr("Roots"), tr("Root pointers, their history and lost races"), rootsPage_);
  addPromises();
}

void MainWindow::addPromises() {
  const QString fleet = tr("Show the fleet"), roots = tr("Show roots");
  const auto promise = [this](const QString& icon, const QString& title, const QString& what, const QString& instead,
                              const QString& action, int target) {
    auto* page = new EmptyPage({icon, title, what, instead, action}, this);
    connect(page, &EmptyPage::actionRequested, pages_, [this, target] { pages_->setCurrentIndex(target); });
    addPage(icon, title, what, page);
  };
  promise(QStringLiteral("nodes"), tr("Nodes"),
          tr("What each storage node holds, how lately it proved it, its free space, and invitations for new ones."),
          tr("Until then the fleet's storage nodes and their heartbeats are on the Fleet page."), fleet, 0);
  promise(
      QStringLiteral("failover"), tr("Failover"),
      tr("The gates with their evidence, proposals with what they cost and who has signed, and the manual runbook."),
      tr("Until then a person decides, with cairnd on a master's host; which masters are down is on the Fleet page."),
      fleet, 0);
  promise(QStringLiteral("objects"), tr("Objects"),
          tr("A bucket's keys as of now or of any kept version, with content, metadata and CIDs."),
          tr("Until then any S3 client lists them; versions and lost races are on the Roots page."), roots, 1);
  promise(QStringLiteral("identity"), tr("Identity"),
          tr("Wallets, operators and their roles, access keys, and what was revoked when."),
          tr("Until then access keys stand in each master's configuration."), {}, 0);
  promise(QStringLiteral("audit"), tr("Audit"),
          tr("Every decision with its signature, in one log that shows when something is missing from it."),
          tr("Until then the history of every bucket can be checked with cairnd verify-history."), roots, 1);
}

QAction* MainWindow::addVerb(const QString& text, const QString& objectName, const QKeySequence& keys,
                             std::function<void()> run) {
  auto* action = new QAction(text, this);
  action->setObjectName(objectName);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
  addAction(action);
  return action;
}

void MainWindow::addActions() {
  const QString verbs[] = {tr("Show the fleet"), tr("Show roots"),    tr("Show nodes"), tr("Show failover"),
                           tr("Show objects"),   tr("Show identity"), tr("Show audit")};
  for (int i = 0; i < static_cast<int>(std::size(verbs)); ++i)
    addVerb(verbs[i], QStringLiteral("show_") + pageNames().at(i), QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)),
            [this, i] { pages_->setCurrentIndex(i); });
  addVerb(tr("Reconnect now"), QStringLiteral("reconnect"), QKeySequence::Refresh,
          [this] { session_.client.retryNow(); });
  addVerb(tr("Use the light theme"), QStringLiteral("theme_light"), {},
          [this] { Q_EMIT themeRequested(ThemeChoice::light); });
  addVerb(tr("Use the dark theme"), QStringLiteral("theme_dark"), {},
          [this] { Q_EMIT themeRequested(ThemeChoice::dark); });
  addVerb(tr("Quit"), QStringLiteral("quit"), QKeySequence::Quit, [this] { close(); });
  addVerb(tr("Find an action"), QStringLiteral("palette"), QKeySequence(QStringLiteral("Ctrl+K")),
          [this] { palette_->offer(actions()); });
}

void MainWindow::showPage(const QString& name) {
  if (const auto index = pageNames().indexOf(name); index >= 0) pages_->setCurrentIndex(static_cast<int>(index));
}

QString MainWindow::currentPage() const {
  return pageNames().value(pages_->currentIndex());
}

bool MainWindow::settled() const {
  const Link link = session_.client.state().link;
  if (link == Link::offline || link == Link::not_a_master) return true;
  return link == Link::live && session_.fleet && session_.chain &&
         (pages_->currentWidget() != rootsPage_ || rootsPage_->settled());
}

void MainWindow::refresh() {
  rail_->setAttention(0, session_.masters.troubled());
  int gaveUp = 0;
  for (const api::Race& race : session_.races.everything()) gaveUp += race.outcome == "rebased" ? 0 : 1;
  rail_->setAttention(1, gaveUp);
  refreshBanner();
}

void MainWindow::refreshBanner() {
  const LinkState& state = session_.client.state();
  if (state.link == Link::live || state.link == Link::connecting) return banner_->tell(State::none, {}, {}, {});
  QString headline =
      state.link == Link::not_a_master ? tr("That is not a master of this fleet") : tr("No master answers");
  if (session_.fleet && state.lastData.isValid())
    headline =
        tr("%1. Shown is what was known %2.").arg(headline, age(state.lastData.msecsTo(QDateTime::currentDateTime())));
  banner_->tell(session_.fleet ? State::warning : State::error, headline, state.problem, tr("Try again now"));
}

void MainWindow::timerEvent(QTimerEvent*) {
  refreshBanner();
}

void MainWindow::restore() {
  if (!settings_) return;
  restoreGeometry(settings_->value(QStringLiteral("geometry")).toByteArray());
  fleetPage_->restoreFrom(*settings_);
  rootsPage_->restoreFrom(*settings_);
  showPage(settings_->value(QStringLiteral("page")).toString());
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (settings_) {
    settings_->setValue(QStringLiteral("geometry"), saveGeometry());
    settings_->setValue(QStringLiteral("page"), currentPage());
    fleetPage_->saveTo(*settings_);
    rootsPage_->saveTo(*settings_);
  }
  QMainWindow::closeEvent(event);
}

}  // namespace cairn::console
