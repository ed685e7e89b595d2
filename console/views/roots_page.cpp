#include "console/views/roots_page.h"

#include <QHBoxLayout>
#include <QScrollArea>

#include "console/models/format.h"

namespace cairn::console {
namespace {

constexpr int historyRows = 200;

}  // namespace

RootsPage::RootsPage(Session& session, QWidget* parent)
    : QWidget(parent),
      session_(session),
      table_(new Table(session.buckets, session.hues, this)),
      splitter_(new QSplitter(Qt::Vertical, this)) {
  setObjectName(QStringLiteral("rootsPage"));
  table_->setObjectName(QStringLiteral("bucketsTable"));
  splitter_->setObjectName(QStringLiteral("rootsSplitter"));
  splitter_->setChildrenCollapsible(false);
  splitter_->setHandleWidth(1);
  splitter_->addWidget(table_);
  splitter_->addWidget(makeDetails());
  splitter_->setStretchFactor(0, 1);
  splitter_->setStretchFactor(1, 2);
  splitter_->setSizes({180, 340});
  using B = BucketsModel;
  table_->fitColumns({128, 88, 208, 88, 72, 152}, B::name_column, {B::rate_column, B::root_column});
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(splitter_);
  connectSession();
  refresh();
}

QWidget* RootsPage::makeDetails() {
  auto* panel = new QWidget;
  title_ = new QLabel(panel);
  title_->setObjectName(QStringLiteral("bucketTitle"));
  title_->setFont(textFont(TextSize::title, true));
  numbers_ = new QLabel(panel);
  numbers_->setObjectName(QStringLiteral("bucketNumbers"));
  timeline_ = new TimelineView(history_, session_.hues, panel);
  timeline_->setObjectName(QStringLiteral("timeline"));
  races_ = new Table(session_.races, session_.hues, panel);
  races_->setObjectName(QStringLiteral("racesTable"));
  races_->setEmptyText(
      tr("No lost race on record. When two masters flip this bucket at once, the loser is listed here."));
  races_->sortByColumn(RacesModel::time_column, Qt::DescendingOrder);  // as they happen: the newest on top
  using R = RacesModel;
  races_->fitColumns({116, 72, 72, 60, 144}, R::time_column, {R::keys_column});
  card_ = new RaceCard(session_.hues, panel);
  racesSplitter_ = new QSplitter(Qt::Horizontal, panel);
  racesSplitter_->setObjectName(QStringLiteral("racesSplitter"));
  racesSplitter_->setChildrenCollapsible(false);
  racesSplitter_->setHandleWidth(1);
  racesSplitter_->addWidget(races_);
  auto* scroll = new QScrollArea(panel);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setBackgroundRole(QPalette::Window);
  scroll->setWidget(card_);
  racesSplitter_->addWidget(scroll);
  racesSplitter_->setSizes({520, 340});
  auto* head = new QHBoxLayout;
  head->setContentsMargins(2 * grid, grid, 2 * grid, 0);
  head->setSpacing(2 * grid);
  head->addWidget(title_);
  head->addWidget(numbers_, 1);
  auto* layout = new QVBoxLayout(panel);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(grid / 2);
  layout->addLayout(head);
  layout->addWidget(timeline_);
  layout->addWidget(racesSplitter_, 1);
  veil_ = new Veil(panel);
  return panel;
}

void RootsPage::connectSession() {
  FleetClient& client = session_.client;
  connect(&session_, &Session::changed, this, &RootsPage::refresh);
  connect(&client, &FleetClient::loaded, this, &RootsPage::askAgain);
  connect(&client, &FleetClient::historyChanged, this, &RootsPage::takeHistory);
  connect(&client, &FleetClient::flipped, this, &RootsPage::takeFlips);
  connect(&client, &FleetClient::racesChanged, this, &RootsPage::takeRaces);
  connect(&session_.buckets, &QAbstractItemModel::dataChanged, this, &RootsPage::refreshHeader);
  connect(table_, &Table::currentIdChanged, this, &RootsPage::select);
  connect(races_, &Table::currentIdChanged, this, &RootsPage::showRace);
  connect(timeline_, &TimelineView::raceChosen, this, [this](quint64 race) {
    for (int i = 0; i < session_.races.rowCount(); ++i)
      if (session_.races.row(i).id == race) races_->selectId(session_.races.index(i, 0).data(id_role).toString());
  });
}

void RootsPage::refresh() {
  table_->setEmptyText(session_.fleet ? tr("No bucket yet. A bucket appears here as soon as a client creates one.")
                                      : tr("Buckets appear here once a master answers."));
  table_->setStale(session_.stale());
  veil_->setVisible(session_.stale() && session_.fleet);
  table_->selectFirst();
  refreshHeader();
}

void RootsPage::refreshHeader() {
  const int row = session_.buckets.find(selected_);
  if (row < 0) {
    title_->setText(tr("No bucket selected"));
    numbers_->clear();
    return;
  }
  const api::Bucket& bucket = session_.buckets.row(row).bucket;
  title_->setText(selected_);
  QStringList parts{tr("v%1").arg(count(bucket.version.get()))};
  if (bucket.keys) parts.append(tr("%1 keys").arg(count(*bucket.keys)));
  if (bucket.bytes) parts.append(byteSize(*bucket.bytes));
  if (bucket.uploads && *bucket.uploads > 0)
    parts.append(tr("%n upload(s) in progress", nullptr, static_cast<int>(*bucket.uploads)));
  numbers_->setText(parts.join(QStringLiteral("  ·  ")));
}

void RootsPage::select(const QString& bucket) {
  if (selected_ == bucket) return;
  selected_ = bucket;
  history_.clear();
  session_.races.showOnly(bucket);
  takeRaces();
  askAgain();
  refreshHeader();
}

void RootsPage::askAgain() {
  const int row = session_.buckets.find(selected_);
  settled_ = row < 0;
  if (row < 0) return;
  const api::Bucket& bucket = session_.buckets.row(row).bucket;
  session_.client.askHistory(bucket.owner, bucket.name, bucket.version, historyRows);
  session_.client.askBucket(bucket.owner, bucket.name);
}

void RootsPage::takeHistory(const api::History& history) {
  if (BucketsModel::id(history.owner, history.bucket) != selected_) return;
  history_.addHistory(history);
  timeline_->refresh();
  settled_ = true;
}

void RootsPage::takeFlips(const QList<api::Flip>& flips) {
  for (const api::Flip& flip : flips)
    if (BucketsModel::id(flip.data.owner, flip.data.bucket) == selected_) history_.addFlip(flip.data, flip.at);
  timeline_->refresh();
}

void RootsPage::takeRaces() {
  std::vector<api::Race> mine;
  for (int i = 0; i < session_.races.rowCount(); ++i) mine.push_back(session_.races.row(i));
  history_.setRaces(mine);
  timeline_->refresh();
  if (races_->currentId().isEmpty()) races_->selectFirst();
  showRace(races_->currentId());
}

void RootsPage::showRace(const QString& id) {
  const int row = session_.races.find(id);
  const api::Race* race = row < 0 ? nullptr : &session_.races.row(row);
  card_->tell(race);
  timeline_->setChosen(race ? race->id : 0);
}

void RootsPage::saveTo(QSettings& settings) const {
  for (const Table* table : {table_, races_}) table->saveTo(settings);
  for (const QSplitter* splitter : {splitter_, racesSplitter_})
    settings.setValue(splitter->objectName(), splitter->saveState());
}

void RootsPage::restoreFrom(const QSettings& settings) {
  for (Table* table : {table_, races_}) table->restoreFrom(settings);
  for (QSplitter* splitter : {splitter_, racesSplitter_})
    splitter->restoreState(settings.value(splitter->objectName()).toByteArray());
}

}  // namespace cairn::console
