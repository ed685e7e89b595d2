#include "daemon/app/bucket_command.h"

#include <CLI/CLI.hpp>
#include <QDateTime>
#include <memory>

#include "common/api/past.h"
#include "common/base/url.h"
#include "daemon/app/api_call.h"
#include "daemon/app/identity_commands.h"
#include "daemon/app/owner_command.h"

namespace cairn::app {
namespace {

constexpr std::uint64_t kShown = 20;

std::string timeOf(Timestamp at) {
  return QDateTime::fromMSecsSinceEpoch(at.get()).toUTC().toString(Qt::ISODateWithMs).toStdString();
}

/// A path below the bucket's page, and its query.
class Target {
 public:
  Target(const std::string& bucket, const char* page) {
    const auto slash = bucket.rfind('/');
    named_ = slash != std::string::npos && slash > 0 && slash + 1 < bucket.size();
    if (named_)
      text_ =
          "/admin/v1/buckets/" + uriEncode(bucket.substr(0, slash)) + "/" + uriEncode(bucket.substr(slash + 1)) + page;
  }
  Target& add(const char* name, const std::string& value) {
    if (!value.empty()) text_ += std::exchange(separator_, '&') + std::string(name) + "=" + uriEncode(value);
    return *this;
  }
  Result<std::string> text() const {
    if (!named_) return fail(Errc::invalid, "a bucket is named owner/name");
    return text_;
  }

