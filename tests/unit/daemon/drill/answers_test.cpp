// What the drill reads from masters: listings and counters.
#include <gtest/gtest.h>

#include "daemon/drill/counters.h"
#include "daemon/drill/s3_client.h"

namespace cairn::drill {
namespace {

TEST(Counters, AreAddedUpByName) {
  const auto c = parseCounters(
      "# HELP cairn_flips_total Root pointers advanced by this master\n# TYPE cairn_flips_total counter\n"
      "cairn_flips_total 12\ncairn_races_lost_total{bucket=\"a b\"} 3\ncairn_races_lost_total{bucket=\"c\"} 4\n"
      "cairn_rebases_total 1e3\ncairn_rebases_totality 9\ncairn_flips_total\n\nnonsense");
  EXPECT_EQ(c.flips, 12U);
  EXPECT_EQ(c.lostRaces, 7U);
  EXPECT_EQ(c.rebases, 1000U);
}

TEST(Counters, OfARestartedMasterCountFromItsStart) {
  const Counters grew = since({"a", 10, 5, 1}, {"a", 15, 2, 1});
  EXPECT_EQ(grew.flips, 5U);
  EXPECT_EQ(grew.lostRaces, 2U);
  EXPECT_EQ(grew.rebases, 0U);
}

TEST(Listing, IsReadAndRefused) {
  const auto page = parseListing(asBytes(
      R"(<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>)"
      R"(<Contents><Key>a/1</Key><ETag>&quot;e1&quot;</ETag></Contents><Contents><Key>a/2</Key><ETag>"e2"</ETag></Contents>)"
      R"(<NextContinuationToken>t=</NextContinuationToken></ListBucketResult>)"));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 2U);
  EXPECT_EQ(page->items[0].etag, "e1");
  EXPECT_EQ(page->items[1].key, "a/2");
  EXPECT_EQ(page->next, "t=");
  EXPECT_FALSE(parseListing(asBytes("")));
  EXPECT_FALSE(parseListing(asBytes("<html/>")));
  EXPECT_FALSE(parseListing(asBytes("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>")));
}

}  // namespace
}  // namespace cairn::drill
