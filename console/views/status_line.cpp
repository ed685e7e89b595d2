#include "console/views/status_line.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>

#include "console/models/format.h"
#include "console/theme/icons.h"

namespace cairn::console {
namespace {

QString modeText(const std::string& mode) {
  if (mode == "manual") return StatusLine::tr("manual");
  if (mode == "approve") return StatusLine::tr("approve");
  if (mode == "auto") return StatusLine::tr("auto");
  return toText(mode);
}

}  // namespace

StatusLine::StatusLine(Session& session, QWidget* parent)
    : QWidget(parent),
      session_(session),
      sign_(new QLabel(this)),
      word_(new QLabel(this)),
      name_(new QLabel(this)),
      numbers_(new ElidedLabel(this)),
      proof_(new QLabel(this)),
      proofSign_(new QLabel(this)) {
  setObjectName(QStringLiteral("statusLine"));
  word_->setObjectName(QStringLiteral("fleetWord"));
  name_->setObjectName(QStringLiteral("fleetName"));
  numbers_->setObjectName(QStringLiteral("fleetNumbers"));
  proof_->setObjectName(QStringLiteral("fleetProof"));
  word_->setFont(textFont(TextSize::title, true));
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(2 * grid, 0, 2 * grid, 0);
  layout->setSpacing(grid);
  for (QLabel* label : {sign_, word_}) layout->addWidget(label);
  layout->addSpacing(grid);
  layout->addWidget(name_);
  layout->addSpacing(grid);
  layout->addWidget(numbers_, 1);
  layout->addSpacing(grid);
  layout->addWidget(proof_);
  layout->addWidget(proofSign_);
  setFixedHeight(6 * grid);
  connect(&session_, &Session::changed, this, &StatusLine::refresh);
  refresh();
}

void StatusLine::paintSign(QLabel* label, State state) {
  label->setPixmap(iconPixmap(stateIconName(state), stateColor(state, palette()), 20, devicePixelRatioF()));
}

void StatusLine::refresh() {
  const Verdict verdict = session_.verdict();
  paintSign(sign_, verdict.state);
  word_->setText(verdict.word);
  QPalette muted = palette();
  muted.setColor(QPalette::WindowText, mutedText(palette()));
  for (QLabel* label : std::initializer_list<QLabel*>{numbers_, proof_}) label->setPalette(muted);
  refreshProof();
  if (!session_.fleet) {
    name_->clear();
    numbers_->clear();
    return;
  }
  const api::Fleet& fleet = *session_.fleet;
  const QString id = toText(fleet.id);
  name_->setText(tr("fleet %1").arg(middleElided(id, 8, 0).remove(QChar(0x2026))));
  name_->setToolTip(tr("Fleet %1, told by %2").arg(id, toText(fleet.servedBy.get())));
  QStringList parts{modeText(fleet.mode), tr("%n master(s)", nullptr, static_cast<int>(fleet.masters)),
                    tr("%n node(s)", nullptr, static_cast<int>(fleet.storageNodes)),
                    tr("%n bucket(s)", nullptr, static_cast<int>(fleet.buckets))};
  if (!fleet.requireCas) parts.append(tr("CAS not required"));
  numbers_->setText(parts.join(QStringLiteral("  ·  ")));
  numbers_->setToolTip(tr("Failover mode, masters, storage nodes, buckets: %1").arg(numbers_->text()));
}

void StatusLine::refreshProof() {
  proofSign_->setVisible(session_.chain.has_value());
  if (!session_.chain) return proof_->clear();
  const api::ChainStatus& chain = *session_.chain;
  if (!chain.unbroken && chain.firstBroken) {
    proof_->setText(tr("chain broken at %1 v%2")
                        .arg(BucketsModel::id(chain.firstBroken->owner, chain.firstBroken->bucket),
                             count(chain.firstBroken->version.get())));
    proof_->setToolTip(toText(chain.firstBroken->reason));
    return paintSign(proofSign_, State::error);
  }
  const QString rows = count(chain.checked);
  proof_->setText(chain.complete ? tr("%1 flips, chain unbroken").arg(rows) : tr("%1 flips checked so far").arg(rows));
  proof_->setToolTip(chain.receiptsChecked
                         ? tr("Every kept history row follows from the one before, and its receipt is signed.")
                         : tr("Every kept history row follows from the one before. Receipts are not "
                              "checked here: cairnd verify-history does that."));
  // What nobody can say at the moment is not all right, only the last thing known.
  paintSign(proofSign_, session_.stale() ? State::none : chain.complete ? State::ok : State::info);
}

void StatusLine::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), palette().color(QPalette::Base));
  painter.fillRect(QRect(0, height() - 1, width(), 1), hairline(palette()));
}

void StatusLine::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::ApplicationPaletteChange) refresh();
}

}  // namespace cairn::console
