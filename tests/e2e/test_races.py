"""Two masters and one key: who wins is one, and what won is what is there."""

import threading

from lib import s3

ROUNDS = 1000


def test_if_none_match_has_one_winner(fleet, bucket):
    clients = [s3.client(m, fleet.access_key, fleet.secret_key) for m in fleet.masters[:2]]
    barrier = threading.Barrier(2, timeout=60)
    answers = [[], []]

    def racer(number):
        for n in range(ROUNDS):
            barrier.wait()
            answers[number].append(s3.status_of(clients[number].put_object, Bucket=bucket, Key=f"race/{n:04d}",
                                                Body=f"{number}".encode(), IfNoneMatch="*"))

    threads = [threading.Thread(target=racer, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    present = s3.list_all(clients[0], bucket, "race/")
    assert present == s3.list_all(clients[1], bucket, "race/")
    winners = [0, 0]
    for n in range(ROUNDS):
        statuses = [answers[m][n][0] for m in range(2)]
        key = f"race/{n:04d}"
        assert statuses.count(200) <= 1, f"{key} was created twice: {statuses}"
        if statuses.count(200) == 1:
            winner = statuses.index(200)
            winners[winner] += 1
            assert clients[n % 2].get_object(Bucket=bucket, Key=key)["Body"].read() == f"{winner}".encode()
        else:
            assert any(s >= 500 for s in statuses), f"{key} has no winner and nobody got a 5xx: {[answers[m][n] for m in range(2)]}"
        assert all(s in (200, 412, 409) or s >= 500 for s in statuses), [answers[m][n] for m in range(2)]
    assert min(winners) > 0, f"one master won every race: {winners}"
