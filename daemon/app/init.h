// `cairnd init`: a node's keys and, if there is none, a configuration that works.
//
// Contract: never replaces a file. `admin` becomes the fleet's first admin, in the registry that the configuration
// names; Errc::already_exists where there are operators, and nothing at all for the wallet that is the first already.
// Prints what it made and the node's public key. Errors are for people.
#pragma once

#include <string>

#include "common/base/result.h"

namespace cairn::app {

struct InitOptions {
  std::string configFile;
  std::string node = "m1";
  std::string data = "/var/lib/cairn";
  std::string profile = "master";
  std::string admin;  ///< a wallet's address; empty: nobody is named
};

/// Gives the lines to print.
Result<std::string> init(const InitOptions& options);

}  // namespace cairn::app
