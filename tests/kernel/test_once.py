"""A form that is sent twice makes one record, also when both arrive at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from throughline.accounts.models import User
from throughline.incidents.models import Sequence
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.kernel.once import store_once
from throughline.learning.models import Learning


def learning(scope, key):
    return Learning(
        id=key,
        title="Handover when two people are late",
        what_we_found="a",
        what_changes="b",
        why="c",
        created_at=scope.now(),
    )


def test_the_second_time_is_told_and_stores_nothing(scope):
    key = uuid7()
    assert store_once(scope.session, learning(scope, key))
    assert not store_once(scope.session, learning(scope, key))
    assert scope.session.scalar(select(func.count()).select_from(Learning)) == 1


def test_another_broken_constraint_is_raised_as_it_is(scope):
    store_once(scope.session, Sequence(id=uuid7(), name="incident", year=2026, last=1))
    with pytest.raises(IntegrityError):
        store_once(scope.session, Sequence(id=uuid7(), name="incident", year=2026, last=2))


def test_the_transaction_goes_on_after_it_was_told(scopes, calder):
    key = uuid7()
    with scopes.tenant(calder, SYSTEM) as scope:
        store_once(scope.session, learning(scope, key))
    with scopes.tenant(calder, SYSTEM) as scope:
        assert not store_once(scope.session, learning(scope, key))
        assert scope.session.scalar(select(func.count()).select_from(User)) > 0


def test_two_tenants_may_use_one_id_and_learn_nothing_of_each_other(scopes, calder, hollins):
    key = uuid7()
    for tenant in (calder, hollins):
        with scopes.tenant(tenant, SYSTEM) as scope:
            assert store_once(scope.session, learning(scope, key))


def test_of_two_that_arrive_at_once_one_is_stored(scopes, calder):
    key, together = uuid7(), Barrier(2)

    def send():
        with scopes.tenant(calder, SYSTEM) as scope:
            scope.session.connection()
            together.wait(timeout=5)
            return store_once(scope.session, learning(scope, key))

    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(send) for _ in range(2)]
    assert sorted(answer.result() for answer in answers) == [False, True]
