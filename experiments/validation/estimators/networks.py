"""Shape of networks: clustering beyond what the degrees alone would give."""

from __future__ import annotations

import networkx as nx
import numpy as np

from experiments.validation.estimators.distributions import gini

Array = np.ndarray


def graph_of(pairs: Array) -> nx.Graph:
    """Return the simple graph of pairs (n, 2) of node keys."""
    graph = nx.Graph()
    graph.add_edges_from((int(a), int(b)) for a, b in pairs if a != b)
    return graph


def clustering_over_null(graph: nx.Graph, *, draws: int = 3, swaps: float = 2.0, seed: int = 0) -> float:
    """Return mean local clustering over that of random graphs with the same degrees.

    The null is made by swapping the ends of random pairs of edges, so that each node keeps its degree.

    Parameters
    ----------
    graph : a simple graph
    draws : random graphs
    swaps : swaps for each edge
    seed : of the swaps

    Returns
    -------
    float, not-a-number for fewer than ten edges, infinite where the null has no triangle

    References
    ----------
    Maslov and Sneppen (2002), Specificity and stability in topology of protein networks.
    """
    edges = graph.number_of_edges()
    if edges < 10:
        return float("nan")
    own, null = nx.average_clustering(graph), []
    for number in range(draws):
        shuffled = graph.copy()
        try:
            nx.double_edge_swap(shuffled, int(swaps * edges), max_tries=int(100 * swaps * edges), seed=seed + number)
        except nx.NetworkXException:
            return float("nan")
        null.append(nx.average_clustering(shuffled))
    usual = float(np.mean(null))
    return own / usual if usual > 0 else float("inf") if own > 0 else float("nan")


def clustering_over_random(graph: nx.Graph) -> float:
    """Return mean local clustering over the density, which is that of a random graph of the same size."""
    density = nx.density(graph)
    return nx.average_clustering(graph) / density if density > 0 else float("nan")


def degree_gini(graph: nx.Graph) -> float:
    """Return the Gini coefficient of the degrees of linked nodes."""
    return gini(np.array([degree for _, degree in graph.degree()], dtype=np.float64))
