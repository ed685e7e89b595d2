#include "daemon/admin/gate.h"

#include <boost/asio/ip/address.hpp>

#include "common/base/text.h"

namespace cairn::admin {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool isLoopback(const std::string& text) {
  boost::system::error_code none;
  const auto address = net::ip::make_address(text, none);
  if (none) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6()).is_loopback();
  return address.is_loopback();
}

/// What Host names, without the port; "" for what is none.
std::string hostIn(std::string_view value) {
  const bool bracketed = value.starts_with('[');
  const std::size_t end = bracketed ? value.find(']') : value.find(':');
  if (bracketed && end == value.npos) return {};
  const std::string_view rest = end == value.npos ? std::string_view() : value.substr(bracketed ? end + 1 : end);
  if (!rest.empty() && (rest.front() != ':' || rest.find_first_not_of("0123456789", 1) != rest.npos)) return {};
  return lowered(bracketed ? value.substr(1, end - 1) : value.substr(0, end));
}

/// A connection of this machine's own, as far as can be told: what a proxy here passes on looks the same, if it does
/// not say so. A web page whose own name was bound to this machine (DNS rebinding) shows that name as Host.
bool fromHere(const http::Request& request) {
  for (const char* passedOn : {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"})
    if (request.headers.has(passedOn)) return false;
  if (!isLoopback(request.remoteAddress)) return false;
  const auto named = request.headers.find("Host");
  const std::string host = named ? hostIn(*named) : "localhost";  // browsers always send one
  return host == "localhost" || isLoopback(host);
}

Refusal unauthorized(std::string message) {
  return {401, "unauthorized", std::move(message)};
}

Refusal refused(const auth::AuthError& error) {
  if (error.failure == auth::AuthFailure::unavailable) return {503, "unavailable", error.message};
  return unauthorized(error.message);
}

}  // namespace

std::optional<Refusal> Gate::check(const auth::WalletToken& token) const {
  if (token.token.role != identity::TokenRole::operator_)
    return Refusal{403, "denied",
                   "the token is for storage alone; operators' calls ask for one that was issued for them "
                   "(`cairnd token issue --operator`)"};
  if (view_.role(token.owner) == registry::Role::none)
    return Refusal{403, "denied", "wallet " + token.token.wallet.text() + " is no operator of this fleet"};
  return std::nullopt;
}

Task<Gate::Answer> Gate::admit(const http::Request& request) const {
  const auto header = request.headers.find("Authorization");
  if (!header && loopbackReads_ && fromHere(request)) co_return Answer{};
  if (!header || !header->starts_with(kBearer))
    co_return Answer{unauthorized("this asks for an operator's token: `cairnd token issue --operator`"), {}};
  std::string text(header->substr(kBearer.size()));
  auto token = tokens_.verify(text, clock_.now());
  if (!token) co_return Answer{refused(token.error()), {}};
  if (auto refusal = check(**token)) co_return Answer{std::move(refusal), {}};
  if (auto s = co_await tokens_.admit(*token); !s) co_return Answer{refused(s.error()), {}};
  co_return Answer{std::nullopt, [this, text = std::move(text)] {
                     const auto now = tokens_.verify(text, clock_.now());
                     return now && !check(**now);
                   }};
}

}  // namespace cairn::admin
