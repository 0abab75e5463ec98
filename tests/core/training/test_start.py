"""Shuffled epochs: every point once, in batches of one size, from the seed alone."""

import numpy as np
import pytest

from core.training.start import Batches


def batches(n=100, size=20, seed=0):
    return Batches(n, size, np.random.SeedSequence(seed))


def test_each_epoch_sees_each_point_once():
    taken = batches().take(10)
    assert taken.shape == (10, 20)
    for epoch in (taken[:5], taken[5:]):
        assert sorted(epoch.ravel()) == list(range(100))
    assert not np.array_equal(taken[:5], taken[5:])


def test_a_rest_is_skipped_until_the_next_shuffle():
    taken = batches(size=30).take(4)
    assert len(set(taken[:3].ravel())) == 90
    assert len(set(taken[3])) == 30


def test_a_batch_larger_than_the_points_is_all_of_them():
    assert sorted(batches(size=65_536).take(1)[0]) == list(range(100))


@pytest.mark.parametrize("cut", [1, 3, 5, 7])
def test_many_at_once_are_those_taken_one_after_another(cut):
    whole, parts = batches(), batches()
    np.testing.assert_array_equal(whole.take(12), np.concatenate([parts.take(cut), parts.take(12 - cut)]))


def test_a_snapshot_brings_them_back():
    some = batches(size=30)
    some.take(2)
    snapshot = some.snapshot()
    later = some.take(7)
    some.restore(snapshot)
    np.testing.assert_array_equal(later, some.take(7))


def test_another_seed_gives_another_order():
    assert not np.array_equal(batches().take(1), batches(seed=1).take(1))
