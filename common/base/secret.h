// Text that must not outlive its use: passwords, keys' secrets.
//
// Contract: a value; copies share one text, which is wiped when the last of them goes; thread-safe like shared_ptr.
// What is moved in as a std::string is wiped there. Never printed: there is no operator<<; compare with
// auth::sameSecret() where time tells something.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace cairn {

/// Wipes all that it has room for, and empties it.
inline void wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

inline void wipe(Bytes& bytes) {
  ::explicit_bzero(bytes.data(), bytes.size());
  bytes.clear();
}

class Secret {
 public:
  Secret() = default;
  Secret(std::string_view text) : held_(text.empty() ? nullptr : std::make_shared<const Held>(text)) {}
  Secret(const char* text) : Secret(std::string_view(text)) {}
  Secret(const std::string& text) : Secret(std::string_view(text)) {}
  Secret(std::string&& text) : Secret(std::string_view(text)) { wipe(text); }

  std::string_view view() const {
    return held_ ? std::string_view(held_->text.get(), held_->size) : std::string_view();
  }
  operator std::string_view() const { return view(); }
  bool empty() const { return !held_; }

 private:
  struct Held {
    explicit Held(std::string_view from) : text(new char[from.size()]), size(from.size()) {
      std::memcpy(text.get(), from.data(), size);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { ::explicit_bzero(text.get(), size); }
    std::unique_ptr<char[]> text;
    std::size_t size;
  };
  std::shared_ptr<const Held> held_;
};

}  // namespace cairn
