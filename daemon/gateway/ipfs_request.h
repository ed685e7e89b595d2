// What a request of the trustless gateway asks for (https://specs.ipfs.tech/http-gateways/trustless-gateway/).
//
// Contract: pure, any thread. `format` in the query goes before Accept, the query's car-* parameters before those of
// the media type. Refusals carry the HTTP status: 400 for what cannot be read, or names no form; 406 for a form that is
// not trustless, or a CAR that is not made here.
#pragma once

#include <boost/system/result.hpp>
#include <string>

#include "daemon/http/message.h"
#include "daemon/pinning/car_stream.h"

namespace cairn::gateway {

struct Refusal {
  int status = 400;
  std::string message;
};
[[noreturn]] inline void throw_exception_from_error(const Refusal& r, const boost::source_location&) {
  throw std::runtime_error(r.message);
}
template <class T>
using Asked = boost::system::result<T, Refusal>;

enum class Form : std::uint8_t { raw, car };

struct IpfsRequest {
  bool probe = false;  ///< of the empty identity CID, which everybody may ask for
  Form form = Form::raw;
  pinning::CarOrder order;        ///< for raw only its root counts
  std::vector<std::string> path;  ///< below the root, for CARs; the door resolves it into the order

  /// With quotes. The same for the same bytes.
  std::string etag() const;
  std::string contentType() const;
  /// "<cid>.car"
  std::string fileName() const;
};

Asked<IpfsRequest> parseIpfsRequest(const http::Request& request);

}  // namespace cairn::gateway
