"""Maximum concurrent flow by linear programming: what the best imaginable routing makes of a small fabric."""

from __future__ import annotations

import highspy
import numpy as np
from scipy.sparse import csr_array, vstack

from rackwright.sim.network.graph import Floats, Graph, Ints
from rackwright.sim.network.traffic import Traffic

LP_SWITCHES = 128
_OPTIONS = (("output_flag", False), ("solver", "ipm"), ("run_crossover", "off"), ("threads", 1))
_GAP = 1e-6  # between what is found and what cannot be beaten, relative: interior point without crossover may end just short of its own tolerance


def concurrent_flow(graph: Graph, traffic: Traffic) -> float:
    """Largest theta such that theta x the traffic fits, with paths and splits chosen freely; infinity without traffic.

    Linear programme with one flow per source and directed link, by HiGHS interior point without crossover. Raises ValueError above 128 switches,
    RuntimeError where the solver stops before the optimum.
    """
    if graph.n > LP_SWITCHES:
        raise ValueError(f"{graph.n} switches, at most {LP_SWITCHES} for the linear programme: use `bounds` there")
    demand = np.asarray(traffic.pairs.todense()) + traffic.out @ traffic.into.T
    np.fill_diagonal(demand, 0.0)
    source = np.flatnonzero(demand.sum(axis=1) > 0)
    if not source.size:
        return np.inf
    matrix, low, high = _programme(graph, demand, source)
    return _solve(matrix, low, high)


def _programme(graph: Graph, demand: Floats, source: Ints) -> tuple[csr_array, Floats, Floats]:
    """Rows of the programme: (in - out - theta demand = 0) per source and other switch, then capacity per directed link. Last column: theta."""
    n, e, s = graph.n, 2 * graph.m, source.size
    tail, head = np.concatenate((graph.a, graph.b)), np.concatenate((graph.b, graph.a))
    capacity = np.concatenate((graph.capacity_gbps, graph.capacity_gbps)).astype(np.float64)
    block, link = np.repeat(np.arange(s), e), np.tile(np.arange(e), s)
    column = block * e + link
    row = np.concatenate((block * n + head[link], block * n + tail[link], np.arange(s * n)))
    sign = np.concatenate((np.ones(s * e), -np.ones(s * e), -demand[source].ravel()))
    where = np.concatenate((column, column, np.full(s * n, s * e)))
    balance = csr_array((sign, (row, where)), shape=(s * n, s * e + 1))
    # What a switch sends itself is its source row, and follows from the others.
    others = np.ones((s, n), np.bool_)
    others[np.arange(s), source] = False
    limit = csr_array((np.ones(s * e), (link, column)), shape=(e, s * e + 1))
    rows = int(others.sum())
    matrix = vstack((balance[np.flatnonzero(others.ravel())], limit), format="csr")
    return matrix, np.concatenate((np.zeros(rows), np.full(e, -np.inf))), np.concatenate((np.zeros(rows), capacity))


def _solve(matrix: csr_array, low: Floats, high: Floats) -> float:
    """The largest last variable of a programme whose variables are at least 0."""
    columns = matrix.shape[1]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, matrix.shape[0]
    cost = np.zeros(columns)
    cost[-1] = -1.0
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(columns), np.full(columns, highspy.kHighsInf)
    lp.row_lower_ = np.where(np.isinf(low), -highspy.kHighsInf, low)
    lp.row_upper_ = high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in _OPTIONS:
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    solver.run()
    theta = float(solver.getSolution().col_value[-1])
    status = solver.getModelStatus()
    info = solver.getInfo()
    gap = float(info.primal_dual_objective_error)  # type: ignore[attr-defined]
    is_proven = info.primal_solution_status == info.dual_solution_status == 2 and gap <= _GAP
    if status != highspy.HighsModelStatus.kOptimal and not is_proven:  # a limit leaves a feasible theta that is too low
        raise RuntimeError(f"HiGHS found no optimum: {solver.modelStatusToString(status)}")
    return theta
