// The sections [pinning] and [cluster] of the configuration.
//
// Contract: as config.h and config_reader.h; readPinning() reads, finishPinning() checks what hangs together once all
// is read. One use on one thread. Reference: docs/configuration.md.
#pragma once

#include "daemon/app/config_reader.h"

namespace cairn::app {

void readPinning(Reader& reader, Config& config);
void finishPinning(Reader& reader, const Config& config);

}  // namespace cairn::app
