#include "daemon/s3/names.h"
#include "daemon/s3/parts.h"

namespace cairn::s3 {
namespace {

constexpr std::string_view kSettings[] = {"acl", "legal-hold", "retention", "tagging"};
constexpr std::string_view kUnknownHere[] = {"restore", "select", "torrent", "renameObject", "encryption"};

constexpr std::string_view kImport = "x-cairn-import", kImportFrom = "x-cairn-import-from";
/// Each is looked up before the body is read.
constexpr std::size_t kMostReused = 16;

struct Override {
  std::string_view parameter, header;
};
constexpr Override kOverrides[] = {
    {"response-content-type", "Content-Type"},
    {"response-content-language", "Content-Language"},
    {"response-expires", "Expires"},
    {"response-cache-control", "Cache-Control"},
    {"response-content-disposition", "Content-Disposition"},
    {"response-content-encoding", "Content-Encoding"},
};

std::string_view settingOf(const Parts& parts) {
  for (const std::string_view name : kSettings)
    if (parts.has(name)) return name;
  return {};
}

bool hasControlCharacter(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  return false;
}

Answer<void> readOverrides(const Parts& parts, GetObject& out) {
  for (const auto& [parameter, header] : kOverrides) {
    const auto value = parts.parameter(parameter);
    if (!value) continue;
    // It becomes a field of the answer: a line break in it would write another field.
    if (hasControlCharacter(*value) || !validUtf8(*value))
      return badArgument(std::string(parameter) + " is not a header value", parameter, "");
    out.overrides.push_back({std::string(header), std::string(*value)});
  }
  return {};
}

Answer<Action> parseRead(const Parts& parts, bool headOnly) {
  if (auto ok = checkVersionId(parts); !ok) return ok.error();
  GetObject out;
  out.headOnly = headOnly;
  out.conditions = readConditions(parts);
  if (const auto range = parts.header("range")) out.range = http::parseRange(*range);
  out.ifRange = std::string(trimmed(parts.header("if-range").value_or("")));
  if (const auto number = parts.parameter("partNumber")) {
    auto part = readPartNumber(*number);
    if (!part) return part.error();
    if (parts.header("range"))
      return refuse(ErrorCode::InvalidRequest, "Cannot specify both Range header and partNumber query parameter");
    out.partNumber = *part;
  }
  out.checksumMode = sameIgnoringCase(parts.header("x-amz-checksum-mode").value_or(""), "ENABLED");
  if (auto ok = readOverrides(parts, out); !ok) return ok.error();
  return Action(std::move(out));
}

Answer<Action> parseAttributesRequest(const Parts& parts) {
  if (auto ok = checkVersionId(parts); !ok) return ok.error();
  GetObjectAttributes out;
  const auto list = parts.header("x-amz-object-attributes");
  if (!list) return badArgument("x-amz-object-attributes is required", "x-amz-object-attributes", "");
  std::string_view left = *list;
  while (!left.empty()) {
    const auto comma = std::min(left.find(','), left.size());
    const auto name = trimmed(left.substr(0, comma));
    left.remove_prefix(std::min(comma + 1, left.size()));
    if (name == "ETag")
      out.etag = true;
    else if (name == "Checksum")
      out.checksum = true;
    else if (name == "ObjectParts")
      out.parts = true;
    else if (name == "StorageClass")
      out.storageClass = true;
    else if (name == "ObjectSize")
      out.size = true;
    else
      return badArgument("Invalid attribute name specified.", "x-amz-object-attributes", name);
  }
  if (const auto marker = parts.header("x-amz-part-number-marker")) {
    const auto value = decimal(*marker);
    if (!value || *value > 0x7fffffff) return badArgument("not a part number", "x-amz-part-number-marker", *marker);
    out.partMarker = static_cast<std::uint32_t>(*value);
  }
  if (const auto most = parts.header("x-amz-max-parts")) {
    const auto value = decimal(*most);
    if (!value) return badArgument("not a number of parts", "x-amz-max-parts", *most);
    out.maxParts = std::min<std::size_t>(*value, 1000);
  }
  return Action(std::move(out));
}

Answer<Action> parseGet(const Parts& parts) {
  if (parts.has("attributes")) return parseAttributesRequest(parts);
  if (const auto setting = settingOf(parts); !setting.empty()) {
    if (auto ok = checkVersionId(parts); !ok) return ok.error();
    return Action(GetObjectSetting{std::string(setting)});
  }
  return parseRead(parts, false);
}

/// COPY or REPLACE; `replace` is set for the latter.
Answer<void> readDirective(const Parts& parts, std::string_view header, bool& replace) {
  const auto given = parts.header(header);
  if (!given || *given == "COPY") return {};
  if (*given != "REPLACE") return badArgument("Unknown directive.", header, *given);
  replace = true;
  return {};
}

Answer<Action> parseCopy(const Parts& parts) {
  auto source = readCopySource(parts);
  if (!source) return source.error();
  auto attributes = readAttributes(parts);
  if (!attributes) return attributes.error();
  auto conditions = readWriteConditions(parts);
  if (!conditions) return conditions.error();
  CopyObject out;
  if (auto ok = readDirective(parts, "x-amz-metadata-directive", out.replaceMetadata); !ok) return ok.error();
  if (auto ok = readDirective(parts, "x-amz-tagging-directive", out.replaceTags); !ok) return ok.error();
  out.source = std::move(*source);
  out.attributes = std::move(*attributes);
  out.conditions = std::move(*conditions);
  return Action(std::move(out));
}

/// Nothing for what is no setting of tags.
std::optional<Answer<Action>> parseTagging(const Parts& parts) {
  if (settingOf(parts) != "tagging") return std::nullopt;
  if (auto ok = checkVersionId(parts); !ok) return Answer<Action>(ok.error());
  if (parts.request.method == "DELETE") return Answer<Action>(Action(SetObjectTags{}));
  auto claims = readClaims(parts);
  if (!claims) return Answer<Action>(claims.error());
  return Answer<Action>(Action(SetObjectTags{std::move(*claims)}));
}

/// The headers of an import; nullopt when it is none.
Answer<std::optional<std::vector<CopySource>>> readImport(const Parts& parts) {
  using Reuse = std::optional<std::vector<CopySource>>;
  const auto form = parts.header(kImport);
  const auto names = parts.request.headers.findAll(kImportFrom);
  if (!form && names.empty()) return Reuse();
  if (parts.request.method != "PUT" || parts.has("uploadId") || !settingOf(parts).empty() ||
      parts.header("x-amz-copy-source"))
    return refuse(ErrorCode::InvalidRequest, "an import is a PUT of an object, not of a part or a setting, nor a copy");
  if (!form) return badArgument("x-cairn-import-from goes with x-cairn-import: car", kImportFrom, "");
  if (*form != "car") return badArgument("what can be imported is car", kImport, *form);
  std::vector<CopySource> reuse;
  for (const auto field : names) {
    for (const auto name : listOf(field)) {
      auto source = readObjectName(name, kImportFrom);
      if (!source) return source.error();
      if (reuse.size() == kMostReused)
        return badArgument("an import names " + std::to_string(kMostReused) + " objects at most", kImportFrom, "");
      reuse.push_back(std::move(*source));
    }
  }
  return Reuse(std::move(reuse));
}

Answer<Action> parsePut(const Parts& parts, std::optional<std::vector<CopySource>> import) {
  if (auto tagging = parseTagging(parts)) return std::move(*tagging);
  if (const auto setting = settingOf(parts); !setting.empty())
    return refuse(ErrorCode::NotImplemented, "setting an object's " + std::string(setting) + " is not implemented");
  if (parts.has("versionId"))
    return badArgument("This operation does not accept a version-id.", "versionId", *parts.parameter("versionId"));
  if (parts.header("x-amz-copy-source")) return parseCopy(parts);
  auto attributes = readAttributes(parts);
  if (!attributes) return attributes.error();
  auto conditions = readWriteConditions(parts);
  if (!conditions) return conditions.error();
  auto claims = readClaims(parts);
  if (!claims) return claims.error();
  if (import)
    return Action(ImportObject{std::move(*import), std::move(*attributes), std::move(*conditions), std::move(*claims)});
  return Action(PutObject{std::move(*attributes), std::move(*conditions), std::move(*claims)});
}

Answer<Action> parseDelete(const Parts& parts) {
  if (auto tagging = parseTagging(parts)) return std::move(*tagging);
  if (const auto setting = settingOf(parts); !setting.empty())
    return refuse(ErrorCode::NotImplemented, "deleting an object's " + std::string(setting) + " is not implemented");
  if (auto ok = checkVersionId(parts); !ok) return ok.error();
  auto conditions = readWriteConditions(parts);
  if (!conditions) return conditions.error();
  return Action(DeleteObject{std::move(*conditions)});
}

}  // namespace

Answer<Action> parseObjectAction(const Parts& parts) {
  if (auto ok = refuseUnkeptPromises(parts); !ok) return ok.error();
  for (const std::string_view name : kUnknownHere)
    if (parts.has(name)) return refuse(ErrorCode::NotImplemented, std::string(name) + " is not implemented");
  auto import = readImport(parts);
  if (!import) return import.error();
  if (auto action = parseMultipartAction(parts)) return std::move(*action);
  const std::string& method = parts.request.method;
  if (method == "GET") return parseGet(parts);
  if (method == "HEAD") return parseRead(parts, true);
  if (method == "PUT") return parsePut(parts, std::move(*import));
  if (method == "DELETE") return parseDelete(parts);
  return refuse(ErrorCode::MethodNotAllowed);
}

}  // namespace cairn::s3
