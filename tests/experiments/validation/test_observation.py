import numpy as np
import pytest

import simulation
from experiments.validation.observation import Observation
from simulation import micro
from simulation.model import Ecosystem


@pytest.fixture(scope="module")
def observed():
    """Return the notes of a tiny district, its last micro tables, and its flows."""
    model = Ecosystem(simulation.load_scenario("baseline", scale=0.05, quarters=14), rng=3)
    notes, flows = Observation(model), []
    while model.running:
        model.step()
        notes.note()
        flows.append(dict(model.world.records.flows))
    return notes.history(), model, flows


def test_firms_are_noted_as_in_the_micro_table(observed):
    past, model, _ = observed
    table = micro.firms(model.world).set_index("key")
    place = past.firm_index(table.index.to_numpy())
    for column in ("sales", "rd_reported", "productivity", "debt", "cell"):
        assert past.firms[column][-1, place] == pytest.approx(table[column].to_numpy(float))
    assert np.isfinite(past.firms["sales"][-1]).sum() == len(table)
    assert past.quarters.tolist() == list(range(8, 14))


def test_events_of_all_quarters_are_kept(observed):
    past, _, flows = observed
    assert len(past.event("patents", "value")) == sum(f["patents_granted"] for f in flows[8:])
    assert len(past.event("exits", "firm_key")) == sum(f["firm_deaths"] for f in flows[8:])


def test_people_who_come_and_leave_are_those_of_the_records(observed):
    past, _, flows = observed
    left = past.segments["left"].sum(axis=1)
    known = np.array([f["migration_out"] for f in flows[8:]])
    # Those who retired or live here while working outside are not among them.
    assert (left <= known).all()
    assert left.sum() > 0.6 * known.sum()
    assert past.cells["came"].sum() == past.segments["came"].sum()


def test_observation_changes_nothing(observed):
    _, model, _ = observed
    plain = simulation.run(model.scenario, seed=3).outcomes
    noted = model.datacollector.get_model_vars_dataframe().loc[8:]
    assert plain.drop(columns="date").equals(noted.astype(plain.drop(columns="date").dtypes))
