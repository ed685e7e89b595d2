#include "daemon/app/reconcile_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "common/base/json.h"
#include "daemon/app/divergence.h"
#include "daemon/app/export_command.h"
#include "daemon/app/identity_commands.h"
#include "daemon/app/import_command.h"
#include "daemon/app/offline.h"
#include "daemon/app/owner_command.h"
#include "daemon/app/reconcile.h"

namespace cairn::app {
namespace {

constexpr int kFailed = 1, kUsage = 2, kFound = 3;
/// The other side's bucket must be what was compared: its fleet is not to write while it is merged.
Status stillThere(const ReconcileRequest& r, const Found& found) {
  return withExistingRegistry(r.otherRegistry, [&](registry::Registry& theirs) -> Task<Status> {
    auto row = co_await theirs.read(found.bucket);
    if (!row) co_return row.error();
    if (row->root && row->root->str() == found.theirRoot) co_return Status{};
    co_return fail(Errc::precondition, "the other fleet still writes it: stop its writers, then run this again");
  });
}

/// A file that is gone afterwards.
class Temporary {
 public:
  Temporary() : path_((std::filesystem::temp_directory_path() / "cairn-reconcile-XXXXXX").string()) {
    if (const int fd = ::mkstemp(path_.data()); fd >= 0) ::close(fd);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The other line, as a bucket beside ours; ours as well, where there is none.
Status fetch(const ReconcileRequest& r, const Found& found) {
  const Temporary car;
  auto exported = exportBucket({found.bucket.name.get(), r.otherApi, car.path(), r.as});
  if (!exported) return exported.error();
  if (Status s = stillThere(r, found); !s) return s;
  std::vector<std::string> names = {found.line};
  if (found.kind == nameOf(Split::theirs_only) || found.kind == nameOf(Split::deleted_here))
    names.push_back(found.bucket.name.get());
  for (const std::string& name : names) {
    auto imported = importBucket({name, r.s3, car.path(), {}, r.as, found.bucket.owner.get()});
    if (!imported) return imported.error();
  }
  return {};
}

/// Where all came whole there is nothing left to merge, but the audit log is to say that this line was.
Status merge(const ReconcileRequest& r, Found& found) {
  if (found.kind != "overwritten")
    if (Status s = fetch(r, found); !s) return s;
  OwnerRequest ask{r.s3, found.bucket.name.get(), r.as.tokenFile, r.as.accessKey, r.as.secretFile, found.query,
                   true, found.bucket.owner.get()};
  ask.query.insert(ask.query.begin(), {"cairn-reconcile", ""});
  auto report = bringBackCommand(ask);
  if (!report) return report.error();
  auto done = api::fromJson<api::Brought>(report->text);
  if (!done) return done.error();
  found.done = std::move(*done);
  found.outcome = "merged";
  return {};
}

std::string asJson(const Found& f) {
  std::string out = "{\"owner\":" + quoteJson(f.bucket.owner.get()) + ",\"bucket\":" + quoteJson(f.bucket.name.get()) +
                    ",\"kind\":" + quoteJson(f.kind) + ",\"outcome\":" + quoteJson(f.outcome);
  if (f.base) out += ",\"base\":" + std::to_string(f.base->get());
  if (f.lost) out += ",\"lost\":" + std::to_string(f.lost->get());
  if (!f.theirRoot.empty()) out += ",\"theirRoot\":" + quoteJson(f.theirRoot);
  if (!f.line.empty()) out += ",\"line\":" + quoteJson(f.line);
  if (!f.why.empty()) out += ",\"why\":" + quoteJson(f.why);
  if (f.done) out += ",\"merge\":" + api::toJson(*f.done);
  return out + "}";
}

std::string asWords(const Found& f) {
  std::string out = named(f.bucket) + ": " + f.kind;
  if (f.base) out += ", common up to version " + std::to_string(f.base->get());
  if (f.lost) out += ", version " + std::to_string(f.lost->get()) + " was overwritten unread";
  out += ": " + f.outcome + (f.why.empty() ? "" : ": " + f.why) + "\n";
  if (!f.done) return out;
  out += "  " + std::to_string(f.done->put) + " put, " + std::to_string(f.done->removed) + " removed, " +
         std::to_string(f.done->kept) + " kept though deleted there, " + std::to_string(f.done->both) +
         " under both names\n";
  for (std::size_t i = 0; i < std::min(f.done->bothKeys.size(), f.done->secondNames.size()); ++i)
    out += "  both " + f.done->bothKeys[i] + ", and " + f.done->secondNames[i] + "\n";
  if (!f.line.empty()) out += "  the other line stays in bucket " + f.line + " until its owner deletes it\n";
  return out;
}

int run(const ReconcileRequest& r) {
  std::vector<Found> founds;
  if (Status s = findSplits(r, founds); !s) {
    std::fprintf(stderr, "cairnd: %s\n", s.error().message.c_str());
    return kFailed;
  }
  int code = 0;
  std::string text;
  for (Found& found : founds) {
    if (!r.dryRun && found.outcome == "found")
      if (Status s = merge(r, found); !s) found.outcome = "failed", found.why = s.error().message;
    if (found.outcome == "failed" && !r.dryRun) code = kFailed;
    if (r.dryRun && found.outcome != "merged before") code = kFound;
    text += r.json ? (text.empty() ? "" : ",") + asJson(found) : asWords(found);
  }
  if (r.json) text = "{\"dryRun\":" + std::string(r.dryRun ? "true" : "false") + ",\"buckets\":[" + text + "]}\n";
  if (text.empty()) text = "no bucket's history was split\n";
  std::fputs(text.c_str(), stdout);
  return code;
}

/// False: said what is wrong.
bool complete(const std::string& file, ReconcileRequest& r) {
  const auto config = readConfig(file);
  if (!config) return false;
  r.registry = config->registryPath;
  if (r.s3.empty()) r.s3 = config->s3.address + ":" + std::to_string(config->s3.port);
  if (r.api.empty()) r.api = config->api.address + ":" + std::to_string(config->api.port);
  r.otherRegistry = r.other;
  if (r.other.ends_with(".toml")) {
    const auto other = readConfig(r.other);
    if (!other) return false;
    r.otherRegistry = other->registryPath;
    if (r.otherApi.empty()) r.otherApi = other->api.address + ":" + std::to_string(other->api.port);
  }
  if (r.other.empty() || r.dryRun || !r.otherApi.empty()) return true;
  std::fprintf(stderr, "cairnd: --from HOST:PORT says where the other fleet's buckets are fetched\n");
  return false;
}

}  // namespace

void addReconcileCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto r = std::make_shared<ReconcileRequest>();
  auto* registry = cli.add_subcommand("registry", "what was split before CAS kept it together");
  registry->require_subcommand(1);
  auto* command = registry->add_subcommand(
      "reconcile", "find buckets whose history was split, and merge both lines; exit code 3: --dry-run found some");
  command
      ->add_option("--other", r->other,
                   "the other registry: its file, or a configuration (.toml) that names it; default: look in this "
                   "registry for what another gateway overwrote unread")
      ->check(CLI::ExistingFile);
  command->add_option("--from", r->otherApi,
                      "host:port of the API door of a master on the other registry; default: its configuration's");
  command->add_option("--bucket", r->bucket, "only this one: owner/name");
  command->add_option("--s3", r->s3, "host:port of a master's S3 door; default: the configuration's");
  command->add_option("--api", r->api, "host:port of a master's API door; default: the configuration's");
  command->add_option("--api-token-file", r->apiToken, "an operator's token, where the API door asks for one");
  command->add_flag("--dry-run", r->dryRun, "only find");
  addCallerOptions(*command, r->as);
  command->callback([&file, &json, &exitCode, r] {
    r->json = json;
    exitCode = complete(file, *r) ? run(*r) : kUsage;
  });
}

}  // namespace cairn::app
