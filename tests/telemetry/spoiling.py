"""Batches of which something is missing or something else."""

import copy
from typing import Any

from hypothesis import strategies as st

from .sending import NAMES, capture

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.just([]),
    st.just({}),
    st.just([None]),
    st.just([{}]),
    st.just({"key": "k", "value": {"bytesValue": "/w=="}}),
    st.just({"bytesValue": "/w=="}),
    st.just({"stringValue": "NaN"}),
    st.just({"doubleValue": "NaN"}),
    st.just({"stringValue": "[" * 300}),
)


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A capture of which a few things, anywhere, are missing or something else."""
    batches = capture(draw(st.sampled_from(NAMES)))
    spoiled_batch = copy.deepcopy(draw(st.sampled_from(batches)))
    for _ in range(draw(st.integers(1, 4))):
        node = spoiled_batch
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and draw(st.integers(0, 9)):
                node = node[key]
                continue
            if draw(st.booleans()):
                del node[key]
            else:
                node[key] = copy.deepcopy(draw(JUNK))
            break
    return spoiled_batch
