"""What `tests.fuzz.api` has Schemathesis do around each request; loaded by it, not by tests.

A request is sent with the token that has exactly the scope it needs, now and then with every other
or none, and names what is there: ids, codes, numbers and times of earlier answers take the place of
drawn ones. `scoped` is the check that a route answers 401 and 403 to who must not ask, only.
"""

from __future__ import annotations

import atexit
import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any, Final

import schemathesis

GIVEN: Final = json.loads(Path(os.environ["API_FUZZ_GIVEN"]).read_text(encoding="utf-8"))
TOLD: Final = Path(os.environ["API_FUZZ_TOLD"])
DICE: Final = random.Random(GIVEN["seed"])

NEWEST: Final = 12
POOL_OF: Final = {
    "cust_id": "customer_id",
    "new_time": "time",
    "scheduled_time": "time",
    "visit_time": "time",
    "window_start": "time",
    "preferred_date": "date",
    "datetime": "time",
    "from": "phone",
    "id": "message",
}
"""Field -> the pool that it is filled from, and fills, where that is not its own name."""

KEPT_OF_ANSWERS: Final = frozenset(
    {"asset_id", "customer_id", "order_id", "code", "datetime", "window_start", "job_id"}
)

known: dict[str, list[str]] = {name: list(values) for name, values in GIVEN["known"].items()}
answers: Counter[str] = Counter()
refused: dict[str, int] = {}
"""Case -> the status that it must be answered with."""


def _pool(name: str) -> str:
    return POOL_OF.get(name, name)


def known_instead(value: Any) -> Any:
    """The value, with what is there in place of most of what was drawn."""
    if isinstance(value, list):
        return [known_instead(one) for one in value]
    if not isinstance(value, dict):
        return value
    filled = {}
    for name, one in value.items():
        pool = known.get(_pool(name), [])
        filled[name] = DICE.choice(pool) if pool and DICE.random() < 0.75 else known_instead(one)
    return filled


def keep_known(value: Any) -> None:
    """Remember what an answer names."""
    if isinstance(value, list):
        for one in value:
            keep_known(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name in KEPT_OF_ANSWERS and isinstance(one, str) and one:
                pool = known.setdefault(_pool(name), [])
                if one not in pool:
                    pool.append(one)
                del pool[:-NEWEST]
            keep_known(one)


@schemathesis.hook  # type: ignore[untyped-decorator]  # a check does not install it
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Name what is there, and bring a token."""
    if DICE.random() < 0.8:
        case.body = known_instead(case.body)
        case.path_parameters = known_instead(case.path_parameters)
        case.query = known_instead(case.query)
    (scope,) = case.operation.definition.raw["security"][0]["token"]
    whose = DICE.choices(("right", "other", "none"), (0.85, 0.1, 0.05))[0]
    headers = {k: v for k, v in (case.headers or {}).items() if k.lower() != "authorization"}
    tokens = GIVEN["tokens"]
    if whose == "right":
        headers["Authorization"] = f"Bearer {tokens[scope]}"
    elif whose == "other":
        headers["Authorization"] = f"Bearer {tokens[f'all but {scope}']}"
        refused[case.id] = 403
    else:
        refused[case.id] = 401
    case.headers = headers


@schemathesis.hook  # type: ignore[untyped-decorator]  # a check does not install it
def after_call(context: Any, case: Any, response: Any) -> None:
    """Count it, and remember what it names."""
    answers[f"{case.operation.method.upper()} {case.operation.path} {response.status_code}"] += 1
    if response.status_code == 200:
        keep_known(response.json())


@schemathesis.check  # type: ignore[untyped-decorator]  # see above
def scoped(ctx: Any, response: Any, case: Any) -> None:
    """Who must not ask is told only that; who may is not told so."""
    wanted = refused.get(case.id)
    status = response.status_code
    if status == 405 or (status == 400 and response.headers.get("Connection") == "close"):
        return  # no route, or not HTTP
    if wanted is not None:
        assert status in {401, wanted}, f"{status} where {wanted} was due"
        assert set(response.json()) == {"error"}, "told more than that"
    else:
        assert status not in {401, 403}, f"{status} with a token that has the scope"


@atexit.register
def tell() -> None:
    """Leave the counts."""
    TOLD.write_text(json.dumps(answers), encoding="utf-8")
