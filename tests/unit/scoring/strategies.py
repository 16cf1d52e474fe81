"""Any rating that may stand in annotations.jsonl."""

from hypothesis import strategies as st

from scoring.records import LONGEST_S, Annotation, Source, retraction_of

_names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_prose = st.text(st.characters(codec="utf-8"), max_size=200)

_ratings = st.builds(
    Annotation,
    session_id=_names,
    rater=_names,
    source=st.sampled_from([str(source) for source in Source]),
    score=st.none() | st.integers(1, 10),
    verdict=st.none() | st.booleans(),
    feedback=_prose,
    justification=_prose.map(lambda text: text or "why"),
    wrong_steps=st.sets(st.integers(1, 500), max_size=5).map(lambda steps: tuple(sorted(steps))),
    seconds_spent=st.none() | st.floats(0, LONGEST_S),
    rubric_version=_names,
    supersedes=st.none() | st.uuids().map(lambda value: value.hex),
)

annotations = _ratings | _ratings.map(retraction_of)
