"""What the database knows of calls that bears on their outcomes.

SQL gathers facts and judges nothing: the rule is `domain.outcomes`, for a call that ends as for one
that is found open after a crash.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from voiceagent.domain.outcomes import EMERGENCY_REPORTED, Evidence, JobChange
from voiceagent.domain.records import CallId, JobId, Outcome
from voiceagent.store.pool import Connection

_FACTS = """
SELECT call_id::text, job_id::text, kind AS outcome
  FROM job_changes WHERE call_id = ANY($1::uuid[])
 UNION
SELECT call_id::text, NULL, $2::text FROM quotes WHERE call_id = ANY($1::uuid[])
 UNION
SELECT call_id::text, NULL, $3::text FROM call_events WHERE call_id = ANY($1::uuid[]) AND kind = $4
 UNION
SELECT call_id::text, NULL, unnest(proposed) FROM tool_audit WHERE call_id = ANY($1::uuid[])
 UNION
SELECT call_id::text, NULL, $5::text FROM hand_offs
 WHERE call_id = ANY($1::uuid[]) AND (stage IN ('joined', 'parting') OR ended = 'transferred')
"""


async def on_record(connection: Connection, call_ids: Sequence[CallId]) -> dict[CallId, Evidence]:
    """The evidence of each of these calls; a call of which nothing is known has none."""
    rows = await connection.fetch(
        _FACTS,
        call_ids,
        Outcome.QUOTED.value,
        Outcome.EMERGENCY.value,
        EMERGENCY_REPORTED,
        Outcome.TRANSFERRED.value,
    )
    found: defaultdict[CallId, Evidence] = defaultdict(Evidence)
    for row in rows:
        outcome = Outcome(row["outcome"])
        fact = Evidence.of(outcome)
        if row["job_id"] is not None:
            fact = Evidence(changes=frozenset({JobChange(JobId(row["job_id"]), outcome)}))
        found[CallId(row["call_id"])] |= fact
    return found
