#include "console/views/race_card.h"

#include <QEvent>
#include <QVBoxLayout>

#include "console/models/format.h"

namespace cairn::console {
namespace {

QString keysText(const api::Race& race) {
  QStringList names;
  for (const std::string& key : race.keys) names.append(toText(key).toHtmlEscaped());
  constexpr qsizetype shown = 5;
  const auto more = static_cast<qsizetype>(race.keyCount) - std::min(shown, names.size());
  QString text = names.mid(0, shown).join(QStringLiteral(", "));
  if (more > 0) text += RaceCard::tr(" and %n more", nullptr, static_cast<int>(more));
  return text;
}

QString outcomeSentence(const api::Race& race) {
  const QString took = duration(race.tookMicros), tries = count(race.attempts);
  if (race.outcome == "rebased")
    return RaceCard::tr("Rebased in %1, attempt %2, committed as v%3.")
        .arg(took, tries, count(race.committedVersion.get()));
  if (race.outcome == "gave up")
    return RaceCard::tr("Gave up after %1 attempts and %2; the client was told to try again.").arg(tries, took);
  if (race.outcome == "refused")
    return RaceCard::tr("Refused after %1: a condition of the write did not hold on the winner.").arg(took);
  return RaceCard::tr("The outcome is unknown: the registry could not say whether the flip happened.");
}

}  // namespace

RaceCard::RaceCard(const Hues& hues, QWidget* parent)
    : QWidget(parent),
      hues_(hues),
      title_(new QLabel(this)),
      text_(new QLabel(this)),
      outcome_(new QLabel(this)),
      roots_(new Facts(this)) {
  setObjectName(QStringLiteral("raceCard"));
  title_->setObjectName(QStringLiteral("raceTitle"));
  title_->setFont(textFont(TextSize::body, true));
  title_->setWordWrap(true);
  text_->setObjectName(QStringLiteral("raceText"));
  text_->setWordWrap(true);
  text_->setTextFormat(Qt::RichText);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  outcome_->setObjectName(QStringLiteral("raceOutcome"));
  outcome_->setWordWrap(true);
  outcome_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(2 * grid, grid, 2 * grid, grid);
  layout->setSpacing(grid);
  layout->addWidget(title_);
  layout->addWidget(text_);
  layout->addWidget(outcome_);
  layout->addWidget(roots_);
  layout->addStretch();
  tell(nullptr);
}

void RaceCard::tell(const api::Race* race) {
  race_ = race ? std::optional(*race) : std::nullopt;
  write();
}

QString RaceCard::side(const QString& word, const std::string& master, const QString& rest) const {
  return QStringLiteral("<tr><td style='padding-right:12px'>%1</td><td><b style='color:%2'>%3</b>&nbsp; %4</td></tr>")
      .arg(word, hues_.of(toText(master), palette()).name(), toText(master).toHtmlEscaped(), rest);
}

void RaceCard::write() {
  roots_->setVisible(race_.has_value());
  outcome_->setVisible(race_.has_value());
  if (!race_) {
    title_->setText(tr("No race chosen"));
    text_->setText(
        tr("When two masters write this bucket at once, one flip wins and the other is replayed on it. Each "
           "such race is listed here; choose one to see both sides."));
    return;
  }
  const api::Race& race = *race_;
  title_->setText(tr("Race at %1 on base v%2").arg(timeOfDay(race.at), count(race.baseVersion.get())));
  title_->setToolTip(instant(race.at));
  const QString keys = tr("+%n key(s): ", nullptr, static_cast<int>(race.keyCount)) + keysText(race);
  text_->setText(QStringLiteral("<table>%1%2</table>")
                     .arg(side(tr("winner"), race.winner.get(), tr("v%1").arg(count(race.winnerVersion.get()))),
                          side(tr("loser"), race.loser.get(), keys)));
  outcome_->setText(outcomeSentence(race));
  QList<Fact> facts;
  const auto add = [&facts](const QString& name, const std::optional<std::string>& root) {
    if (root) facts.append({name, toText(*root), true, {}});
  };
  add(tr("base root"), race.baseRoot);
  add(tr("winner's root"), race.winnerRoot);
  add(tr("loser's root"), race.loserRoot);
  if (race.keepUntil.get() > 0) facts.append({tr("kept until"), instant(race.keepUntil), false, {}});
  roots_->set(facts);
}

void RaceCard::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) write();
}

}  // namespace cairn::console
