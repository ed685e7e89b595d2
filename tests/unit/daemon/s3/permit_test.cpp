// Every operation against every kind of scope: a table of what each needs.
#include "daemon/s3/permit.h"

#include <gtest/gtest.h>

#include "daemon/s3/parse.h"

namespace cairn::s3 {
namespace {

using identity::Operations;
using identity::Scope;
using Fields = std::vector<std::pair<std::string, std::string>>;

Operation parsed(const std::string& method, const std::string& target, const Fields& headers = {}) {
  http::Request request;
  request.method = method;
  request.setTarget(target);
  request.contentLength = 0;
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  auto operation = parseOperation(request, *parseSubject(request, {}), Timestamp(1'800'000'000'000));
  EXPECT_TRUE(operation) << method << " " << target << " " << (operation ? "" : operation.error().message);
  return *operation;
}

auth::Caller callerWith(std::vector<identity::ScopeEntry> entries) {
  auth::Caller caller;
  caller.anonymous = false;
  caller.scope = std::make_shared<Scope>(*Scope::make(std::move(entries)));
  return caller;
}

struct Row {
  std::string method, target, needs;  ///< operations on "in/" of bucket "bkt", or why none will do
  Fields headers{};
};

const std::vector<Row> kRows = {
    {"GET", "/bkt/in/k", "read"},
    {"HEAD", "/bkt/in/k", "read"},
    {"GET", "/bkt/in/k?attributes", "read", {{"x-amz-object-attributes", "ETag"}}},
    {"GET", "/bkt/in/k?tagging", "read"},
    {"GET", "/bkt/in/k?acl", "read"},
    {"PUT", "/bkt/in/k", "write"},
    {"PUT", "/bkt/in/k?tagging", "write"},
    {"DELETE", "/bkt/in/k?tagging", "write"},
    {"POST", "/bkt/in/k?uploads", "write"},
    {"PUT", "/bkt/in/k?uploadId=0123456789abcdef0123456789abcdef&partNumber=1", "write"},
    {"POST", "/bkt/in/k?uploadId=0123456789abcdef0123456789abcdef", "write"},
    {"DELETE", "/bkt/in/k?uploadId=0123456789abcdef0123456789abcdef", "write"},
    {"GET", "/bkt/in/k?uploadId=0123456789abcdef0123456789abcdef", "write"},
    {"PUT", "/bkt/in/k", "read,write", {{"x-amz-copy-source", "/bkt/in/other"}}},
    {"PUT",
     "/bkt/in/k?uploadId=0123456789abcdef0123456789abcdef&partNumber=1",
     "read,write",
     {{"x-amz-copy-source", "/bkt/in/other"}}},
    {"PUT", "/bkt/in/k", "write", {{"x-cairn-import", "car"}}},
    {"PUT", "/bkt/in/k", "read,write", {{"x-cairn-import", "car"}, {"x-cairn-import-from", "/bkt/in/other"}}},
    {"DELETE", "/bkt/in/k", "delete"},
    {"GET", "/bkt?list-type=2&prefix=in/", "list"},
    {"GET", "/bkt?prefix=in/x", "list"},
    {"GET", "/bkt?versions&prefix=in/", "list"},
    {"GET", "/bkt?uploads&prefix=in/", "list"},
};

std::vector<Operations> someOperations() {
  std::vector<Operations> out;
  for (int bits = 1; bits < 16; ++bits) {
    Operations some;
    for (auto o : {identity::Operation::read, identity::Operation::write, identity::Operation::list,
                   identity::Operation::remove})
      if ((bits & static_cast<int>(o)) != 0) some |= {o};
    out.push_back(some);
  }
  return out;
}

TEST(Permit, ABucketIsOpenedByWhoMayDoEverythingInIt) {
  const std::pair<const char*, const char*> both[] = {{"PUT", "PutBucketPolicy"}, {"DELETE", "DeleteBucketPolicy"}};
  for (const auto& [method, name] : both) {
    const Operation operation = parsed(method, "/bkt?policy");
    EXPECT_EQ(nameOf(operation), name);
    EXPECT_TRUE(permit(callerWith({{"bkt", "", Operations::all()}}), operation));
    EXPECT_FALSE(permit(callerWith({{"bkt", "in/", Operations::all()}}), operation));
    EXPECT_FALSE(permit(callerWith({{"other", "", Operations::all()}}), operation));
    EXPECT_FALSE(permit(callerWith({{"bkt", "", Operations::all(), true}}), operation));
    for (const Operations& some : someOperations())
      EXPECT_EQ(permit(callerWith({{"bkt", "", some}}), operation).has_value(), some == Operations::all());
  }
}

TEST(Permit, EachOperationNeedsWhatItDoes) {
  for (const Row& row : kRows) {
    const Operation operation = parsed(row.method, row.target, row.headers);
    const Operations needs = *Operations::parse(row.needs);
    for (const Operations& given : someOperations()) {
      EXPECT_EQ(permit(callerWith({{"bkt", "in/", given}}), operation).has_value(), given.includes(needs))
          << nameOf(operation) << " " << row.target << " with " << given.text();
      EXPECT_FALSE(permit(callerWith({{"bkt", "in/l", given}}), operation)) << "another prefix";
      EXPECT_FALSE(permit(callerWith({{"bucket", "", given}}), operation)) << "another bucket";
    }
    EXPECT_TRUE(permit(auth::Caller{}, operation)) << "who has no scope may do all";
  }
}

TEST(Permit, ACopyReadsItsSource) {
  for (const char* target : {"/bkt/in/k", "/bkt/in/k?uploadId=0123456789abcdef0123456789abcdef&partNumber=1"}) {
    const Operation operation = parsed("PUT", target, {{"x-amz-copy-source", "/other/secret"}});
    EXPECT_FALSE(permit(callerWith({{"bkt", "", Operations::all()}}), operation));
    EXPECT_TRUE(
        permit(callerWith({{"bkt", "", Operations::all()}, {"other", "s", *Operations::parse("read")}}), operation));
  }
}

TEST(Permit, AReconciliationReadsAndListsTheOtherLine) {
  const Operation operation = parsed("POST", "/bkt?cairn-reconcile&from=other&prefix=in/");
  EXPECT_EQ(nameOf(operation), "ReconcileBucket");
  for (const Operations& given : someOperations()) {
    EXPECT_EQ(permit(callerWith({{"bkt", "in/", Operations::all()}, {"other", "in/", given}}), operation).has_value(),
              given.includes(*Operations::parse("read,list")))
        << given.text();
    EXPECT_EQ(permit(callerWith({{"bkt", "in/", given}, {"other", "in/", Operations::all()}}), operation).has_value(),
              given == Operations::all())
        << given.text();
  }
  EXPECT_FALSE(permit(callerWith({{"bkt", "in/", Operations::all()}}), operation));
}

TEST(Permit, TheBucketItselfIsTheEmptyKey) {
  const Operation make = parsed("PUT", "/bkt"), remove = parsed("DELETE", "/bkt");
  const auto write = *Operations::parse("write"), deleting = *Operations::parse("delete");
  EXPECT_TRUE(permit(callerWith({{"bkt", "", write}}), make));
  EXPECT_FALSE(permit(callerWith({{"bkt", "p", write}}), make));
  EXPECT_FALSE(permit(callerWith({{"bkt", "", write, true}}), make)) << "of keys only";
  EXPECT_TRUE(permit(callerWith({{"*", "", deleting}}), remove));
  EXPECT_FALSE(permit(callerWith({{"*", "", deleting, true}}), remove));
  EXPECT_TRUE(permit(callerWith({{"bkt", "deep/down", write}}), parsed("HEAD", "/bkt")));
  EXPECT_FALSE(permit(callerWith({{"other", "", Operations::all()}}), parsed("HEAD", "/bkt")));
  EXPECT_TRUE(permit(callerWith({{"bkt", "p", write}}),
                     parsed("POST", "/bkt?delete", {{"Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="}})))
      << "its keys are asked one by one";
  EXPECT_TRUE(mayDelete(callerWith({{"bkt", "p", deleting}}), BucketName("bkt"), "p1"));
  EXPECT_FALSE(mayDelete(callerWith({{"bkt", "p", deleting}}), BucketName("bkt"), "q"));
  EXPECT_FALSE(mayDelete(callerWith({{"bkt", "p", write}}), BucketName("bkt"), "p1"));
}

TEST(Permit, AllBucketsAreListedByWhoMayListAll) {
  const Operation list = parsed("GET", "/");
  EXPECT_TRUE(permit(callerWith({{"*", "", *Operations::parse("list")}}), list));
  EXPECT_FALSE(permit(callerWith({{"*", "p", Operations::all()}}), list));
  EXPECT_FALSE(permit(callerWith({{"bkt", "", Operations::all()}}), list));
}

TEST(Permit, AGrantIsNotOfTheBucketNorOfHeaders) {
  auth::Caller caller = callerWith({{"bkt", "", Operations::all()}});
  caller.grant = std::make_shared<auth::VerifiedGrant>();
  EXPECT_FALSE(permit(caller, parsed("PUT", "/bkt")));
  EXPECT_FALSE(permit(caller, parsed("DELETE", "/bkt")));
  const Operation dressed = parsed("GET", "/bkt/k?response-content-type=text/html");
  EXPECT_TRUE(permit(caller, dressed)) << "with credentials";
  caller.linked = true;
  EXPECT_FALSE(permit(caller, dressed));
  EXPECT_TRUE(permit(caller, parsed("GET", "/bkt/k")));
}

}  // namespace
}  // namespace cairn::s3
