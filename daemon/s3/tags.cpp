#include "daemon/s3/tags.h"

#include <algorithm>

#include "common/base/url.h"
#include "daemon/s3/names.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {
namespace {

constexpr std::size_t kMaxTags = 10, kMaxKey = 128, kMaxValue = 256;

std::size_t codePoints(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Answer<void> add(Tags& tags, std::string key, std::string value) {
  if (key.empty() || !validUtf8(key) || codePoints(key) > kMaxKey)
    return refuse(ErrorCode::InvalidTag, "The TagKey you have provided is invalid");
  if (!validUtf8(value) || codePoints(value) > kMaxValue)
    return refuse(ErrorCode::InvalidTag, "The TagValue you have provided is invalid");
  if (!tags.emplace(std::move(key), std::move(value)).second)
    return refuse(ErrorCode::InvalidTag, "Cannot provide multiple Tags with the same key");
  if (tags.size() > kMaxTags) return refuse(ErrorCode::TooManyTags);
  return {};
}

}  // namespace

Answer<Tags> readTags(std::string_view header) {
  auto pairs = parseQuery(header);
  if (!pairs)
    return badArgument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
        "parameters without tag name duplicates.",
        "x-amz-tagging", header);
  Tags tags;
  for (auto& pair : *pairs)
    if (auto added = add(tags, std::move(pair.name), std::move(pair.value)); !added) return added.error();
  return tags;
}

Answer<Tags> readTagging(std::string_view body) {
  if (body.empty()) return refuse(ErrorCode::MissingRequestBodyError);
  const auto xml = parseXml(body);
  if (!xml) return xml.error();
  const XmlElement* const set = xml->name == "Tagging" ? xml->child("TagSet") : nullptr;
  if (set == nullptr || xml->children.size() != 1) return refuse(ErrorCode::MalformedXML);
  Tags tags;
  for (const XmlElement& tag : set->children) {
    const XmlElement *const key = tag.child("Key"), *const value = tag.child("Value");
    if (tag.name != "Tag" || key == nullptr || value == nullptr || tag.children.size() != 2)
      return refuse(ErrorCode::MalformedXML);
    if (auto added = add(tags, key->text, value->text); !added) return added.error();
  }
  return tags;
}

Answer<void> checkTags(const Tags& tags) {
  Tags checked;
  for (const auto& [key, value] : tags)
    if (auto added = add(checked, key, value); !added) return added.error();
  return {};
}

std::string writeTagging(const Tags& tags) {
  XmlWriter xml("Tagging");
  xml.open("TagSet");
  for (const auto& [key, value] : tags) {
    xml.open("Tag");
    xml.text("Key", key);
    xml.text("Value", value);
    xml.close("Tag");
  }
  xml.close("TagSet");
  return xml.finish();
}

}  // namespace cairn::s3
