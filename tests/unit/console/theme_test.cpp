#include "console/theme/theme.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QImage>

#include "console/theme/icons.h"

namespace cairn::console {
namespace {

class Themes : public ::testing::TestWithParam<ThemeChoice> {
 protected:
  void SetUp() override { applyTheme(*qApp, GetParam()); }
  QPalette palette() const { return QApplication::palette(); }
  void expectReadable(const QColor& color, const std::string& what) const {
    for (auto role : {QPalette::Window, QPalette::Base})
      EXPECT_GE(contrast(color, palette().color(role)), 4.5) << what << " on role " << role;
  }
};

TEST_P(Themes, StateColoursPassWcagAa) {
  for (State state : {State::none, State::ok, State::info, State::warning, State::error})
    expectReadable(stateColor(state, palette()), "state " + std::to_string(static_cast<int>(state)));
  expectReadable(mutedText(palette()), "muted text");
  expectReadable(palette().color(QPalette::PlaceholderText), "placeholder");
}

TEST_P(Themes, MastersHuesPassWcagAaAndDiffer) {
  for (int i = 0; i < Hues::distinct; ++i) {
    expectReadable(Hues::at(i, palette()), "hue " + std::to_string(i));
    for (int j = 0; j < i; ++j) EXPECT_NE(Hues::at(i, palette()), Hues::at(j, palette()));
  }
}

TEST_P(Themes, IconsAreDrawnInTheColourAsked) {
  const QImage image = iconPixmap(QStringLiteral("roots"), QColor(0x123456), 48, 1).toImage();
  bool found = false;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) found = found || image.pixelColor(x, y) == QColor(0x123456);
  EXPECT_TRUE(found);
}

INSTANTIATE_TEST_SUITE_P(Both, Themes, ::testing::Values(ThemeChoice::light, ThemeChoice::dark));

TEST(Hues, AMasterKeepsItsHueWhenOthersCome) {
  Hues hues;
  hues.learn({QStringLiteral("m2"), QStringLiteral("m3")});
  const QPalette palette = QApplication::palette();
  const QColor before = hues.of(QStringLiteral("m2"), palette);
  hues.learn({QStringLiteral("m1"), QStringLiteral("m2")});
  EXPECT_EQ(hues.of(QStringLiteral("m2"), palette), before);
  EXPECT_NE(hues.of(QStringLiteral("m1"), palette), before);
}

}  // namespace
}  // namespace cairn::console
