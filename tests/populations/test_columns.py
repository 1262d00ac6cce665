import numpy as np
import pytest

from simulation.populations.columns import Column, Population, Table, derived_keys, origin_keys
from simulation.populations.links import Links, TrustLinks

COLUMNS = {
    "heads": Column("float64", "people", "Heads", default=1.0, low=0),
    "mix": Column("float64", "1", "Mix", width="fields"),
}


@pytest.fixture
def population():
    return Population("firms", COLUMNS, {"fields": 3}, "firms", capacity=4)


def keys(*ordinals, pool=0, quarter=0):
    return origin_keys("firm", pool, quarter, np.array(ordinals))


def test_keys_tell_origins_apart_and_stay_exact_in_doubles():
    grid = [origin_keys(k, p, q, np.arange(50)) for k in ("firm", "talent") for p in (0, 7) for q in (0, 59)]
    together = np.concatenate(grid)
    assert np.unique(together).size == together.size
    assert together.max() < 2**53
    assert np.array_equal(together.astype(float).astype(np.int64), together)


def test_descendants_of_different_parents_differ():
    parents = np.concatenate([origin_keys("talent", 3, q, np.arange(20)) for q in range(5)])
    assert np.unique(derived_keys("firm", 64, parents)).size == 100


def test_births_beyond_capacity_keep_the_old_columns(population):
    population.add(keys(0, 1, 2), heads=np.array([3.0, 4.0, 5.0]))
    rows = population.add(keys(*range(3, 40)), mix=np.ones((37, 3)))
    assert population.count == 40
    assert population.heads[:3].tolist() == [3.0, 4.0, 5.0]
    assert (population.mix[rows] == 1).all()


def test_freed_rows_are_reused_only_next_quarter_and_reset(population):
    rows = population.add(keys(0, 1), mix=5.0)
    population.remove(rows[:1])
    later = population.add(keys(2))
    assert later[0] != rows[0]
    population.new_quarter()
    reused = population.add(keys(3))
    assert reused[0] == rows[0]
    assert (population.mix[reused] == 0).all()


def test_rows_are_found_by_key_and_the_dead_are_not(population):
    rows = population.add(keys(4, 2, 9))
    population.remove(rows[1:2])
    assert population.rows_of(keys(9, 2, 4, 7)).tolist() == [rows[2], -1, rows[0], -1]


def test_a_living_key_cannot_be_born_again(population):
    population.add(keys(1))
    with pytest.raises(ValueError, match="alive already"):
        population.add(keys(1))


def test_undeclared_births_and_deaths_are_refused(population):
    rows = population.add(keys(1))
    population.births_allowed = population.deaths_allowed = False
    with pytest.raises(PermissionError, match=r"firms\.births"):
        population.add(keys(2))
    with pytest.raises(PermissionError, match=r"firms\.deaths"):
        population.remove(rows)


def test_nobody_dies_twice(population):
    rows = population.add(keys(0, 1, 2))
    with pytest.raises(ValueError, match="dies twice"):
        population.remove(rows[[1, 1]])
    population.remove(rows[:1])
    with pytest.raises(ValueError, match="dies twice"):
        population.remove(rows[:2])


def test_a_locked_column_raises_at_the_line_that_writes_it():
    table = Table("cells", {"rent": Column("float64", "1", "Rent")}, 3, {})
    table.lock(True)
    with pytest.raises(ValueError, match="read-only"):
        table.rent[0] = 1.0
    with table.unlocked("rent"):
        table.rent[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        table.rent[0] = 2.0


def test_growth_keeps_the_lock(population):
    population.lock(True)
    population.add(keys(*range(30)))
    with pytest.raises(ValueError, match="read-only"):
        population.mix[0] = 1.0


def test_links_are_appended_and_dropped_as_a_whole():
    columns = {"firm": Column("int64", "key", "Firm"), "rate": Column("float64", "1", "Rate", default=0.05)}
    links = Links("loans", columns)
    links.append(firm=np.array([1, 2, 3]))
    links.append(firm=np.array([4]), rate=np.array([0.1]))
    links.keep(links.firm != 2)
    assert links.firm.tolist() == [1, 3, 4]
    assert links.rate.tolist() == [0.05, 0.05, 0.1]
    links.lock(True)
    with pytest.raises(PermissionError, match="not declared"):
        links.append(firm=np.array([5]))


def test_trust_rises_by_a_share_of_its_gap_and_decays_when_read():
    trust = TrustLinks("trust")
    a, b = np.array([10, 11]), np.array([20, 20])
    trust.deepen(a, b, 0.35, quarter=0, decay=0.04)
    trust.deepen(a[:1], b[:1], 0.35, quarter=2, decay=0.04)
    expected = 0.35 * 0.96**2
    expected += 0.35 * (1 - expected)
    assert trust.lookup(a, b, 2, 0.04) == pytest.approx([expected, 0.35 * 0.96**2])
    assert trust.lookup(b, a, 2, 0.04).tolist() == [0.0, 0.0]
    assert (np.diff(trust.code) > 0).all()
    trust.forget(80, 0.04, below=0.05)
    assert len(trust) == 0
