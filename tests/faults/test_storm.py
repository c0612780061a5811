"""Many jobs at once: one tenant does not keep another waiting, and random kills lose and double nothing."""

import os
import random
import signal
import time
from collections import Counter

STORM_SECONDS = 12.0
JOBS = 60


def test_a_storm_of_kills_loses_nothing_and_doubles_nothing(crew, ledger, until, world):
    chance = random.Random(20261118)
    tickers, workers = [crew.ticker(), crew.ticker()], [crew.worker(), crew.worker()]
    jobs = [
        ledger.add(key=str(number), work=f"{chance.uniform(0.05, 0.4):.2f}", hold="0.05", always="yes")
        for number in range(JOBS)
    ]
    until(lambda: ledger.made(*jobs), "the work has begun")
    killed: Counter[str] = Counter()
    ends = time.monotonic() + STORM_SECONDS
    while time.monotonic() < ends:
        what = chance.choice(("horse", "horse", "horse", "parent", "both", "ticker", "valkey"))
        killed[what] += 1
        if what == "valkey":
            world.servers.wipe_valkey()
        elif what == "ticker":
            tickers.append(_replace(tickers, chance, crew.ticker))
        elif what == "horse":
            for pid in crew.horses(chance.choice(workers))[:1]:
                os.kill(pid, signal.SIGKILL)
        else:
            victim = chance.choice(workers)
            if what == "both":
                crew.signal_all(victim, signal.SIGKILL)
            else:
                os.kill(victim.pid, signal.SIGKILL)
            workers.remove(victim)
            workers.append(crew.worker())
        pause = time.monotonic() + 0.7
        until(lambda until_then=pause: time.monotonic() > until_then, "a short rest")

    until(lambda: ledger.done(*jobs), "every job is done", within=60)
    until(lambda: ledger.bells() == 0, "no bell is left")
    assert Counter(ledger.made(*jobs)) == Counter(jobs)
    assert sum(killed.values()) >= 10


def _replace(processes, chance, start):
    victim = chance.choice(processes)
    processes.remove(victim)
    os.kill(victim.pid, signal.SIGKILL)
    return start()


def test_one_tenants_hundred_jobs_do_not_keep_another_tenants_one_waiting(crew, ledger, other_ledger, until):
    crew.ticker()
    crew.worker()
    crew.worker()
    hundred = [ledger.add(key=str(number), work="0.3", always="yes") for number in range(100)]
    until(lambda: len(ledger.made(*hundred)) > 4, "both workers are busy with the first tenant")
    only = other_ledger.add()
    before = len(ledger.made(*hundred))

    until(lambda: other_ledger.made(only), "the other tenant's job is done")
    # Two are in work and two rings wait; a ring more may have been added before this one.
    assert len(ledger.made(*hundred)) - before <= 6
