// A small text on the disk, replaced whole.
//
// Contract: blocking. writeNote() returns when the new text is durable; after a crash the old or the new one is there.
#pragma once

#include <string>

#include "daemon/blocks/embedded/files.h"

namespace cairn::blocks::kubo {

/// Empty when there is none.
Result<std::string> readNote(embedded::FileSystem& files, const std::string& path);
/// Into the existing folder `directory`.
Status writeNote(embedded::FileSystem& files, const std::string& directory, const std::string& name,
                 const std::string& text);

}  // namespace cairn::blocks::kubo
