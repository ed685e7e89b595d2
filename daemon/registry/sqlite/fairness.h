// Who else waits to write the file: SQLite's lock tells its holder nothing, so waiters show themselves by a file lock.
//
// Contract: one Fairness for each writing connection, used by its thread only. announce() and withdraw() are cheap (one
// system call); othersWait() is true while another connection, of this or another process, announced itself. The side
// file (database + "-wait", empty) carries locks only: it may be deleted when no process has the registry open. A
// killed process's announcement goes with it. Where file locks fail, nobody seems to wait.
#pragma once

#include <string>

namespace cairn::registry::sqlite {

class Fairness {
 public:
  explicit Fairness(const std::string& databasePath);
  ~Fairness();
  Fairness(const Fairness&) = delete;
  Fairness& operator=(const Fairness&) = delete;

  void announce();
  void withdraw();
  bool othersWait() const;

 private:
  void lock(short type);
  int fd_ = -1;
  bool announced_ = false;
};

}  // namespace cairn::registry::sqlite