 private:
  bool named_ = false;
  char separator_ = '?';
  std::string text_;
};

Result<std::string> ask(const BucketRequest& request, const Target& target) {
  auto path = target.text();
  if (!path) return path.error();
  auto token = readToken(request.tokenFile);
  if (!token) return token.error();
  auto answer = callApi(request.api, {"GET", *path, *token, {}});
  if (!answer) return answer.error();
  if (answer->status != 200) return problemOf(request.api, *answer);
  return std::string(asText(answer->body));
}

std::string limitOf(const BucketRequest& request) {
  return request.limit == 0 ? std::string() : std::to_string(request.limit);
}

template <class Message>
Result<Report> shown(const Result<std::string>& body, bool json, std::string (*words)(const Message&)) {
  if (!body) return body.error();
  if (json) return Report{*body + "\n"};
  auto message = api::fromJson<Message>(*body);
  if (!message) return message.error();
  return Report{words(*message)};
}

std::string wordsOf(const api::History& history) {
  std::string out;
  for (const api::HistoryRow& row : history.rows)
    out += std::to_string(row.version.get()) + "  " + timeOf(row.at) + "  " + row.root.value_or("(deleted)") + "  by " +
           (row.master.get().empty() ? "another gateway" : row.master.get()) + ", " + std::to_string(row.puts) +
           " puts, " + std::to_string(row.deletes) + " deletes, " + std::to_string(row.others) + " others, attempt " +
           std::to_string(row.attempts) + "\n";
  if (history.next) out += "more: --from " + std::to_string(history.next->get()) + "\n";
  return out.empty() ? "no versions in this range\n" : out;
}

std::string wordsOf(const api::BucketState& state) {
  std::string out = state.owner.get() + "/" + state.bucket.get() + " at version " +
                    std::to_string(state.version.get()) + " of " + timeOf(state.at) + "\nroot " + state.root +
                    ", contents " + state.contentsRoot.value_or("(none)") + "\n" + std::to_string(state.keys) +
                    " keys, " + std::to_string(state.bytes) + " bytes, " + std::to_string(state.uploads) +
                    " uploads in progress, made " + timeOf(state.created) + "\n" +
                    (state.policy.empty() ? "opened to nobody\n" : "opened by " + state.policy + "\n");
  for (const std::string& prefix : state.prefixes) out += "  " + prefix + "\n";
  for (const api::ObjectRow& row : state.objects)
    out += "  " + row.key + "  " + std::to_string(row.object.size) + "  " + timeOf(row.object.modified) + "  " +
           row.object.cid + "\n";
  if (state.next) out += "more: --after '" + *state.next + "'\n";
  return out;
}

std::string wordsOf(const api::BucketDiff& diff) {
  std::string out = "from version " + std::to_string(diff.fromVersion.get()) + " to " +
                    std::to_string(diff.toVersion.get()) + (diff.settingsChanged ? ": settings changed\n" : "\n");
  for (const api::KeyChange& c : diff.changes) {
    const auto size = [](const auto& facts) { return facts ? std::to_string(facts->size) : std::string("-"); };
    out += (c.change == "added"     ? "+ "
            : c.change == "removed" ? "- "
                                    : "~ ") +
           c.key + "  " + size(c.before) + " -> " + size(c.after) + "\n";
  }
  if (diff.next) out += "more: --after '" + *diff.next + "'\n";
  return out;
}

std::string wordsOf(const api::Races& races) {
  std::string out;
  for (const api::Race& r : races.races)
    out += std::to_string(r.id) + "  " + timeOf(r.at) + "  " + r.owner.get() + "/" + r.bucket.get() + "  base " +
           std::to_string(r.baseVersion.get()) + ", won by " + r.winner.get() + ", lost by " + r.loser.get() +
           " with " + std::to_string(r.keyCount) + " keys: " + r.outcome + "\n";
  return out.empty() ? "no races are kept\n" : out;
}

std::string wordsOf(const api::Conflict& conflict) {
  const auto cid = [](const auto& facts) { return facts ? facts->cid : std::string("-"); };
  std::string out = wordsOf(api::Races{{conflict.race}});
  for (const api::ConflictKey& k : conflict.keys)
    out += k.key + "\n  base    " + cid(k.base) + "\n  winner  " + cid(k.winner) + "\n  loser   " + cid(k.loser) +
           "\n  present " + cid(k.present) + "\n";
  if (conflict.next) out += "more: --after '" + *conflict.next + "'\n";
  return out;
}

/// The newest versions, where nothing else is asked for. A deleted bucket has no present one: then from the first on.
Result<std::string> firstShown(const BucketRequest& request) {
  if (!request.from.empty()) return request.from;
  auto now = ask(request, Target(request.bucket, ""));
  if (!now && now.error().code != Errc::invalid) return now.error();
  const auto bucket = now ? api::fromJson<api::Bucket>(*now) : Result<api::Bucket>(api::Bucket{});
  if (!bucket) return bucket.error();
  const std::uint64_t newest = bucket->version.get(), shown = request.limit == 0 ? kShown : request.limit;
  return std::to_string(newest > shown ? newest - shown + 1 : 1);
}

}  // namespace

Result<Report> bucketHistoryCommand(const BucketRequest& request) {
  auto from = firstShown(request);
  if (!from) return from.error();
  Target target(request.bucket, "/history");
  target.add("from", *from).add("to", request.to).add("limit", limitOf(request));
  return shown<api::History>(ask(request, target), request.json, wordsOf);
}

Result<Report> bucketShowCommand(const BucketRequest& request) {
  Target target(request.bucket, "/state");
  target.add("at", request.at).add("prefix", request.prefix).add("delimiter", request.delimiter);
  target.add("after", request.after).add("limit", limitOf(request));
  return shown<api::BucketState>(ask(request, target), request.json, wordsOf);
}

Result<Report> bucketDiffCommand(const BucketRequest& request) {
  Target target(request.bucket, "/diff");
  target.add("from", request.from).add("to", request.to).add("prefix", request.prefix);
  target.add("after", request.after).add("limit", limitOf(request));
  return shown<api::BucketDiff>(ask(request, target), request.json, wordsOf);
}

Result<Report> conflictsListCommand(const BucketRequest& request) {
  auto token = readToken(request.tokenFile);
  if (!token) return token.error();
  std::string target = "/admin/v1/races?limit=" + (request.limit == 0 ? "20" : limitOf(request));
  if (!request.bucket.empty()) target += "&bucket=" + uriEncode(request.bucket);
  auto answer = callApi(request.api, {"GET", target, *token, {}});
  if (!answer) return answer.error();
  if (answer->status != 200) return problemOf(request.api, *answer);
  return shown<api::Races>(std::string(asText(answer->body)), request.json, wordsOf);
}

Result<Report> conflictsShowCommand(const BucketRequest& request) {
  Target target(request.bucket, ("/races/" + uriEncode(request.race)).c_str());
  target.add("after", request.after).add("limit", limitOf(request));
  return shown<api::Conflict>(ask(request, target), request.json, wordsOf);
}

namespace {

using Run = Result<Report> (*)(const BucketRequest&);

/// A command that asks the master named, or the configuration's.
class Adder {
 public:
  Adder(CLI::App& to, const std::string& file, const bool& json, int& exitCode)
      : to_(to), file_(file), json_(json), exitCode_(exitCode) {}
  CLI::App* operator()(const char* name, const char* help, Run command) const {
    auto* added = to_.add_subcommand(name, help);
    auto r = request;
    added->add_option("bucket", r->bucket, "owner/name")->required(command != conflictsListCommand);
    added->add_option("--api", r->api, "host:port of a master's API door; default: the configuration's");
    added->add_option("--token-file", r->tokenFile,
                      "an operator's token, where the door asks for one; or CAIRN_TOKEN_FILE");
    added->add_option("--limit", r->limit, "lines to show")->check(CLI::Range(1, 1000));
    added->callback([&file = file_, &json = json_, &exitCode = exitCode_, r, command] {
      if (r->api.empty()) {
        auto config = readConfig(file);
        if (!config) return void(exitCode = 2);
        r->api = config->api.address + ":" + std::to_string(config->api.port);
      }
      r->json = json;
      exitCode = printReport(command(*r));
    });
    return added;
  }
  const std::shared_ptr<BucketRequest> request = std::make_shared<BucketRequest>();

