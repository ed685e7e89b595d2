// Messages to JSON text and back, over their field tables.
//
// Contract: internal to common/api; as messages.h says of toJson() and fromJson(). A file that has a message's fields()
// instantiates them with CAIRN_API_MESSAGE.
#pragma once

#include "common/api/json_io.h"
#include "common/api/messages.h"

namespace cairn::api {

template <class Message>
std::string toJson(const Message& message) {
  Writer writer;
  fields(writer, const_cast<Message&>(message));  // the field table is shared with Reader; Writer changes nothing
  return QJsonDocument(writer.object).toJson(QJsonDocument::Compact).toStdString();
}

template <class Message>
Result<Message> fromJson(std::string_view json) {
  QJsonParseError error;
  const auto document =
      QJsonDocument::fromJson(QByteArray::fromRawData(json.data(), static_cast<qsizetype>(json.size())), &error);
  if (error.error != QJsonParseError::NoError)
    return fail(Errc::invalid,
                "not JSON: " + error.errorString().toStdString() + " at byte " + std::to_string(error.offset));
  if (!document.isObject()) return fail(Errc::invalid, "not a JSON object");
  Reader reader(document.object(), "");
  Message message;
  fields(reader, message);
  if (!reader.status()) return reader.status().error();
  return message;
}

#define CAIRN_API_MESSAGE(T)             \
  template std::string toJson(const T&); \
  template Result<T> fromJson(std::string_view);

}  // namespace cairn::api
