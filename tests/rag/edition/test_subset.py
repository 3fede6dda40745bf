"""Few chunks compared one by one: the same as comparing by hand, whatever part of an edition is visible."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rag.edition import open_edition
from rag.edition.subset import Subset
from rag.text import normalise

TEXT = "".join(f"## 第{i}条\n\n手当{i}の額は月額{i}00円とする。\n\n" for i in range(1, 41))


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-1, 1, width=32)), max_size=30), st.integers(1, 8))
def test_each_chunk_counts_by_its_nearest_unit(rows, count):
    positions = np.array([position for position, _ in rows], np.int64)
    subset = Subset(positions, np.array([[cosine] for _, cosine in rows], np.float32).reshape(-1, 1))
    found, cosines = subset.nearest(np.ones(1, np.float32), count)
    best = {p: max(c for q, c in rows if q == p) for p, _ in rows}
    assert dict(zip(found.tolist(), cosines.tolist(), strict=True)).items() <= best.items()
    assert cosines.tolist() == sorted(best.values(), reverse=True)[:count]


def test_a_subset_holds_the_units_of_its_chunks_and_no_others(put, sync, settings, embedder):
    put("総務課/手当.md", f"# 手当の規程\n\n{TEXT}")
    sync()
    edition = open_edition(settings.data)
    visible = np.arange(len(edition.chunk_documents)) % 3 == 0
    vector = embedder.query(normalise("手当21の額"))
    for kind in ("head", "body"):
        positions, cosines = edition.subsets.of(kind, visible).nearest(vector, 100)
        assert sorted(positions.tolist()) == np.flatnonzero(visible).tolist()
        units, all_cosines = edition.vectors.nearest(kind, vector, edition.vectors.count(kind))
        by_unit = dict(zip(units, all_cosines.tolist(), strict=True))
        for position, cosine in zip(positions.tolist(), cosines.tolist(), strict=True):
            own = {unit for unit, _ in edition.catalog.position_units(kind, [position])}
            assert abs(max(by_unit[unit] for unit in own) - cosine) < 1e-5
    edition.close()
