#include "daemon/registry/sqlite/fairness.h"

#include <fcntl.h>
#include <unistd.h>

namespace cairn::registry::sqlite {
namespace {

struct flock firstByte(short type) {
  struct flock l{};
  l.l_type = type;
  l.l_whence = SEEK_SET;
  l.l_start = 0;
  l.l_len = 1;
  return l;
}

}  // namespace

Fairness::Fairness(const std::string& databasePath)
    : fd_(::open((databasePath + "-wait").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {}

Fairness::~Fairness() {
  if (fd_ >= 0) ::close(fd_);
}

// Locks of the open file description, so that two connections of one process see each other too.
void Fairness::lock(short type) {
  if (fd_ < 0) return;
  struct flock l = firstByte(type);
  ::fcntl(fd_, F_OFD_SETLK, &l);
}

void Fairness::announce() {
  if (announced_) return;
  announced_ = true;
  lock(F_RDLCK);
}

void Fairness::withdraw() {
  if (!announced_) return;
  announced_ = false;
  lock(F_UNLCK);
}

bool Fairness::othersWait() const {
  if (fd_ < 0) return false;
  struct flock l = firstByte(F_WRLCK);
  return ::fcntl(fd_, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
}

}  // namespace cairn::registry::sqlite
