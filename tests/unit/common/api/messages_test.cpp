#include "common/api/messages.h"

#include <gtest/gtest.h>

#include <limits>

namespace cairn::api {
namespace {

Race race() {
  Race r;
  r.id = 7;
  r.owner = OwnerId("alice");
  r.bucket = BucketName("photos");
  r.loser = MasterId("m2");
  r.winner = MasterId("m1");
  r.baseVersion = Version(88201);
  r.winnerVersion = Version(88202);
  r.baseRoot = "bafybase";
  r.keys = {"img/7.jpg", "quote\"back\\slash", "umlaut ü"};
  r.keyCount = 9;
  r.attempts = 2;
  r.outcome = "rebased";
  r.committedVersion = Version(88203);
  r.tookMicros = 18000;
  r.at = Timestamp(1700000000123);
  return r;
}

template <class T>
void expectRoundTrip(const T& message) {
  auto back = fromJson<T>(toJson(message));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, message);
}

template <class T, class... Setters>
T with(Setters... set) {
  T message;
  (set(message), ...);
  return message;
}

TEST(Messages, EachSurvivesTheWayToJsonAndBack) {
  expectRoundTrip(with<Fleet>([](auto& f) { f.id = "f", f.requireCas = true, f.mode = "manual", f.masters = 2; }));
  auto master =
      with<Master>([](auto& m) { m.id = MasterId("m1"), m.readyToRead = true, m.reasons = {"disk is slow"}; });
  expectRoundTrip(Masters{{master, Master{}}});
  auto bucket = with<Bucket>([](auto& b) { b.name = BucketName("b"), b.root = "bafy", b.keys = 3; });
  expectRoundTrip(Buckets{{bucket}, "a/b"});
  auto row = with<HistoryRow>([](auto& h) { h.version = Version(3), h.commit = "00ff", h.holders = {MasterId("s1")}; });
  expectRoundTrip(History{OwnerId("a"), BucketName("b"), {row}, Version(4)});
  expectRoundTrip(Races{{race()}});
  expectRoundTrip(Event{12, "flip", Timestamp(5), R"({"bucket":"b"})"});
  expectRoundTrip(FlipData{OwnerId("a"), BucketName("b"), Version(3), std::nullopt, std::nullopt});
  BrokenLink broken{OwnerId("a"), BucketName("b"), Version(2), "x"};
  expectRoundTrip(with<ChainStatus>([&](auto& c) { c.unbroken = false, c.firstBroken = broken; }));
  expectRoundTrip(Health{"ok", MasterId("m1"), "0.1.0", 12});
  expectRoundTrip(Challenge{"f1ee7", "0x00", 1800000000});
  expectRoundTrip(Readiness{true, "write", {}});
  expectRoundTrip(Problem{"not_found", "no such bucket"});
}

TEST(Messages, WholeNumbersKeepEveryDigit) {
  Fleet fleet;
  fleet.flips = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  expectRoundTrip(fleet);
}

TEST(Messages, UnknownFieldsAreIgnored) {
  auto p = fromJson<Readiness>(R"({"ready":true,"asked":"read","reasons":[],"later":{"x":1}})");
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->ready);
}

TEST(Messages, AbsentAndNullOptionalsAreEmpty) {
  auto f = fromJson<FlipData>(R"({"owner":"a","bucket":"b","version":3,"root":null,"master":"m1"})");
  ASSERT_TRUE(f);
  EXPECT_FALSE(f->root);
}

template <class T>
std::string errorOf(std::string_view json) {
  auto r = fromJson<T>(json);
  return r ? std::string("accepted") : r.error().message;
}

TEST(Messages, ErrorsNameTheField) {
  EXPECT_EQ(errorOf<Readiness>(R"({"asked":"read","reasons":[]})"), "field ready is missing");
  EXPECT_EQ(errorOf<Readiness>(R"({"ready":1,"asked":"read","reasons":[]})"), "field ready is not true or false");
  EXPECT_EQ(errorOf<Readiness>(R"({"ready":true,"asked":"read","reasons":["a",2]})"),
            "field reasons[1] is not a string");
  EXPECT_EQ(errorOf<Masters>(R"({"masters":[{"id":"m1"}]})"), "field masters[0].epoch is missing");
  EXPECT_EQ(errorOf<Masters>(R"({"masters":[{"id":"m1","epoch":-1}]})"),
            "field masters[0].epoch is not a number of 0 or more");
  EXPECT_EQ(errorOf<Masters>(R"({"masters":[{"id":"m1","epoch":1.5}]})"),
            "field masters[0].epoch is not a whole number");
  EXPECT_EQ(errorOf<Masters>(R"({"masters":[{"id":"m1","epoch":1e30}]})"),
            "field masters[0].epoch is not a whole number");
  EXPECT_EQ(errorOf<Masters>(R"({"masters":{}})"), "field masters is not a list");
  EXPECT_EQ(errorOf<Event>(R"({"sequence":1,"kind":"flip","at":1,"data":"x"})"), "field data is not an object");
  EXPECT_EQ(errorOf<Problem>(R"({"error":{"code":"x"}})"), "field error.message is missing");
}

TEST(Messages, WhatIsNotAJsonObjectIsRefused) {
  for (std::string_view bad : {"", "[]", "null", "<html>", "{\"id\":", "{}{}"}) {
    auto r = fromJson<Fleet>(bad);
    ASSERT_FALSE(r) << bad;
    EXPECT_EQ(r.error().code, Errc::invalid);
  }
  EXPECT_FALSE(fromJson<Fleet>(std::string(100000, '[')));  // nesting deeper than the parser allows
}

}  // namespace
}  // namespace cairn::api