 private:
  CLI::App& to_;
  const std::string& file_;
  const bool& json_;
  int& exitCode_;
};

void addPaging(CLI::App& command, const std::shared_ptr<BucketRequest>& r) {
  command.add_option("--after", r->after, "only keys behind this one");
}

}  // namespace

void addBucketCommands(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto* bucket =
      cli.add_subcommand("bucket", "what a bucket was: its versions, their contents, what changed; and back");
  bucket->require_subcommand(1);
  const Adder add(*bucket, file, json, exitCode);
  const auto& r = add.request;
  auto* history = add("history", "its versions, who made them and when", bucketHistoryCommand);
  history->add_option("--from", r->from, "first version; default: the newest ones are shown");
  history->add_option("--to", r->to, "last version");
  auto* show = add("show", "counts, settings and keys, now or then", bucketShowCommand);
  show->add_option("--at", r->at, "a version, a root's CID, or a time such as 2026-01-31T12:00:00Z; default: now");
  show->add_option("--delimiter", r->delimiter, "fold keys with it behind the prefix into one line");
  auto* diff = add("diff", "keys added, changed and removed between two states", bucketDiffCommand);
  diff->add_option("--from", r->from, "the state before, as --at of show")->required();
  diff->add_option("--to", r->to, "the state after; default: now");
  for (auto* paged : {show, diff}) {
    paged->add_option("--prefix", r->prefix, "only keys that begin with it");
    addPaging(*paged, r);
  }
  addRestore(*bucket, file, json, exitCode);
  addUndo(*bucket, file, json, exitCode);
  addReconcile(*bucket, file, json, exitCode);

  auto* conflicts = cli.add_subcommand("conflicts", "lost races: what the losers had, by key");
  conflicts->require_subcommand(1);
  const Adder addConflict(*conflicts, file, json, exitCode);
  addConflict("list", "the kept ones, newest first; of one bucket or of all", conflictsListCommand);
  auto* one = addConflict("show", "base, winner, loser and what is there now, by key", conflictsShowCommand);
  one->add_option("race", addConflict.request->race, "its number, as `conflicts list` shows it")->required();
  addPaging(*one, addConflict.request);
  addAdopt(*conflicts, file, json, exitCode);
}

}  // namespace cairn::app
