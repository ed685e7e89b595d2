#include "console/views/command_palette.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QVBoxLayout>
#include <algorithm>

#include "console/theme/theme.h"

namespace cairn::console {

CommandPalette::CommandPalette(QWidget* parent)
    : QDialog(parent, Qt::Popup), input_(new QLineEdit(this)), list_(new QListWidget(this)) {
  setObjectName(QStringLiteral("commandPalette"));
  input_->setObjectName(QStringLiteral("commandInput"));
  input_->setPlaceholderText(tr("Type an action"));
  input_->setMinimumHeight(4 * grid);
  input_->installEventFilter(this);
  list_->setObjectName(QStringLiteral("commandList"));
  list_->setFrameShape(QFrame::NoFrame);
  list_->setFocusPolicy(Qt::NoFocus);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(grid, grid, grid, grid);
  layout->addWidget(input_);
  layout->addWidget(list_);
  resize(60 * grid, 40 * grid);
  connect(input_, &QLineEdit::textChanged, this, &CommandPalette::filter);
  connect(input_, &QLineEdit::returnPressed, this, &CommandPalette::run);
  connect(list_, &QListWidget::itemClicked, this, &CommandPalette::run);
}

void CommandPalette::offer(const QList<QAction*>& actions) {
  actions_.clear();
  std::copy_if(actions.begin(), actions.end(), std::back_inserter(actions_), [](QAction* a) { return a->isEnabled(); });
  input_->clear();
  filter({});
  const QWidget* window = parentWidget();
  move(window->mapToGlobal(QPoint((window->width() - width()) / 2, window->height() / 8)));
  show();
  input_->setFocus();
}

void CommandPalette::filter(const QString& text) {
  const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  list_->clear();
  for (qsizetype i = 0; i < actions_.size(); ++i) {
    const QString name = actions_[i]->text();
    if (!std::all_of(words.begin(), words.end(),
                     [&name](const QString& w) { return name.contains(w, Qt::CaseInsensitive); }))
      continue;
    const QString keys = actions_[i]->shortcut().toString(QKeySequence::NativeText);
    auto* item = new QListWidgetItem(keys.isEmpty() ? name : tr("%1    %2").arg(name, keys), list_);
    item->setData(Qt::UserRole, static_cast<int>(i));
    item->setSizeHint({0, 4 * grid});
  }
  list_->setCurrentRow(0);
}

void CommandPalette::run() {
  const QListWidgetItem* item = list_->currentItem();
  if (!item) return;
  QAction* action = actions_[item->data(Qt::UserRole).toInt()];
  close();
  action->trigger();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Up || key == Qt::Key_Down) {
      const int step = key == Qt::Key_Up ? -1 : 1;
      list_->setCurrentRow(std::clamp(list_->currentRow() + step, 0, std::max(0, list_->count() - 1)));
      return true;
    }
  }
  return QDialog::eventFilter(watched, event);
}

}  // namespace cairn::console
