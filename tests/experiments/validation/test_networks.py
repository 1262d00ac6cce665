import networkx as nx
import numpy as np
import pytest

from experiments.validation.estimators import networks


def test_random_networks_cluster_no_more_than_their_null():
    graph = nx.gnm_random_graph(300, 1800, seed=1)
    assert networks.clustering_over_null(graph) == pytest.approx(1.0, abs=0.25)


def test_small_worlds_cluster_more_than_their_null():
    assert networks.clustering_over_null(nx.watts_strogatz_graph(300, 8, 0.05, seed=2)) > 5.0


def test_the_null_keeps_skewed_degrees_apart_from_clustering():
    graph = nx.barabasi_albert_graph(400, 4, seed=3)
    assert networks.clustering_over_random(graph) > 1.5
    assert networks.clustering_over_null(graph) < 1.5


def test_degree_gini_of_a_ring_and_a_star():
    assert networks.degree_gini(nx.cycle_graph(10)) == pytest.approx(0.0)
    assert networks.degree_gini(nx.star_graph(9)) == pytest.approx(0.4)


def test_pairs_become_a_simple_graph():
    graph = networks.graph_of(np.array([[1, 2], [2, 1], [3, 3], [2, 3]]))
    assert sorted(graph.edges()) == [(1, 2), (2, 3)]


def test_clustering_of_a_few_links_is_undefined():
    assert np.isnan(networks.clustering_over_null(nx.path_graph(4)))
