// Power cuts under the store over kubo: the journal's disk and kubo both lose what they had not synced, and kubo is
// killed in between. CAIRN_KUBO_POINTS and CAIRN_SEED change how many cuts and which.
#include <gtest/gtest.h>

#include "tests/unit/daemon/blocks/kubo_rig.h"
#include "tests/unit/daemon/blocks/power_files.h"

namespace cairn::blocks {
namespace {

using test::block;
using test::wait;

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

KuboOptions options() {
  KuboOptions out;
  out.directory = "/store";
  out.journalBytes = 512 << 10;
  out.reserveBytes = 0;
  out.patience = std::chrono::milliseconds(20);
  out.carryEvery = std::chrono::milliseconds(1);
  out.releaseEvery = std::chrono::milliseconds(1);
  return out;
}

/// One machine with its disks and its kubo, which outlive each of its runs.
class Machine {
 public:
  explicit Machine(std::uint64_t seed) : dice_(seed), env_(*files_) {}
  test::KuboModel kubo;

  /// Runs until the power goes; returns how many acknowledged blocks are lost then.
  std::uint64_t runAndCut() {
    files_->cutAfter(dice_() % 400);
    work();
    files_->powerOff();
    store_.reset();
    files_->restore(dice_);
    env_.restore(dice_);
    kubo.powerCut(dice_);
    kubo.silent = false;  // however work() ended
    const std::uint64_t lost = check();
    store_.reset();
    return lost;
  }

 private:
  bool open() {
    auto opened = kubo::open(options(), {{files_, env_.env()}, [this](net::io_context&) { return kubo.node(); }});
    if (opened) store_ = std::move(*opened);
    return static_cast<bool>(opened);
  }

  void work() {
    if (!open()) return;
    // The carrier writes nothing while there is nothing to carry, so an end is needed beside the cut.
    for (int step = 0; step < 150 && !files_->off(); ++step) {
      switch (dice_() % 10) {
        case 0:
          if (dice_() % 4 != 0) break;
          store_.reset();
          if (!open()) return;
          break;
        case 1:
          kubo.restart(dice_);
          break;
        case 2:
          kubo.silent = !kubo.silent;
          break;
        case 3:
        case 4:
          test::pause(std::chrono::milliseconds(dice_() % 6));  // lets the carrier get on
          break;
        default:
          put();
      }
    }
  }

  void put() {
    std::vector<Block> blocks;
    std::vector<Cid> cids;
    for (std::uint64_t n = 1 + dice_() % 6; n > 0; --n) {
      const std::uint64_t id = dice_() % 4 == 0 ? dice_() % (next_ + 1) : ++next_;
      blocks.push_back(block(id, id % 7 == 0 ? 20'000 + id % 999 : id * 37 % 3000));
      cids.push_back(blocks.back().cid);
    }
    if (wait(store_->putDurably(std::move(blocks)))) acknowledged_.insert(cids.begin(), cids.end());
  }

  std::uint64_t check() {
    EXPECT_TRUE(open());
    std::uint64_t lost = 0;
    for (const Cid& cid : acknowledged_) {
      auto got = wait(store_->get(cid));
      if (got && cid.verifies(got->view())) continue;
      if (lost++ == 0) std::printf("%s\n", got ? "wrong bytes" : got.error().message.c_str());
    }
    return lost;
  }

  std::mt19937_64 dice_;
  std::shared_ptr<test::PowerFiles> files_ = std::make_shared<test::PowerFiles>();
  test::PowerEnv env_;
  std::unique_ptr<KuboStore> store_;
  std::uint64_t next_ = 0;
  std::set<Cid> acknowledged_;
};

/// Acknowledged blocks that `points` cuts lost; stops at the first. `gets` counts what was read from kubo.
std::uint64_t cut(std::uint64_t points, std::uint64_t seed, const std::function<void(test::KuboModel&)>& plant,
                  std::uint64_t& gets) {
  constexpr std::uint64_t cutsPerMachine = 5;
  std::uint64_t lost = 0;
  for (std::uint64_t done = 0, machine = 0; done < points && lost == 0; ++machine) {
    SCOPED_TRACE("to repeat: CAIRN_SEED=" + std::to_string(seed + machine));
    testing::internal::CaptureStderr();  // every cut poisons a journal, which says so
    Machine subject(seed + machine);
    plant(subject.kubo);
    for (std::uint64_t i = 0; i < cutsPerMachine && lost == 0; ++i, ++done) lost = subject.runAndCut();
    gets += static_cast<std::uint64_t>(subject.kubo.gets);
    testing::internal::GetCapturedStderr();
    if (lost > 0)
      std::printf("%llu lost with seed %llu\n", static_cast<unsigned long long>(lost),
                  static_cast<unsigned long long>(seed + machine));
  }
  return lost;
}

std::uint64_t seed() {
  return number("CAIRN_SEED", std::random_device{}());
}

TEST(KuboPowerCut, KeepsAllThatWasAcknowledged) {
  std::uint64_t gets = 0;
  EXPECT_EQ(cut(number("CAIRN_KUBO_POINTS", 40), seed(), [](test::KuboModel&) {}, gets), 0U);
  EXPECT_GT(gets, 0U) << "the journal never let go of anything";
}

TEST(KuboPowerCut, SeesALossWhereTheJournalGoesBeforeKuboHasSynced) {
  std::uint64_t gets = 0;
  EXPECT_GT(cut(2000, seed(), [](test::KuboModel& kubo) { kubo.syncsNothing = true; }, gets), 0U);
}

TEST(KuboPowerCut, SeesALossWhereARestartOfKuboGoesUnnoticed) {
  std::uint64_t gets = 0;
  EXPECT_GT(cut(2000, seed(), [](test::KuboModel& kubo) { kubo.hidesRestarts = true; }, gets), 0U);
}

}  // namespace
}  // namespace cairn::blocks
