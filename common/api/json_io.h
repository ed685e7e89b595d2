// Reads and writes a message by visiting its fields once: the same table serves both directions.
//
// Contract: internal to common/api. `fields(io, message)` names each member; Writer puts them into an object, Reader
// takes them out and keeps the first error, with its path. Not thread-safe; lives for one call.
#pragma once

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QString>
#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"

namespace cairn::api {

/// JSON text kept as it is (an event's data).
struct RawObject {
  std::string& text;
};

inline QString qs(std::string_view s) {
  return QString::fromUtf8(s.data(), static_cast<qsizetype>(s.size()));
}

class Writer {
 public:
  template <class T>
  void operator()(const char* name, T&& value) {
    put(QString::fromLatin1(name), value);
  }
  QJsonObject object;

 private:
  template <class T>
  void put(const QString& name, const T& value) {
    object.insert(name, write(value));
  }
  template <class T>
  void put(const QString& name, const std::optional<T>& value) {
    if (value) object.insert(name, write(*value));
  }
  static QJsonValue write(const std::string& v) { return qs(v); }
  static QJsonValue write(bool v) { return v; }
  template <std::integral Int>
    requires(!std::same_as<Int, bool>)
  static QJsonValue write(Int v) {
    return static_cast<qint64>(v);
  }
  template <class Tag, class Rep>
  static QJsonValue write(const Strong<Tag, Rep>& v) {
    return write(v.get());
  }
  template <class T>
  static QJsonValue write(const std::vector<T>& list) {
    QJsonArray array;
    for (const T& item : list) array.append(write(item));
    return array;
  }
  static QJsonValue write(const RawObject& raw) {
    return QJsonDocument::fromJson(QByteArray::fromStdString(raw.text)).object();
  }
  template <class Message>
    requires std::is_class_v<Message>
  static QJsonValue write(const Message& message) {
    Writer nested;
    fields(nested, const_cast<Message&>(message));
    return nested.object;
  }
};

class Reader {
 public:
  Reader(QJsonObject from, std::string path) : object_(std::move(from)), path_(std::move(path)) {}

  template <class T>
  void operator()(const char* name, T&& value) {
    if (!status_) return;
    take(object_.value(QString::fromLatin1(name)), path_.empty() ? name : path_ + "." + name, value);
  }
  const Status& status() const { return status_; }

 private:
  void wrong(const std::string& path, const QJsonValue& v, const char* wanted) {
    status_ =
        fail(Errc::invalid, v.isUndefined() ? "field " + path + " is missing" : "field " + path + " is not " + wanted);
  }
  template <class T>
  void take(const QJsonValue& v, const std::string& path, std::optional<T>& out) {
    if (v.isUndefined() || v.isNull()) return out.reset();
    take(v, path, out.emplace());
  }
  void take(const QJsonValue& v, const std::string& path, std::string& out) {
    if (!v.isString()) return wrong(path, v, "a string");
    out = v.toString().toStdString();
  }
  void take(const QJsonValue& v, const std::string& path, bool& out) {
    if (!v.isBool()) return wrong(path, v, "true or false");
    out = v.toBool();
  }
  template <std::integral Int>
    requires(!std::same_as<Int, bool>)
  void take(const QJsonValue& v, const std::string& path, Int& out) {
    // toInteger() gives its default for a fraction or for what does not fit: two defaults tell that from a value.
    const qint64 n = v.toInteger(0);
    if (!v.isDouble() || n != v.toInteger(1)) return wrong(path, v, "a whole number");
    if (std::unsigned_integral<Int> && n < 0) return wrong(path, v, "a number of 0 or more");
    out = static_cast<Int>(n);
  }
  template <class Tag, class Rep>
  void take(const QJsonValue& v, const std::string& path, Strong<Tag, Rep>& out) {
    Rep rep{};
    take(v, path, rep);
    out = Strong<Tag, Rep>(std::move(rep));
  }
  template <class T>
  void take(const QJsonValue& v, const std::string& path, std::vector<T>& out) {
    if (!v.isArray()) return wrong(path, v, "a list");
    const QJsonArray array = v.toArray();
    for (qsizetype i = 0; i < array.size() && status_; ++i)
      take(array.at(i), path + "[" + std::to_string(i) + "]", out.emplace_back());
  }
  void take(const QJsonValue& v, const std::string& path, RawObject& out) {
    if (!v.isObject()) return wrong(path, v, "an object");
    out.text = QJsonDocument(v.toObject()).toJson(QJsonDocument::Compact).toStdString();
  }
  template <class Message>
    requires std::is_class_v<Message>
  void take(const QJsonValue& v, const std::string& path, Message& out) {
    if (!v.isObject()) return wrong(path, v, "an object");
    Reader nested(v.toObject(), path);
    fields(nested, out);
    if (!nested.status()) status_ = nested.status();
  }

  QJsonObject object_;
  std::string path_;
  Status status_;
};

}  // namespace cairn::api
