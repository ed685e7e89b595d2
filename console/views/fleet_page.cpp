#include "console/views/fleet_page.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QScrollArea>

#include "console/models/format.h"
#include "console/theme/icons.h"

namespace cairn::console {

FleetPage::FleetPage(Session& session, QWidget* parent)
    : QWidget(parent),
      session_(session),
      table_(new Table(session.masters, session.hues, this)),
      splitter_(new QSplitter(Qt::Horizontal, this)) {
  setObjectName(QStringLiteral("fleetPage"));
  table_->setObjectName(QStringLiteral("mastersTable"));
  splitter_->setObjectName(QStringLiteral("fleetSplitter"));
  splitter_->setChildrenCollapsible(false);
  splitter_->setHandleWidth(1);
  splitter_->addWidget(table_);
  splitter_->addWidget(makeDetails());
  splitter_->setStretchFactor(0, 1);
  splitter_->setSizes({560, 300});
  using M = MastersModel;
  table_->fitColumns({88, 112, 120, 96, 64, 56, 192, 72}, M::name_column,
                     {M::version_column, M::epoch_column, M::s3_column, M::cas_column});
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(splitter_);
  connect(&session_, &Session::changed, this, &FleetPage::refresh);
  connect(table_, &Table::currentIdChanged, this, &FleetPage::refresh);
  refresh();
}

QWidget* FleetPage::makeDetails() {
  auto* panel = new QWidget;
  panel->setMinimumWidth(30 * grid);
  title_ = new QLabel(panel);
  title_->setObjectName(QStringLiteral("nodeTitle"));
  title_->setFont(textFont(TextSize::title, true));
  sign_ = new QLabel(panel);
  word_ = new QLabel(panel);
  word_->setObjectName(QStringLiteral("nodeWord"));
  reasons_ = new QLabel(panel);
  reasons_->setObjectName(QStringLiteral("nodeReasons"));
  reasons_->setWordWrap(true);
  reasons_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  facts_ = new Facts(panel);
  auto* state = new QHBoxLayout;
  state->setSpacing(grid);
  state->addWidget(sign_);
  state->addWidget(word_, 1);
  auto* layout = new QVBoxLayout(panel);
  layout->setContentsMargins(2 * grid, 2 * grid, 2 * grid, 2 * grid);
  layout->setSpacing(grid);
  layout->addWidget(title_);
  layout->addLayout(state);
  layout->addWidget(reasons_);
  layout->addSpacing(grid);
  layout->addWidget(facts_);
  layout->addStretch();
  veil_ = new Veil(panel);
  return panel;
}

void FleetPage::refresh() {
  table_->setEmptyText(session_.fleet ? tr("No master has registered with this fleet.")
                                      : tr("Masters and storage nodes appear here once a master answers."));
  table_->setStale(session_.stale());
  veil_->setVisible(session_.stale() && session_.fleet);
  table_->selectFirst();
  const int row = session_.masters.find(table_->currentId());
  if (row >= 0) return showNode(session_.masters.row(row));
  title_->setText(tr("No node selected"));
  sign_->clear();
  word_->clear();
  reasons_->hide();
  facts_->set({});
}

void FleetPage::showNode(const api::Master& m) {
  const Verdict verdict = judge(m);
  title_->setText(toText(m.id.get()));
  sign_->setPixmap(
      iconPixmap(stateIconName(verdict.state), stateColor(verdict.state, palette()), 20, devicePixelRatioF()));
  word_->setText(verdict.word);
  QStringList reasons;
  for (const std::string& reason : m.reasons) reasons.append(toText(reason));
  reasons_->setText(reasons.join(QLatin1Char('\n')));
  reasons_->setVisible(!reasons.isEmpty());
  const auto readiness = [](const std::optional<bool>& ready) {
    return !ready ? tr("only it can say") : *ready ? tr("ready") : tr("not ready");
  };
  const bool storage = m.profile == "storage";
  QList<Fact> facts{{tr("role"), storage ? tr("storage node") : tr("master"), false, {}},
                    {tr("heartbeat"), age(m.heartbeatAgeMs), false, instant(m.heartbeatAt)},
                    {tr("registered"), age(QDateTime::currentMSecsSinceEpoch() - m.registeredAt.get()), false,
                     instant(m.registeredAt)},
                    {tr("epoch"), count(m.epoch.get()), false, {}},
                    {tr("program"), toText(m.version), false, {}}};
  if (!storage) {
    facts.append({tr("CAS"), m.cas ? tr("on") : tr("off"), false, {}});
    facts.append({tr("reads"), readiness(m.readyToRead), false, {}});
    facts.append({tr("writes"), readiness(m.readyToWrite), false, {}});
    facts.append({tr("S3"), toText(m.s3Address), true, {}});
    facts.append({tr("API"), toText(m.apiAddress), true, {}});
  }
  facts.append({tr("blocks"), toText(m.blocksAddress), true, {}});
  facts_->set(facts);
}

void FleetPage::saveTo(QSettings& settings) const {
  table_->saveTo(settings);
  settings.setValue(splitter_->objectName(), splitter_->saveState());
}

void FleetPage::restoreFrom(const QSettings& settings) {
  table_->restoreFrom(settings);
  splitter_->restoreState(settings.value(splitter_->objectName()).toByteArray());
}

}  // namespace cairn::console
