// The vectors of a format's document: its lines `name: hex`.
#pragma once

#include <fstream>
#include <map>
#include <string>

namespace cairn::identity {

inline std::map<std::string, std::string> documentedVectors(const char* document) {
  std::map<std::string, std::string> all;
  std::ifstream in(document);
  for (std::string line; std::getline(in, line);)
    if (auto colon = line.find(": "); colon != std::string::npos) all[line.substr(0, colon)] = line.substr(colon + 2);
  return all;
}

}  // namespace cairn::identity
