"""A streaming standby of a fleet's PostgreSQL server, which may be promoted."""

import os
import subprocess

from postgres import BINARIES, Postgres


class Standby(Postgres):
    """Contract: as Postgres; start() makes it from its primary, which names it "standby" in synchronous_standby_names."""

    def __init__(self, primary, settings=None):
        super().__init__(settings)
        self.primary, self.password = primary, primary.password

    def create(self):
        if os.geteuid() == 0:
            subprocess.run(["chown", "postgres", self.directory], check=True)
        source = f"host={self.primary.directory} user=postgres application_name=standby"
        done = subprocess.run(self._as_owner(str(BINARIES / "pg_basebackup"), "-d", source, "-D", str(self.directory / "data"), "-R", "-X", "stream",
                                             "-c", "fast", "--no-sync"),
                              capture_output=True, text=True, cwd=self.directory, env={**os.environ, "PGPASSWORD": self.password})
        if done.returncode:
            raise RuntimeError(f"pg_basebackup: {done.stderr}")

    def promote(self):
        self.sql("SELECT pg_promote(true, 60)")
