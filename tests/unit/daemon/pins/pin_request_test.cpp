// Bodies and queries, with every example of the specification's OpenAPI document.
#include "daemon/pins/pin_request.h"

#include <gtest/gtest.h>

#include "common/base/json.h"
#include "daemon/pins/times.h"

namespace cairn::pins {
namespace {

constexpr const char* kV0 = "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR";
constexpr const char* kV1 = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

registry::PinRow pin(const std::string& more) {
  auto row = parsePin("{\"cid\":\"" + std::string(kV1) + "\"" + more + "}");
  EXPECT_TRUE(row) << row.error().details;
  return row ? *row : registry::PinRow();
}

registry::PinFilter filter(const std::string& query) {
  auto out = parseFilter(query);
  EXPECT_TRUE(out) << out.error().details;
  return out ? *out : registry::PinFilter();
}

TEST(PinRequest, ReadsAllThatAPinHas) {
  const auto row =
      pin(R"(,"name":"PreciousData.pdf","origins":["/p2p/QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR"],)"
          R"("meta":{"app_id":"99986338-1113-4706-8302-4420da6158aa"},"unknown":[1])");
  EXPECT_EQ(row.cid, kV1);
  EXPECT_EQ(row.root.str(), kV1);
  EXPECT_EQ(row.name, "PreciousData.pdf");
  EXPECT_EQ(row.foldedName, "preciousdata.pdf");
  EXPECT_EQ(row.origins.size(), 1);
  EXPECT_EQ(row.meta.at("app_id"), "99986338-1113-4706-8302-4420da6158aa");
  EXPECT_EQ(pin(R"(,"name":null,"origins":null,"meta":null)").name, "");
  EXPECT_EQ(pin(R"(,"origins":["/dns/a/tcp/1/http","/dns/a/tcp/1/http"])").origins.size(), 1);
}

TEST(PinRequest, ReadsCidsInTheirSpellings) {
  const auto zero = parsePin("{\"cid\":\"" + std::string(kV0) + "\"}");
  ASSERT_TRUE(zero);
  EXPECT_EQ(zero->cid, kV0);
  EXPECT_EQ(zero->root.codec(), Codec::dag_pb);
  const auto hex = parsePin("{\"cid\":\"f" + toHex(zero->root.bytes()) + "\"}");
  ASSERT_TRUE(hex);
  EXPECT_EQ(hex->root, zero->root);
}

TEST(PinRequest, CountsCharactersNotBytes) {
  std::string name;
  for (int i = 0; i < 255; ++i) name += "\u00fc";
  EXPECT_EQ(pin(",\"name\":" + quoteJson(name)).name, name);
  EXPECT_FALSE(parsePin("{\"cid\":\"" + std::string(kV1) + "\",\"name\":" + quoteJson(name + "x") + "}"));
}

TEST(PinFilter, ReadsTheSpecificationsExamples) {
  const auto all = filter(std::string("cid=") + kV0 + "&cid=" + kV1 +
                          "&name=PreciousData.pdf&match=ipartial&status=queued&status=pinning&limit=1000"
                          "&before=2020-07-27T17:32:28Z&after=2020-07-27T17:32:28Z&meta=%7B%22foo%22%3A%22bar%22%7D");
  EXPECT_EQ(all.roots.size(), 2);
  EXPECT_EQ(all.name, "preciousdata.pdf");
  EXPECT_TRUE(all.ignoreCase && all.partial);
  EXPECT_EQ(all.states, (std::vector{registry::PinState::queued, registry::PinState::pinning}));
  EXPECT_EQ(all.limit, 1000);
  EXPECT_EQ(all.before, Timestamp(1595871148000));
  EXPECT_EQ(all.after, Timestamp(1595871148000));
  EXPECT_EQ(all.meta, (registry::PinMeta{{"foo", "bar"}}));
}

TEST(PinFilter, ShowsWhatIsPinnedUnlessAskedOtherwise) {
  EXPECT_EQ(filter("").states, std::vector{registry::PinState::pinned});
  EXPECT_EQ(filter("limit=5&before=2020-07-27T17:32:28Z").states, std::vector{registry::PinState::pinned});
  EXPECT_TRUE(filter("name=x").states.empty());
  EXPECT_EQ(filter("name=x&status=failed").states, std::vector{registry::PinState::failed});
  EXPECT_EQ(filter("status=queued,failed").states.size(), 2);
  EXPECT_EQ(filter("").limit, 10);
}

TEST(Times, AreReadInEveryZoneAndToAnyDigit) {
  const std::pair<const char*, std::int64_t> rows[] = {{"1970-01-01T00:00:00Z", 0},
                                                       {"2020-07-27T17:32:28.123Z", 1595871148123},
                                                       {"2020-07-27T19:32:28.1+02:00", 1595871148100},
                                                       {"2020-07-27t12:02:28-05:30", 1595871148000},
                                                       {"2020-02-29T00:00:00z", 1582934400000}};
  for (const auto& [text, milliseconds] : rows) {
    const auto time = parseTime(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(time->time.get(), milliseconds) << text;
    EXPECT_FALSE(time->rounded);
  }
  EXPECT_TRUE(parseTime("2020-07-27T17:32:28.1234Z")->rounded);
  EXPECT_EQ(filter("before=2020-07-27T17:32:28.1234Z").before, Timestamp(1595871148124));
  EXPECT_EQ(filter("after=2020-07-27T17:32:28.1234Z").after, Timestamp(1595871148123));
  for (const char* text :
       {"", "2020", "2020-07-27", "2020-07-27T17:32:28", "2021-02-29T00:00:00Z", "2020-07-27T24:00:00Z",
        "2020-07-27T17:32:28.Z", "2020-07-27T17:32:28+2:00", "x020-07-27T17:32:28Z"})
    EXPECT_FALSE(parseTime(text)) << text;
  EXPECT_EQ(timeText(Timestamp(1595871148007)), "2020-07-27T17:32:28.007Z");
}

TEST(PinJson, HasTheSpecificationsForm) {
  auto row = pin(R"(,"name":"n \"q\"","meta":{"a":"b"})");
  row.id = "UniqueIdOfPinRequest";
  row.createdAt = Timestamp(1595871148000);
  row.details = "Queue position: 7 of 9";
  const auto json = readJson(resultsJson({1, {row}}, {"/dnsaddr/pin-service.example.com"}));
  ASSERT_TRUE(json);
  EXPECT_EQ(json->find("count")->number, 1);
  const Json& status = json->find("results")->items.at(0);
  EXPECT_EQ(status.find("requestid")->text, "UniqueIdOfPinRequest");
  EXPECT_EQ(status.find("status")->text, "queued");
  EXPECT_EQ(status.find("created")->text, "2020-07-27T17:32:28.000Z");
  EXPECT_EQ(status.find("delegates")->items.at(0).text, "/dnsaddr/pin-service.example.com");
  EXPECT_EQ(status.find("info")->find("status_details")->text, "Queue position: 7 of 9");
  EXPECT_EQ(status.find("pin")->find("name")->text, "n \"q\"");
  EXPECT_EQ(status.find("pin")->find("origins"), nullptr);
  const auto failure = readJson(failureJson({404, "NOT_FOUND", "The specified resource was not found"}));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->find("error")->find("reason")->text, "NOT_FOUND");
}

}  // namespace
}  // namespace cairn::pins
