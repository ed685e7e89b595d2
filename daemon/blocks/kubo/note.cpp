#include "daemon/blocks/kubo/note.h"

#include <cerrno>

namespace cairn::blocks::kubo {

Result<std::string> readNote(embedded::FileSystem& files, const std::string& path) {
  std::unique_ptr<embedded::File> file;
  if (int error = files.open(path, false, file)) {
    if (error == ENOENT) return std::string();
    return fail(Errc::io, embedded::describe("open", path, error));
  }
  const std::int64_t size = file->size();
  if (size < 0) return fail(Errc::io, embedded::describe("measure", path, static_cast<int>(-size)));
  std::string text(static_cast<std::size_t>(size), '\0');
  const iovec part{text.data(), text.size()};
  const std::int64_t n = file->read({&part, 1}, 0, false);
  if (n < 0) return fail(Errc::io, embedded::describe("read", path, static_cast<int>(-n)));
  text.resize(static_cast<std::size_t>(n));
  return text;
}

Status writeNote(embedded::FileSystem& files, const std::string& directory, const std::string& name,
                 const std::string& text) {
  const std::string path = directory + "/" + name, fresh = path + ".new";
  std::unique_ptr<embedded::File> file;
  std::string copy = text;
  const iovec part{copy.data(), copy.size()};
  int error = files.open(fresh, true, file);
  if (error == 0) error = file->write({&part, 1}, 0);
  if (error == 0) error = file->sync();
  if (error == 0) error = files.rename(fresh, path);
  if (error == 0) error = files.syncDirectory(directory);
  if (error != 0) return fail(Errc::io, embedded::describe("write", path, error));
  return {};
}

}  // namespace cairn::blocks::kubo
